//! Files: who may read them, which are refused, what stays in them, and several openers of one.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use facegate_domain::{QuotaKind, Timestamp};
use facegate_gallery::{AppAdmin, AppDirectory, Commit, Gallery, IdempotencyKey, QuotaChange, Remember, StoreError};
use facegate_gallery_sqlite::{Options, SqliteStore};
use support::{bank, enrol, latest, subject, vault};

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, vault(), Options::default()).unwrap()
}

fn remember(key: &str, at: i64) -> Remember {
    Remember {
        key: IdempotencyKey::parse(key).unwrap(),
        fingerprint: [1; 32],
        answer: b"{}".to_vec(),
        subject_id: None,
        at: Timestamp(at),
        expires_at: Timestamp(at + 3000),
    }
}

fn refusal(path: &Path) -> StoreError {
    SqliteStore::open(path, vault(), Options::default()).map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn contents_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    store.create_app(&bank(Some(5))).await.unwrap();
    let id = bank(None).id;
    store.commit(&id, enrol("budi", 1, 30_000)).await.unwrap();
    let (record, photo) = (store.subject(&id, &subject("budi")).await, store.photo(&id, &subject("budi")).await);
    drop(store);
    assert!(!folder.path().join("facegate.db-wal").exists(), "a closed store is one file");
    let store = open(&path);
    assert_eq!(store.subject(&id, &subject("budi")).await, record);
    assert_eq!(store.photo(&id, &subject("budi")).await, photo);
    assert_eq!(store.app(&id).await.unwrap().unwrap().enroll.used, 1);
}

#[tokio::test]
async fn files_and_folders_are_made_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/data/facegate.db");
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("new")), 0o700);
    assert_eq!(mode(&folder.path().join("new/data")), 0o700);
    for name in ["facegate.db", "facegate.db-wal", "facegate.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
    assert!(store.integrity().await.unwrap().private);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(!store.integrity().await.unwrap().private);
}

#[tokio::test]
async fn a_newer_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for journal in ["DELETE", "WAL"] {
        let path = folder.path().join(format!("{journal}.db"));
        drop(open(&path));
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        connection.query_row(&format!("PRAGMA journal_mode = {journal}"), [], |_| Ok(())).unwrap();
        drop(connection);
        let before = fs::read(&path).unwrap();
        assert_eq!(refusal(&path), StoreError::NewerSchema { found: 99, known: latest() });
        assert!(fs::read(&path).unwrap() == before, "the newer store was changed");
    }
}

#[tokio::test]
async fn what_is_not_a_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let foreign = |sql: &str| {
        let _ = fs::remove_file(&path);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        fs::read(&path).unwrap()
    };
    let files = [
        b"short".to_vec(),
        b"holiday photos\n".repeat(1000),
        foreign("CREATE TABLE theirs (a)"),
        foreign("CREATE TABLE theirs (a); PRAGMA application_id = 77; PRAGMA user_version = 1"),
        foreign("PRAGMA application_id = 77"),
        foreign("PRAGMA user_version = 1"),
    ];
    for bytes in files {
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(refusal(&path), StoreError::Corrupt(text) if text.contains("not a facegate store")));
        assert!(fs::read(&path).unwrap() == bytes, "the foreign file was changed");
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["other.db"], "nothing is left beside it");
}

#[tokio::test]
async fn damage_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    for number in 0..40 {
        store.commit(&bank(None).id, enrol(&format!("subject {number}"), number, 9000)).await.unwrap();
    }
    assert_eq!(store.integrity().await.unwrap().photos, 40);
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let middle = 8192 * 2..bytes.len() / 2;
    bytes[middle].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let outcome = match SqliteStore::open(&path, vault(), Options::default()) {
        Ok(store) => store.integrity().await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert!(matches!(outcome, Err(StoreError::Corrupt(_))), "{outcome:?}");
}

#[test]
fn places_that_cannot_hold_a_store_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for path in [folder.path().join("file/facegate.db"), folder.path().to_owned()] {
        let error = refusal(&path);
        assert!(
            matches!(&error, StoreError::Unavailable(text) if text.contains("facegate.db") || text.contains("open"))
        );
    }
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(closed.join("probe"), "").is_ok() {
        println!("skipped: this user may write to a read-only folder (root)");
        return;
    }
    assert!(matches!(refusal(&closed.join("facegate.db")), StoreError::Unavailable(text) if text.contains("folder")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_openers_see_each_others_changes_and_share_quotas_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let (one, two) = (Arc::new(open(&path)), Arc::new(open(&path)));
    let id = bank(None).id;
    one.create_app(&bank(Some(1000))).await.unwrap();
    assert!(two.app(&id).await.unwrap().is_some());
    two.set_quotas(&id, QuotaChange { enroll: Some(Some(20)), liveness: None }).await.unwrap();
    assert_eq!(one.app(&id).await.unwrap().unwrap().enroll.limit, Some(20));
    let mut tasks = Vec::new();
    for number in 0..100 {
        let (store, id) = (if number % 2 == 0 { one.clone() } else { two.clone() }, id.clone());
        let commit = enrol(&format!("subject {number}"), number, 2000);
        tasks.push(tokio::spawn(async move { store.commit(&id, commit).await }));
    }
    let mut through = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => through += 1,
            Err(error) => assert_eq!(error, StoreError::QuotaExhausted(QuotaKind::Enroll)),
        }
    }
    assert_eq!((through, one.count(&id).await.unwrap(), two.count(&id).await.unwrap()), (20, 20, 20));
    two.delete_app(&id).await.unwrap();
    assert_eq!(one.app(&id).await.unwrap(), None);
    assert_eq!(one.commit(&id, enrol("late", 1, 10)).await, Err(StoreError::UnknownApp));
}

#[test]
fn many_may_open_a_new_store_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/facegate.db");
        std::thread::scope(|scope| {
            let openers: Vec<_> = (0..6).map(|_| scope.spawn(|| drop(open(&path)))).collect();
            openers.into_iter().for_each(|opener| opener.join().unwrap());
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(open(&path).integrity()).unwrap().journal_mode, "wal");
    }
}

#[tokio::test]
async fn a_lock_that_is_not_given_back_makes_the_store_busy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store =
        SqliteStore::open(&path, vault(), Options { lock_wait: Duration::from_millis(50), ..Options::default() })
            .unwrap();
    store.create_app(&bank(None)).await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.commit(&bank(None).id, enrol("budi", 1, 10)).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    assert!(store.app(&bank(None).id).await.unwrap().is_some(), "reading goes on");
    assert!(matches!(store.check().await, Err(StoreError::Busy(_))));
    other.execute_batch("ROLLBACK").unwrap();
    store.check().await.unwrap();
    store.commit(&bank(None).id, enrol("budi", 1, 10)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_store_refuses_writes_whole_and_goes_on_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = SqliteStore::open(&path, vault(), Options { max_bytes: Some(1 << 20), ..Options::default() }).unwrap();
    store.create_app(&bank(None)).await.unwrap();
    let (id, mut stored) = (bank(None).id, 0);
    let refused = loop {
        match store.commit(&id, enrol(&format!("subject {stored}"), stored, 50_000)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
    assert!(stored > 5);
    let (app, count) = (store.app(&id).await.unwrap().unwrap(), store.count(&id).await.unwrap());
    assert_eq!((app.enroll.used, count), (u64::from(stored), u64::from(stored)), "a refused write left something");
    assert!(store.photo(&id, &subject("subject 0")).await.unwrap().is_some());
    assert!(store.delete_subject(&id, &subject("subject 0")).await.unwrap());
    store.commit(&id, enrol("one more", 1, 40_000)).await.unwrap();
    store.integrity().await.unwrap();
}

#[tokio::test]
async fn too_many_bytes_in_waiting_make_the_store_busy() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { queue_bytes: 100_000, ..Options::default() };
    let store = Arc::new(SqliteStore::open(&folder.path().join("facegate.db"), vault(), options).unwrap());
    store.create_app(&bank(None)).await.unwrap();
    // Another holds the lock, so that what is sent now waits.
    let other = rusqlite::Connection::open(folder.path().join("facegate.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.commit(&bank(None).id, enrol("large", 1, 150_000)).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let refused = store.commit(&bank(None).id, enrol("second", 1, 50_000)).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    waiting.await.unwrap().unwrap();
    store.commit(&bank(None).id, enrol("second", 1, 50_000)).await.unwrap();
}

#[tokio::test]
async fn an_abandoned_write_that_has_not_started_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = Arc::new(open(&path));
    store.create_app(&bank(None)).await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let send = |id: &'static str| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(&bank(None).id, enrol(id, 1, 10)).await })
    };
    // The first occupies the writer, which waits for the lock; the second waits behind it and is given up.
    let first = send("first");
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = send("second");
    tokio::time::sleep(Duration::from_millis(50)).await;
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    other.execute_batch("ROLLBACK").unwrap();
    first.await.unwrap().unwrap();
    store.commit(&bank(None).id, enrol("third", 1, 10)).await.unwrap();
    assert_eq!(store.subject(&bank(None).id, &subject("second")).await.unwrap(), None);
    assert_eq!(store.app(&bank(None).id).await.unwrap().unwrap().enroll.used, 2);
}

#[tokio::test]
async fn deleted_and_replaced_photos_leave_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    let id = bank(None).id;
    store.create_app(&bank(None)).await.unwrap();
    // Photos of several sizes; the last subject keeps its own. A piece of each as it is stored is looked for.
    for (number, size) in [(0, 60), (1, 5000), (2, 90_000), (3, 9000)] {
        store.commit(&id, enrol(&format!("subject {number}"), 1, size)).await.unwrap();
    }
    let marks: Vec<Vec<u8>> = {
        let connection = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT substr(photo, length(photo) - 40, 24) FROM photos ORDER BY subject_key";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let holds = |number: usize| {
        // The log first: what is in neither at its time cannot move from one to the other in between.
        let files = ["facegate.db-wal", "facegate.db"].map(|name| fs::read(path.with_file_name(name)).unwrap());
        files.iter().any(|bytes| bytes.windows(24).any(|window| window == marks[number]))
    };
    assert!((0..4).all(holds), "the marks can be found at all");
    store.delete_subject(&id, &subject("subject 0")).await.unwrap();
    store.delete_subject(&id, &subject("subject 1")).await.unwrap();
    store.commit(&id, enrol("subject 2", 2, 100)).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while (0..3).any(holds) {
        assert!(Instant::now() < deadline, "a removed photo is still in the files");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(holds(3), "a kept photo is still there");
}

#[tokio::test]
async fn an_interrupted_deletion_of_an_app_is_finished_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    let id = bank(None).id;
    store.create_app(&bank(None)).await.unwrap();
    for number in 0..200 {
        store.commit(&id, enrol(&format!("subject {number}"), number, 10)).await.unwrap();
    }
    store.commit(&id, Commit { remember: Some(remember("retry", 1)), ..Commit::default() }).await.unwrap();
    drop(store);
    // As a deletion leaves it that was killed after its first step.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("DELETE FROM api_keys; UPDATE apps SET app_id = NULL").unwrap();
    drop(connection);
    let store = open(&path);
    assert_eq!((store.apps().await.unwrap(), store.count(&id).await.unwrap()), (vec![], 0));
    store.create_app(&bank(None)).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while store.integrity().await.unwrap().subjects > 0 {
        assert!(Instant::now() < deadline, "subjects of a deleted app are still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answers = || {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.query_row("SELECT count(*) FROM answers", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    while answers() > 0 {
        assert!(Instant::now() < deadline, "answers of a deleted app are still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(store.integrity().await.unwrap().apps, 1, "the app made anew stays");
}

#[tokio::test]
async fn expired_answers_leave_the_file_a_few_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    let id = bank(None).id;
    store.create_app(&bank(None)).await.unwrap();
    // As many requests leave them that came within a short time.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200)
             INSERT INTO answers SELECT n, 1, 'old ' || n, x'', NULL, n, 1000 + n FROM numbers",
        )
        .unwrap();
    let answers = || connection.query_row("SELECT count(*) FROM answers", [], |row| row.get::<_, i64>(0)).unwrap();
    let mut commit = Commit::default();
    for (turn, wanted) in (0..).zip([200 - 64 + 1, 200 - 128 + 2, 200 - 190 + 3, 200 - 190 + 4]) {
        commit.remember = Some(remember(&format!("new {turn}"), 1190));
        store.commit(&id, commit.clone()).await.unwrap();
        assert_eq!(answers(), wanted, "after commit {turn}");
    }
}
