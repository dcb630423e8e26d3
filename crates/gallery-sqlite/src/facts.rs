//! What an operator wants to know about the store, for `facegate doctor`.

use facegate_gallery::StoreError;
use rusqlite::Connection;

use crate::error::Outcome;
use crate::{SqliteStore, private};

/// Figures of a store that is sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFacts {
    /// Version of the schema.
    pub schema_version: u32,
    /// Apps.
    pub apps: u64,
    /// Subjects of all apps.
    pub subjects: u64,
    /// Photos of all apps.
    pub photos: u64,
    /// Bytes of the database file.
    pub file_bytes: u64,
    /// Bytes of the write-ahead log beside it.
    pub log_bytes: u64,
    /// SQLite's journal mode; `wal` is right.
    pub journal_mode: String,
    /// SQLite's version.
    pub sqlite_version: &'static str,
    /// Whether nobody but the file's owner may read it.
    pub private: bool,
}

impl SqliteStore {
    /// Reads the whole store and checks that it is sound; takes seconds per gigabyte and disturbs nobody.
    /// [`StoreError::Corrupt`] with SQLite's findings if it is not.
    pub async fn integrity(&self) -> Result<StoreFacts, StoreError> {
        let mut facts = self.readers.run(inspect).await?;
        let size = |suffix: &str| {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            std::fs::metadata(path).map_or(0, |metadata| metadata.len())
        };
        (facts.file_bytes, facts.log_bytes) = (size(""), size("-wal"));
        facts.private = private::is_private(&self.path);
        Ok(facts)
    }
}

fn inspect(connection: &Connection) -> Outcome<StoreFacts> {
    let moment = connection.unchecked_transaction()?;
    let findings: Vec<String> =
        moment.prepare("PRAGMA quick_check(3)")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if findings != ["ok"] {
        return Err(StoreError::Corrupt(format!("restore it from a backup; {}", findings.join("; "))).into());
    }
    if moment.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(StoreError::Corrupt("restore it from a backup; a row lacks its owner".to_owned()).into());
    }
    let count = |table: &str| moment.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
    let facts = StoreFacts {
        schema_version: moment.query_row("PRAGMA user_version", [], |row| row.get(0))?,
        apps: count("apps WHERE app_id IS NOT NULL")?,
        subjects: count("subjects")?,
        photos: count("photos")?,
        file_bytes: 0,
        log_bytes: 0,
        journal_mode: moment.query_row("PRAGMA journal_mode", [], |row| row.get(0))?,
        sqlite_version: rusqlite::version(),
        private: false,
    };
    moment.finish()?;
    Ok(facts)
}
