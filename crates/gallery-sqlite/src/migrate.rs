//! The schema's history: numbered files, applied forward only, each in one transaction.

use facegate_gallery::StoreError;
use rusqlite::Connection;

use crate::error::Outcome;
use crate::sealing;

/// Marks a file as a facegate store ("fgat").
pub(crate) const APPLICATION_ID: i32 = 0x6667_6174;

/// Migration `n` leads from version `n` to `n + 1`. Published files are never changed; new ones are added.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_answers.sql"),
    include_str!("../migrations/0003_sealed.sql"),
    include_str!("../migrations/0004_audit.sql"),
    include_str!("../migrations/0005_terms.sql"),
    include_str!("../migrations/0006_models.sql"),
    include_str!("../migrations/0007_operators.sql"),
];

/// From this version on there is a master key.
pub(crate) const SEALED: u32 = 3;

/// The schema that this code reads and writes.
pub(crate) const LATEST: u32 = MIGRATIONS.len() as u32;

/// The file's version without changing it; 0 is an empty file. Refuses what is not ours and what is newer.
pub(crate) fn inspect(connection: &Connection) -> Outcome<u32> {
    let reading = connection.unchecked_transaction()?;
    let found = version(&reading)?;
    reading.finish()?;
    Ok(found)
}

/// Applies what is missing. Of several processes each migration is applied by one; the others wait for it.
pub(crate) fn to_latest(connection: &Connection) -> Outcome<()> {
    to(connection, LATEST)
}

fn to(connection: &Connection, wanted: u32) -> Outcome<()> {
    for (from, sql) in (0..wanted).zip(MIGRATIONS) {
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        match step(connection, from, sql) {
            Ok(()) => connection.execute_batch("COMMIT")?,
            Err(failure) => {
                // The failure that led here is the one to tell; a rollback that fails leaves it to SQLite's recovery.
                let _ = connection.execute_batch("ROLLBACK");
                return Err(failure);
            }
        }
    }
    Ok(())
}

fn step(connection: &Connection, from: u32, sql: &str) -> Outcome<()> {
    if version(connection)? > from {
        return Ok(());
    }
    connection.execute_batch(sql)?;
    if from + 1 == SEALED {
        sealing::drop_if_empty(connection)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", from + 1)?;
    Ok(())
}

fn version(connection: &Connection) -> Outcome<u32> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let objects: u64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, u32::try_from(found)) {
        (0, Ok(0)) if objects == 0 => Ok(0),
        (APPLICATION_ID, Ok(found)) if found > LATEST => Err(StoreError::NewerSchema { found, known: LATEST }.into()),
        (APPLICATION_ID, Ok(found)) if found > 0 => Ok(found),
        _ => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
            Err(rusqlite::Error::SqliteFailure(code, None).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as a facegate of that version would have left them; add one with every migration.
    fn contents(version: u32) -> &'static str {
        match version {
            1 => include_str!("../tests/fixtures/v1.sql"),
            2 => include_str!("../tests/fixtures/v2.sql"),
            3 => include_str!("../tests/fixtures/v3.sql"),
            4 => include_str!("../tests/fixtures/v4.sql"),
            5 => include_str!("../tests/fixtures/v5.sql"),
            6 => include_str!("../tests/fixtures/v6.sql"),
            // What came since is tables of their own, which a new store leaves as they are.
            7 => include_str!("../tests/fixtures/v6.sql"),
            _ => panic!("write tests/fixtures/v{version}.sql: rows as version {version} leaves them"),
        }
    }

    #[tokio::test]
    async fn a_store_of_every_earlier_version_opens_with_its_contents() {
        use facegate_gallery::{AppAdmin, AuditLog, Gallery};
        use facegate_vault::{MasterKey, Vault};
        // The key of the fixtures.
        let master = MasterKey::parse(&"07".repeat(32)).unwrap();
        let vault = std::sync::Arc::new(Vault::new(&master, &[]).unwrap());
        for version in 1..=LATEST {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("facegate.db");
            let connection = Connection::open(&path).unwrap();
            to(&connection, version).unwrap();
            connection.execute_batch(contents(version)).unwrap();
            drop(connection);
            let store = crate::SqliteStore::open(&path, vault.clone(), crate::Options::default()).unwrap();
            assert_eq!(store.integrity().await.unwrap().schema_version, LATEST);
            // The app is in its own chain and in that of none.
            let log = store.verify_audit().await.unwrap();
            assert_eq!((log.faults, log.rows), (vec![], 2));
            let apps = store.apps().await.unwrap();
            let [app] = apps.as_slice() else { panic!("one app, not {}", apps.len()) };
            assert_eq!((app.id.as_str(), app.enroll.limit, app.enroll.used), ("bank", Some(10), 3));
            assert!(app.keys[0].revoked_at.is_some() && app.keys[1].revoked_at.is_none());
            let id = facegate_domain::SubjectId::parse("budi").unwrap();
            let record = store.subject(&app.id, &id).await.unwrap().unwrap();
            assert_eq!(record.template.values(), &[0.6, 0.8]);
            assert_eq!(store.photo(&app.id, &id).await.unwrap().unwrap(), [0xff, 0xd8]);
            let key = facegate_gallery::IdempotencyKey::parse("retry-1").unwrap();
            let kept = store.remembered(&app.id, &key, record.updated_at).await.unwrap();
            // Version 2 brought the answers.
            assert_eq!(kept.map(|kept| kept.answer), (version >= 2).then(|| b"{}".to_vec()));
        }
    }

    #[test]
    fn migrating_again_changes_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(inspect(&connection).unwrap(), 0);
        to_latest(&connection).unwrap();
        to_latest(&connection).unwrap();
        assert_eq!(inspect(&connection).unwrap(), LATEST);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_version_before() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
        step(&connection, 0, "CREATE TABLE half (a); CREATE TABLE half (a);").unwrap_err();
        connection.execute_batch("ROLLBACK").unwrap();
        assert_eq!(inspect(&connection).unwrap(), 0);
        to_latest(&connection).unwrap();
    }
}
