//! What is biometric is sealed: nothing of it is in any file, changes and swaps are noticed, keys are the right ones.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::conformance::make_next;
use facegate_gallery::{
    AppAdmin, Commit, Committed, Enrolment, Gallery, IdempotencyKey, KeyAdmin, MasterKeyUse, ModelMoves, Remember,
    StoreError, Switched,
};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_vault::{MasterKeyId, SealedAppKey, Vault};
use rusqlite::Connection;
use support::{bank, enrol, master_key, subject, vault, vault_of};

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, vault(), Options::default()).unwrap()
}

fn refusal(path: &Path, vault: Arc<Vault>) -> StoreError {
    SqliteStore::open(path, vault, Options::default()).map(|_| ()).unwrap_err()
}

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name).unwrap()
}

/// An enrolment, with an answer kept under the subject's name.
fn remembered(id: &str, number: u32) -> Commit {
    let remember = Remember {
        key: key(id),
        fingerprint: [number as u8 ^ 0xa5; 32],
        answer: format!("the answer to {id}, number {number}").into_bytes(),
        subject_id: Some(subject(id)),
        at: Timestamp(1),
        expires_at: Timestamp(i64::MAX),
    };
    Commit { remember: Some(remember), ..enrol(id, number, 30_000) }
}

/// Every file of the folder, one after another.
fn files(folder: &Path) -> Vec<u8> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.is_file()).flat_map(|path| fs::read(path).unwrap()).collect()
}

fn holds(bytes: &[u8], piece: &[u8]) -> bool {
    assert!(piece.len() >= 6, "a shorter piece may be there by chance");
    bytes.windows(piece.len()).any(|window| window == piece)
}

/// Pieces of all that must not be seen of a commit.
fn secrets(commit: &Commit) -> Vec<Vec<u8>> {
    let Enrolment { template, photo, photo_sha256, .. } = commit.enrolment.as_ref().unwrap();
    let (values, photo) = (template.to_bytes(), photo.as_deref().unwrap());
    let mut pieces: Vec<Vec<u8>> = values.chunks(16).map(<[u8]>::to_vec).collect();
    pieces.extend(
        [&photo[..24], &photo[9000..9024], &photo[photo.len() - 24..], &photo_sha256[..16]].map(<[u8]>::to_vec),
    );
    if let Some(kept) = &commit.remember {
        pieces.extend([kept.answer.clone(), kept.fingerprint[..16].to_vec()]);
    }
    pieces
}

/// The app's key as the store holds it.
fn app_key(path: &Path) -> SealedAppKey {
    let sql = "SELECT master_key_id, sealed_key FROM app_keys";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
    let (master, bytes) = Connection::open(path).unwrap().query_row(sql, [], row).unwrap();
    SealedAppKey { master: MasterKeyId::parse(&master).unwrap(), bytes }
}

#[tokio::test]
async fn no_file_holds_a_face_or_a_key_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    let mut all = Vec::new();
    for (id, number) in [("budi", 1), ("siti", 2), ("budi", 3), ("agus", 4)] {
        let mut commit = remembered(id, number);
        // No repetition, but an update.
        commit.remember.as_mut().unwrap().key = key(&format!("{id} {number}"));
        all.extend(secrets(&commit));
        let written = store.commit(&bank(None).id, commit).await.unwrap();
        assert!(matches!(written, Committed::Created | Committed::Updated));
    }
    for next in make_next(&store, &bank(None).id).await.unwrap() {
        all.extend(next.to_bytes().chunks(16).map(<[u8]>::to_vec));
    }
    let master = hex(&master_key(7).reveal());
    let unseen = |when: &str| {
        let bytes = files(folder.path());
        // What the scan must be able to find: names of models are in clear, and so is the form of a sealed key.
        assert!(holds(&bytes, b"sample@00"), "{when}: the scan finds nothing at all");
        assert!(holds(&bytes, &app_key(&path).bytes), "{when}: the scan does not find the sealed key");
        for piece in &all {
            assert!(!holds(&bytes, piece), "{when}: {} bytes in clear", piece.len());
        }
        assert!(!holds(&bytes, &master) && !holds(&bytes, master_key(7).reveal().as_bytes()), "{when}: the master key");
    };
    unseen("while it is open");
    store.delete_subject(&bank(None).id, &subject("siti")).await.unwrap();
    unseen("after a deletion");
    drop(store);
    unseen("when it is closed");
    // Nothing is gained from the sealed key without the master key.
    vault_of(8).open(&bank(None).id, &app_key(&path)).unwrap_err();
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap()).collect()
}

/// Everything that can be read of a subject.
async fn read_all(store: &SqliteStore, id: &SubjectId) -> Result<(), StoreError> {
    let app: AppId = bank(None).id;
    store.subject(&app, id).await?.unwrap();
    store.photo(&app, id).await?.unwrap();
    store.remembered(&app, &key(id.as_str()), Timestamp(2)).await?.unwrap();
    store.templates(None, 100).await.map(drop)
}

#[tokio::test]
async fn a_changed_byte_of_any_sealed_value_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    store.commit(&bank(None).id, remembered("budi", 1)).await.unwrap();
    read_all(&store, &subject("budi")).await.unwrap();
    drop(store);
    let sealed = [
        ("subjects", "template"),
        ("photos", "photo"),
        ("answers", "answer"),
        ("app_keys", "sealed_key"),
        ("master_check", "sealed"),
        // Last: from the switch on it is the one that counts.
        ("subjects", "next_template"),
    ];
    for (table, column) in sealed {
        if column == "next_template" {
            let (store, app) = (open(&path), bank(None).id);
            let next = make_next(&store, &app).await.unwrap();
            assert_eq!(store.switch_model(&app, next[0].model(), false).await, Ok(Switched::Done));
        }
        let connection = Connection::open(&path).unwrap();
        let whole: Vec<u8> =
            connection.query_row(&format!("SELECT {column} FROM {table}"), [], |row| row.get(0)).unwrap();
        let put = |value: &[u8]| {
            assert_eq!(connection.execute(&format!("UPDATE {table} SET {column} = ?1"), [value]).unwrap(), 1);
        };
        for index in (0..whole.len()).step_by(whole.len() / 7 + 1).chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[index] ^= 0x10;
            put(&changed);
            let outcome = match SqliteStore::open(&path, vault(), Options::default()) {
                Ok(store) => read_all(&store, &subject("budi")).await,
                Err(error) => Err(error),
            };
            assert!(
                matches!(&outcome, Err(StoreError::Corrupt(text)) if !text.contains("budi")),
                "{table}: {outcome:?}"
            );
        }
        put(&whole);
        read_all(&open(&path), &subject("budi")).await.unwrap();
    }
}

#[tokio::test]
async fn values_that_were_swapped_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    for (id, number) in [("budi", 1), ("siti", 2)] {
        store.commit(&bank(None).id, remembered(id, number)).await.unwrap();
    }
    drop(store);
    let swap = |table: &str, column: &str| {
        let sql = format!("SELECT {column} FROM {table} ORDER BY rowid");
        let connection = Connection::open(&path).unwrap();
        let values: Vec<rusqlite::types::Value> =
            connection.prepare(&sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        for (row, value) in (1..).zip(values.iter().rev()) {
            connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE rowid = ?2"), (value, row)).unwrap();
        }
    };
    for (table, column) in
        [("subjects", "template"), ("photos", "photo"), ("answers", "answer"), ("answers", "subject_id")]
    {
        for outcome in ["swapped", "swapped back"] {
            swap(table, column);
            let store = open(&path);
            for id in ["budi", "siti"] {
                let read = read_all(&store, &subject(id)).await;
                match outcome {
                    "swapped" => assert!(matches!(read, Err(StoreError::Corrupt(_))), "{table}.{column}: {read:?}"),
                    _ => read.unwrap(),
                }
            }
        }
    }
    // A template that is said to be of another model.
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE subjects SET model = 'other@00' WHERE subject_id = 'budi'", []).unwrap();
    let read = open(&path).subject(&bank(None).id, &subject("budi")).await;
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
}

#[tokio::test]
async fn another_master_key_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    // With an app and without: a store keeps its first master key.
    for apps in 0..2 {
        let store = open(&path);
        if apps == 1 {
            store.create_app(&bank(None)).await.unwrap();
        }
        drop(store);
        let before = fs::read(&path).unwrap();
        let refused = refusal(&path, vault_of(8));
        let (wanted, given) = (master_key(7).id().to_string(), master_key(8).id().to_string());
        assert!(
            matches!(&refused, StoreError::Unavailable(text) if text.contains(&wanted) && text.contains(&given)),
            "{refused:?}"
        );
        assert!(fs::read(&path).unwrap() == before, "a refused store was changed");
        assert!(fs::read(path.with_extension("db-wal")).is_ok_and(|log| log.is_empty()), "something was written");
    }
}

#[tokio::test]
async fn the_master_key_is_changed_while_the_store_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let vault =
        |current: u8, previous: u8| Arc::new(Vault::new(&master_key(current), &[master_key(previous)]).unwrap());
    let serving = SqliteStore::open(&path, vault(7, 8), Options::default()).unwrap();
    let (one, mut two) = (bank(None), bank(None));
    two.id = AppId::parse("two").unwrap();
    serving.create_app(&one).await.unwrap();
    serving.create_app(&two).await.unwrap();
    serving.commit(&one.id, remembered("budi", 1)).await.unwrap();
    let store = SqliteStore::open(&path, vault(8, 7), Options::default()).unwrap();
    assert_eq!(store.apps_to_rewrap().await.unwrap(), [one.id.clone(), two.id.clone()]);
    assert!(!store.finish_rewrap().await.unwrap());
    assert!(store.rewrap(&one.id).await.unwrap());
    assert!(!store.rewrap(&one.id).await.unwrap(), "once is enough");
    assert!(!store.finish_rewrap().await.unwrap(), "one app is left");
    let of = |key: u8, apps, current, checked| MasterKeyUse {
        master_key_id: master_key(key).id().to_string(),
        apps,
        current,
        checked,
    };
    let mut wanted = vec![of(7, 1, false, true), of(8, 1, true, false)];
    wanted.sort_by(|a, b| a.master_key_id.cmp(&b.master_key_id));
    assert_eq!(store.master_keys().await.unwrap(), wanted);
    // Whoever has both keys goes on throughout.
    read_all(&serving, &subject("budi")).await.unwrap();
    serving.commit(&one.id, remembered("siti", 2)).await.unwrap();
    assert!(store.rewrap(&two.id).await.unwrap());
    assert!(store.finish_rewrap().await.unwrap() && store.finish_rewrap().await.unwrap());
    read_all(&serving, &subject("siti")).await.unwrap();
    assert!(matches!(refusal(&path, vault_of(7)), StoreError::Unavailable(_)), "the old key alone opens nothing");
    read_all(&SqliteStore::open(&path, vault_of(8), Options::default()).unwrap(), &subject("budi")).await.unwrap();
}

#[tokio::test]
async fn a_deleted_app_takes_its_key_along() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    store.commit(&bank(None).id, remembered("budi", 1)).await.unwrap();
    let key = app_key(&path);
    store.delete_app(&bank(None).id).await.unwrap();
    drop(store);
    assert!(!holds(&files(folder.path()), &key.bytes));
    let store = open(&path);
    store.create_app(&bank(None)).await.unwrap();
    assert_ne!(app_key(&path), key, "an app made anew has a key of its own");
}

#[tokio::test]
async fn a_store_of_before_is_sealed_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x66676174").unwrap();
    for sql in [include_str!("../migrations/0001_initial.sql"), include_str!("../migrations/0002_answers.sql")] {
        connection.execute_batch(sql).unwrap();
    }
    connection.execute_batch("PRAGMA user_version = 2").unwrap();
    connection.execute_batch("INSERT INTO apps VALUES (1, 'bank', '', 'live', 1, NULL, 0, NULL, 0)").unwrap();
    // One that is being deleted, with what it still has.
    connection.execute_batch("INSERT INTO apps VALUES (2, NULL, '', 'live', 1, NULL, 0, NULL, 0)").unwrap();
    let commits: Vec<Commit> = (0..150).map(|number| remembered(&format!("subject {number}"), number)).collect();
    for (number, commit) in (0_i64..).zip(&commits) {
        let (new, kept) = (commit.enrolment.as_ref().unwrap(), commit.remember.as_ref().unwrap());
        let insert = "INSERT INTO subjects VALUES (?1, ?2, ?3, 1, 2, ?4, 'sample@00', ?5, 1, 90, ?6)";
        let app = 1 + i64::from(number >= 140);
        let (id, session) = (new.subject_id.as_str(), new.session_id.to_string());
        let template = new.template.to_bytes();
        connection.execute(insert, (number, app, id, session, template, new.photo_sha256)).unwrap();
        connection.execute("INSERT INTO photos VALUES (?1, ?2)", (number, &new.photo)).unwrap();
        let insert = "INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5, ?3, 1, 9223372036854775807)";
        connection.execute(insert, (number, app, id, kept.fingerprint, &kept.answer)).unwrap();
    }
    drop(connection);
    let seen = |commit: &Commit| secrets(commit).iter().filter(|piece| holds(&files(folder.path()), piece)).count();
    assert_eq!(seen(&commits[5]), secrets(&commits[5]).len(), "the scan finds what is in clear");
    let store = open(&path);
    for commit in [&commits[0], &commits[77], &commits[145]] {
        assert_eq!(seen(commit), 0, "something is still in clear");
    }
    let app = bank(None).id;
    assert_eq!(store.count(&app).await, Ok(140));
    for commit in &commits[..140] {
        let new = commit.enrolment.as_ref().unwrap();
        let record = store.subject(&app, &new.subject_id).await.unwrap().unwrap();
        assert_eq!((&record.template, record.photo_sha256), (&new.template, new.photo_sha256));
        assert_eq!((record.created_at, record.updated_at, record.rotation), (Timestamp(1), Timestamp(2), 90));
        assert_eq!(store.photo(&app, &new.subject_id).await.unwrap(), new.photo);
        let kept = store.remembered(&app, &key(new.subject_id.as_str()), Timestamp(2)).await.unwrap().unwrap();
        assert_eq!(Some(kept.answer), commit.remember.as_ref().map(|new| new.answer.clone()));
    }
    drop(store);
    assert!(matches!(refusal(&path, vault_of(8)), StoreError::Unavailable(_)));
}
