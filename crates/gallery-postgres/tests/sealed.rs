//! What is biometric is sealed: nothing of it is in any file of the database, changes and swaps are noticed, keys are the
//! right ones.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::conformance::make_next;
use facegate_gallery::{
    AppAdmin, Commit, Enrolment, Gallery, IdempotencyKey, KeyAdmin, Remember, StoreError, VectorSearch,
};
use facegate_gallery_postgres::{DatabaseUrl, PostgresStore};
use facegate_test_postgres::{Postgres, Stop};
use facegate_vault::{MasterKeyId, SealedAppKey, Vault};

mod support;

use support::{app, enrol, latest, master_key, open, options, subject, template, vault};

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name).unwrap()
}

fn database(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

/// An enrolment with a photo, and an answer kept under the subject's name.
fn remembered(id: &str, number: u64) -> Commit {
    let mut commit = enrol(id, template(number, 128));
    if let Some(new) = &mut commit.enrolment {
        new.photo = Some((0..30_000_u64).map(|at| (at * 31 + number * 7919 + at / 251) as u8).collect());
        new.photo_sha256 = [number as u8 ^ 0x5a; 32];
    }
    let remember = Remember {
        key: key(id),
        fingerprint: [number as u8 ^ 0xa5; 32],
        answer: format!("the answer to {id}, number {number}").into_bytes(),
        subject_id: Some(subject(id)),
        at: Timestamp(1),
        expires_at: Timestamp(i64::MAX),
    };
    Commit { remember: Some(remember), ..commit }
}

async fn open_with(url: &str, vault: Arc<Vault>) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&DatabaseUrl::parse(url).unwrap(), vault, options()).await
}

/// The app's key as the store holds it.
fn app_key(server: &Postgres, url: &str, app: &AppId) -> SealedAppKey {
    let sql = format!("SELECT master_key_id, encode(sealed_key, 'hex') FROM facegate.app_keys WHERE app_id = '{app}'");
    let row = server.sql(database(url), &sql);
    let (master, bytes) = row.split_once('|').unwrap();
    SealedAppKey { master: MasterKeyId::parse(master).unwrap(), bytes: unhex(bytes) }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A 16-bit float as pgvector stores it: the bits of the nearest one, ties to even.
fn half(value: f32) -> [u8; 2] {
    let (bits, sign) = (value.abs().to_bits(), (value.to_bits() >> 16) & 0x8000);
    let bits = match bits >> 23 {
        0..=101 => 0,
        exponent @ 102..=112 => {
            let shift = 126 - exponent;
            let whole = (bits & 0x7f_ffff) | 0x80_0000;
            (whole + (1 << (shift - 1)) - 1 + ((whole >> shift) & 1)) >> shift
        }
        _ => (bits - (112 << 23) + 0xfff + ((bits >> 13) & 1)) >> 13,
    };
    ((sign | bits) as u16).to_le_bytes()
}

/// Pieces of all that must not be seen of a commit: of the photo, the hashes, the answer, and of the template in every form
/// in which a database may hold it.
fn secrets(commit: &Commit) -> Vec<Vec<u8>> {
    let Enrolment { template, photo, photo_sha256, .. } = commit.enrolment.as_ref().unwrap();
    let (values, photo) = (template.to_bytes(), photo.as_deref().unwrap());
    let halves: Vec<u8> = template.values().iter().flat_map(|value| half(*value)).collect();
    let network: Vec<u8> = template.values().iter().flat_map(|value| value.to_be_bytes()).collect();
    let mut pieces: Vec<Vec<u8>> =
        [values, halves, network].iter().flat_map(|form| form.chunks(8)).map(<[u8]>::to_vec).collect();
    pieces.extend(
        [&photo[..24], &photo[9000..9024], &photo[photo.len() - 24..], &photo_sha256[..16]].map(<[u8]>::to_vec),
    );
    if let Some(kept) = &commit.remember {
        pieces.extend([kept.answer.clone(), kept.fingerprint[..16].to_vec()]);
    }
    pieces
}

/// Which of the pieces are in a file under the folder.
fn found<'a>(folder: &Path, pieces: &'a [Vec<u8>]) -> Vec<&'a Vec<u8>> {
    // By their first eight bytes, so that a piece costs nothing; shorter ones might be there by chance.
    let mut starts: std::collections::HashMap<[u8; 8], Vec<&Vec<u8>>> = std::collections::HashMap::new();
    for piece in pieces {
        starts.entry(*piece.first_chunk().unwrap()).or_default().push(piece);
    }
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap_or_default();
            for (at, window) in bytes.windows(8).enumerate() {
                let Some(candidates) = starts.get(window) else { continue };
                found.extend(candidates.iter().filter(|piece| bytes[at..].starts_with(piece)));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_file_of_the_database_holds_a_face_or_a_key_in_clear() {
    // A server of its own: the scan reads all its files.
    let Some(server) = Postgres::start(&[("log_statement", "all"), ("log_min_duration_statement", "0")]) else {
        return;
    };
    let url = server.database();
    let store = open(&url, options()).await;
    let bank = app("bank", None);
    store.create_app(&bank).await.unwrap();
    let mut pieces = Vec::new();
    for (id, number) in [("budi", 1), ("siti", 2), ("budi", 3), ("agus", 4)] {
        let mut commit = remembered(id, number);
        // No repetition, but an update.
        commit.remember.as_mut().unwrap().key = key(&format!("{id} {number}"));
        pieces.extend(secrets(&commit));
        store.commit(&bank.id, commit).await.unwrap();
        let probe = template(number, 128);
        let found = store.nearest(&bank.id, &probe, 5, -1.0).await.unwrap();
        assert!(found[0].subject_id.as_str() == id && found[0].score > 0.99, "{number}: {found:?}");
    }
    for next in make_next(&store, &bank.id).await.unwrap() {
        pieces.extend(next.to_bytes().chunks(16).map(<[u8]>::to_vec));
    }
    store.delete_subject(&bank.id, &subject("siti")).await.unwrap();
    // Statements are logged with their values: not even there, in digits.
    let digits: Vec<Vec<u8>> = pieces.iter().map(|piece| hex(piece).into_bytes()).collect();
    pieces.extend(digits);
    pieces.extend([unhex(&master_key(7).reveal()), master_key(7).reveal().as_bytes().to_vec()]);
    // The scan must be able to fail: it finds what is in clear in each of these forms.
    let clear = remembered("clear", 99);
    let controls = secrets(&clear);
    let new = clear.enrolment.as_ref().unwrap();
    let (values, kept) = (format!("{:?}", new.template.values()), clear.remember.as_ref().unwrap());
    let network: Vec<u8> = new.template.values().iter().flat_map(|value| value.to_be_bytes()).collect();
    server.sql(
        database(&url),
        &format!(
            "CREATE TABLE clear (bytes bytea, vector halfvec); ALTER TABLE clear ALTER COLUMN bytes SET STORAGE EXTERNAL;
             INSERT INTO clear VALUES ('\\x{}', '{values}'), ('\\x{}', NULL), ('\\x{}{}', NULL), ('\\x{}', NULL);
             INSERT INTO clear VALUES ('\\x{}', NULL)",
            hex(&new.template.to_bytes()),
            hex(&network),
            hex(&new.photo_sha256),
            hex(&kept.fingerprint),
            hex(&kept.answer),
            hex(&[&new.photo.as_ref().unwrap()[..24], &new.photo.as_ref().unwrap()[9000..9024]].concat()),
        ),
    );
    let last = new.photo.as_ref().unwrap();
    server.sql(database(&url), &format!("INSERT INTO clear VALUES ('\\x{}')", hex(&last[last.len() - 24..])));
    let sealed = app_key(&server, &url, &bank.id).bytes;
    server.sql(database(&url), "CHECKPOINT");
    let folder = server.data();
    let seen: std::collections::HashSet<&Vec<u8>> = found(&folder, &controls).into_iter().collect();
    let missed = controls.iter().filter(|piece| !seen.contains(piece)).count();
    assert_eq!(missed, 0, "the scan misses {missed} of {} pieces that are there in clear", controls.len());
    assert!(!found(&folder, std::slice::from_ref(&sealed)).is_empty(), "the sealed key is somewhere");
    let open = found(&folder, &pieces);
    assert!(open.is_empty(), "{} pieces are in clear, one of {} bytes", open.len(), open[0].len());
    // The app's key goes with the app. Its dead row goes with VACUUM, and with the log that holds it.
    store.delete_app(&bank.id).await.unwrap();
    drop(store);
    server.sql(database(&url), "VACUUM facegate.app_keys");
    server.stop(Stop::Fast);
    let tables = folder.join("base");
    assert!(found(&tables, &[sealed]).is_empty(), "the key of a deleted app is still in a table");
    assert!(found(&folder, &pieces).is_empty());
}

/// Everything that can be read of a subject.
async fn read_all(store: &PostgresStore, app: &AppId, id: &SubjectId) -> Result<(), StoreError> {
    store.subject(app, id).await?.unwrap();
    store.photo(app, id).await?.unwrap();
    store.remembered(app, &key(id.as_str()), Timestamp(2)).await?.unwrap();
    store.templates(None, 100).await?;
    store.nearest(app, &template(1, 128), 10, -1.0).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_changed_byte_of_any_sealed_value_is_noticed() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let store = open(&url, options()).await;
    let bank = app("bank", None).id;
    store.create_app(&app("bank", None)).await.unwrap();
    store.commit(&bank, remembered("budi", 1)).await.unwrap();
    read_all(&store, &bank, &subject("budi")).await.unwrap();
    let sealed = [
        ("subjects", "template"),
        ("subjects", "photo"),
        ("answers", "answer"),
        ("app_keys", "sealed_key"),
        ("master_check", "sealed"),
    ];
    for (table, column) in sealed {
        let sql = |sql: &str| server.sql(database(&url), sql);
        let length: usize = sql(&format!("SELECT octet_length({column}) FROM facegate.{table}")).parse().unwrap();
        for at in (0..length).step_by(length / 7 + 1).chain([length - 1]) {
            let flip = format!(
                "UPDATE facegate.{table} SET {column} = set_byte({column}, {at}, get_byte({column}, {at}) # 16)"
            );
            sql(&flip);
            let outcome = match open_with(&url, vault()).await {
                Ok(store) => read_all(&store, &bank, &subject("budi")).await,
                Err(error) => Err(error),
            };
            assert!(
                matches!(&outcome, Err(StoreError::Corrupt(text)) if !text.contains("budi")),
                "{table}: {outcome:?}"
            );
            sql(&flip);
        }
        read_all(&open(&url, options()).await, &bank, &subject("budi")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn values_that_were_swapped_are_noticed() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let store = open(&url, options()).await;
    let (bank, other) = (app("bank", None).id, app("other", None).id);
    for app in [&bank, &other] {
        store.create_app(&support::app(app.as_str(), None)).await.unwrap();
        for (id, number) in [("budi", 1), ("siti", 2)] {
            store.commit(app, remembered(id, number)).await.unwrap();
        }
    }
    let swap = |table: &str, column: &str, rows: &str| {
        server.sql(
            database(&url),
            &format!(
                "UPDATE facegate.{table} AS one SET {column} = two.{column} FROM facegate.{table} AS two
                 WHERE {rows} AND one.{column} <> two.{column}"
            ),
        )
    };
    let subjects = "one.app_id = 'bank' AND two.app_id = 'bank'";
    let apps = "one.subject_id = two.subject_id AND one.app_id <> two.app_id";
    for (table, column, rows) in [
        ("subjects", "template", subjects),
        ("subjects", "photo", subjects),
        ("answers", "answer", subjects),
        ("answers", "subject_id", subjects),
        ("subjects", "template", apps),
        ("subjects", "photo", apps),
        ("answers", "answer", apps),
        ("app_keys", "sealed_key", "one.app_id <> two.app_id"),
    ] {
        for outcome in ["swapped", "swapped back"] {
            swap(table, column, rows);
            for id in ["budi", "siti"] {
                let read = read_all(&store, &bank, &subject(id)).await;
                match outcome {
                    "swapped" => assert!(matches!(read, Err(StoreError::Corrupt(_))), "{table}.{column}: {read:?}"),
                    _ => read.unwrap(),
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_master_key_is_checked_and_changed_while_the_store_is_used() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let vault = |current: u8, previous: &[u8]| {
        let previous: Vec<_> = previous.iter().map(|key| master_key(*key)).collect();
        Arc::new(Vault::new(&master_key(current), &previous).unwrap())
    };
    let serving = open_with(&url, vault(7, &[8])).await.unwrap();
    let refused = |outcome: Result<PostgresStore, StoreError>, wanted: u8| {
        let wanted = master_key(wanted).id().to_string();
        let error = outcome.err();
        assert!(matches!(&error, Some(StoreError::Unavailable(text)) if text.contains(&wanted)), "{error:?}");
    };
    // A store keeps its first master key, also without any app.
    refused(open_with(&url, vault(8, &[])).await, 7);
    let apps: Vec<AppId> = ["one", "two", "three"].map(|id| app(id, None).id).into();
    for id in &apps {
        serving.create_app(&app(id.as_str(), None)).await.unwrap();
        serving.commit(id, remembered("budi", 1)).await.unwrap();
    }
    let store = open_with(&url, vault(8, &[7])).await.unwrap();
    assert_eq!(store.apps_to_rewrap().await.unwrap().len(), 3);
    assert!(!store.finish_rewrap().await.unwrap());
    // Enrolments go on meanwhile, on a server that sealed with the old key, and find the app's key as it is at the moment.
    let (serving, first) = (Arc::new(serving), apps[0].clone());
    let traffic = tokio::spawn({
        let serving = serving.clone();
        async move {
            for number in 0..60 {
                serving.commit(&first, remembered(&format!("subject {number}"), number)).await.unwrap();
                read_all(&serving, &first, &subject(&format!("subject {number}"))).await.unwrap();
            }
        }
    });
    for (number, app) in apps.iter().enumerate() {
        assert_eq!(store.finish_rewrap().await, Ok(false), "{number} of 3");
        assert_eq!((store.rewrap(app).await, store.rewrap(app).await), (Ok(true), Ok(false)));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!((store.finish_rewrap().await, store.finish_rewrap().await), (Ok(true), Ok(true)));
    traffic.await.unwrap();
    let uses = store.master_keys().await.unwrap();
    assert!(uses.len() == 1 && uses[0].apps == 3 && uses[0].current && uses[0].checked, "{uses:?}");
    refused(open_with(&url, vault(7, &[])).await, 8);
    let after = open_with(&url, vault(8, &[])).await.unwrap();
    for app in &apps {
        read_all(&after, app, &subject("budi")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_of_before_is_sealed_when_it_is_opened() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    // As the schema's first version left it.
    let mut made = String::from("SET ROLE facegate; CREATE SCHEMA facegate; SET search_path = facegate, public;");
    made += include_str!("../migrations/0001_initial.sql");
    for table in ["subjects", "vectors", "answers", "receipts"] {
        for number in 0..16 {
            made += &format!(
                "CREATE TABLE {table}_{number:02} PARTITION OF {table} FOR VALUES WITH (MODULUS 16, REMAINDER {number});"
            );
        }
    }
    made += "INSERT INTO store (version) VALUES (1); INSERT INTO models (model) VALUES ('sample@00');
             INSERT INTO apps VALUES ('bank', '', 'live', 1, NULL, 0, NULL, 0, false);
             INSERT INTO apps VALUES ('gone', '', 'live', 1, NULL, 0, NULL, 0, true);";
    server.sql(database(&url), &made);
    let hex = |bytes: &[u8]| format!("'\\x{}'", hex(bytes));
    let commits: Vec<Commit> = (0..150).map(|number| remembered(&format!("subject {number}"), number)).collect();
    for (number, commit) in commits.iter().enumerate() {
        let (new, kept) = (commit.enrolment.as_ref().unwrap(), commit.remember.as_ref().unwrap());
        let app = if number < 140 { "bank" } else { "gone" };
        let (id, template) = (new.subject_id.as_str(), hex(&new.template.to_bytes()));
        let (photo, hash) = (hex(&new.photo.as_ref().unwrap()[..3000]), hex(&new.photo_sha256));
        let (fingerprint, answer) = (hex(&kept.fingerprint), hex(&kept.answer));
        let values = format!("'{:?}'", new.template.values());
        server.sql(
            database(&url),
            &format!(
                "INSERT INTO facegate.subjects VALUES ('{app}', '{id}', nextval('facegate.subject_numbers'), 1, 2,
                     gen_random_uuid(), 1, {template}, 1, 90, {hash}, {photo});
                 INSERT INTO facegate.vectors VALUES ('{app}', currval('facegate.subject_numbers'), 1, {values});
                 INSERT INTO facegate.answers VALUES ('{app}', '{id}', {fingerprint}, {answer}, '{id}', 1, 9223372036854775807)"
            ),
        );
    }
    // Two servers start at once; one seals, the other waits.
    let (one, two) = tokio::join!(open_with(&url, vault()), open_with(&url, vault()));
    let (store, bank) = (one.unwrap(), app("bank", None).id);
    drop(two.unwrap());
    assert_eq!(store.count(&bank).await, Ok(140));
    for commit in &commits[..140] {
        let new = commit.enrolment.as_ref().unwrap();
        let record = store.subject(&bank, &new.subject_id).await.unwrap().unwrap();
        assert_eq!((&record.template, record.photo_sha256), (&new.template, new.photo_sha256));
        assert_eq!((record.created_at, record.updated_at, record.rotation), (Timestamp(1), Timestamp(2), 90));
        let photo = store.photo(&bank, &new.subject_id).await.unwrap().unwrap();
        assert!(photo == new.photo.as_ref().unwrap()[..3000]);
        let kept = store.remembered(&bank, &key(new.subject_id.as_str()), Timestamp(2)).await.unwrap().unwrap();
        assert_eq!(Some(kept.answer), commit.remember.as_ref().map(|new| new.answer.clone()));
        let nearest = store.nearest(&bank, &new.template, 1, 0.9).await.unwrap();
        assert_eq!(nearest[0].subject_id, new.subject_id);
    }
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'facegate'::regnamespace AND relname LIKE 'clear%'";
    assert_eq!(server.sql(database(&url), left), "0");
    assert_eq!(server.sql(database(&url), "SELECT version FROM facegate.store"), latest().to_string());
    store.commit(&bank, remembered("new", 500)).await.unwrap();
}
