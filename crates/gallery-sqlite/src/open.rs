//! Opening: settings of a connection, and what is checked before a file is touched.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use facegate_gallery::StoreError;
use facegate_vault::{AuditKey, Vault};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Failure, Outcome};
use crate::{Options, audit, keys, migrate, private, sealing};

/// Photos are tens of kilobytes: larger pages than SQLite's 4096 mean fewer of them per photo.
const PAGE_BYTES: u32 = 8192;

/// Settings of every connection. `temp_store`: nothing biometric in temporary files.
const COMMON: &str = "
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
";

/// `synchronous = FULL`: a commit is on the disk when it returns. `secure_delete`: what is removed is overwritten.
/// `wal_autocheckpoint`: 32 MiB of log; `journal_size_limit`: the log shrinks again after a burst.
const WRITING: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = 4096;
    PRAGMA journal_size_limit = 67108864;
";

/// `query_only`: a second lock on the door.
const READING: &str = "
    PRAGMA query_only = ON;
    PRAGMA cache_size = -4096;
";

/// One store of this process is opened at a time: making a file opens and closes it, which would drop the locks that
/// another thread's SQLite has just taken on it.
static OPENING: Mutex<()> = Mutex::new(());

/// The connection that writes, to a store of the latest schema in WAL mode.
pub(crate) fn writer(path: &Path, vault: &Vault, options: &Options) -> Result<(Connection, AuditKey), StoreError> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    private::make(path).map_err(|error| cannot_make(path, &error))?;
    prepare(path, vault, options).map_err(|failure| failure.at(path))
}

fn prepare(path: &Path, vault: &Vault, options: &Options) -> Outcome<(Connection, AuditKey)> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(options.lock_wait)?;
    // Until the file is known to be ours nothing may change it, not even the tidying up at the end.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let found = migrate::inspect(&connection)?;
    if found >= migrate::SEALED {
        keys::admit(&connection, vault)?;
    }
    if connection.is_readonly("main")? {
        return Err(
            rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY), None).into()
        );
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.execute_batch(COMMON)?;
    connection.execute_batch(WRITING)?;
    if found == 0 {
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    }
    migrate::to_latest(&connection)?;
    use_wal(&connection, options.lock_wait)?;
    keys::settle(&connection, vault)?;
    sealing::give_keys(&connection, vault)?;
    sealing::finish(&connection, vault)?;
    let audit_key = sealing::transaction(&connection, |connection| audit::settle(connection, vault))?;
    if let Some(limit) = options.max_bytes {
        let page: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = i64::try_from(limit / u64::from(page)).unwrap_or(i64::MAX);
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    // From here on the writer waits for locks itself, and more evenly than SQLite does.
    connection.busy_timeout(Duration::ZERO)?;
    Ok((connection, audit_key))
}

/// See [`SqliteStore::is_sealed`](crate::SqliteStore::is_sealed).
pub(crate) fn is_sealed(path: &Path) -> Result<bool, StoreError> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    if !path.exists() {
        return Ok(false);
    }
    let inspect = || -> Outcome<bool> {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Options::default().lock_wait)?;
        Ok(migrate::inspect(&connection)? >= migrate::SEALED)
    };
    inspect().map_err(|failure| failure.at(path))
}

/// A connection that only reads. The writer's must be open: it keeps the log in place.
pub(crate) fn reader(path: &Path, options: &Options) -> Outcome<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(options.lock_wait)?;
    connection.execute_batch(COMMON)?;
    connection.execute_batch(READING)?;
    Ok(connection)
}

fn connect(path: &Path, mode: OpenFlags) -> Outcome<Connection> {
    // Each connection belongs to one thread, so SQLite need not lock it.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Switches to WAL mode. SQLite does not always wait for another process that opens the same file now, so this does.
fn use_wal(connection: &Connection, wait: Duration) -> Outcome<()> {
    let deadline = Instant::now() + wait;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode.map_err(Failure::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Err(failure) if failure.is_busy() && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(failure) => return Err(failure),
            Ok(_) => {
                let why = "its file system does not support SQLite's WAL mode: use a local disk";
                return Err(StoreError::Unavailable(why.to_owned()).into());
            }
        }
    }
}

fn cannot_make(path: &Path, error: &std::io::Error) -> StoreError {
    let (path, hint) = (path.display(), "choose a folder that this user may write to");
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            StoreError::Full(format!("{path} cannot be made: {error}"))
        }
        _ => StoreError::Unavailable(format!("{path} cannot be made: {error}; {hint}")),
    }
}

#[cfg(test)]
mod tests {
    use facegate_vault::MasterKey;

    use super::*;

    #[test]
    fn durability_and_erasure_are_switched_on() {
        let folder = tempfile::tempdir().unwrap();
        let (path, options) = (folder.path().join("facegate.db"), Options::default());
        let vault = Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap();
        let (writing, _) = writer(&path, &vault, &options).unwrap();
        let reading = reader(&path, &options).unwrap();
        let setting = |connection: &Connection, name: &str| -> i64 {
            connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
        };
        // 2 is FULL.
        assert_eq!(setting(&writing, "synchronous"), 2);
        assert_eq!(setting(&writing, "secure_delete"), 1);
        assert_eq!(setting(&writing, "page_size"), i64::from(PAGE_BYTES));
        for connection in [&writing, &reading] {
            assert_eq!(setting(connection, "foreign_keys"), 1);
            assert_eq!(setting(connection, "trusted_schema"), 0);
        }
        assert!(reading.execute("DELETE FROM apps", []).is_err());
    }
}
