//! From SQLite's result codes to the store's errors. No SQL text and no stored value gets through: only codes and the
//! operator's own path.

use std::path::Path;

use facegate_gallery::StoreError;
use facegate_vault::VaultError;
use rusqlite::ErrorCode;

/// Why work on a connection ended: a refusal that has a meaning, or a fault of SQLite that is yet to be explained.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Already in the store's words.
    Store(StoreError),
    /// In SQLite's.
    Sql(rusqlite::Error),
}

/// Outcome of work on a connection.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Store(error.into())
    }
}

impl Failure {
    /// A stored value that cannot be right; `what` names its kind.
    pub(crate) fn unreadable(what: &str) -> Self {
        Self::Store(StoreError::Corrupt(format!("a stored {what} cannot be read")))
    }

    /// Whether another connection holds the lock.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Store(error) => matches!(error, StoreError::Busy(_)),
            Self::Sql(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
            }
        }
    }

    /// In the store's words, for the store at `path`.
    pub(crate) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sql(error) => explain(&error, path),
        }
    }
}

fn explain(error: &rusqlite::Error, path: &Path) -> StoreError {
    let path = path.display();
    let fault = match error {
        rusqlite::Error::SqliteFailure(fault, _) => fault,
        // A statement and the schema do not fit together.
        rusqlite::Error::SqlInputError { error: fault, .. } => fault,
        // A value of another type or range than the schema allows; the error itself would show it.
        _ => return StoreError::Corrupt(format!("{path} holds a value of an unexpected kind")),
    };
    let code = fault.extended_code;
    match fault.code {
        ErrorCode::DiskFull => StoreError::Full(format!("no room left for {path}: free some space or raise the limit")),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            StoreError::Busy(format!("another process holds the lock on {path}"))
        }
        // SQLite says so of a file whose disk cannot read it (EIO), too.
        ErrorCode::DatabaseCorrupt => StoreError::Corrupt(format!(
            "{path} is damaged or cannot be read (code {code}): check the disk and the system's log; if they are well, restore it \
             from a backup"
        )),
        ErrorCode::NotADatabase => {
            StoreError::Corrupt(format!("{path} is not a facegate store: choose another file, or move this one away"))
        }
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::Unavailable(format!(
            "{path} cannot be written: check owner and permissions of the file and its folder, \
             and that the file system is not mounted read-only"
        )),
        ErrorCode::CannotOpen => StoreError::Unavailable(format!(
            "{path} cannot be opened: check that its folder exists and that this user may write to both"
        )),
        ErrorCode::SystemIoFailure => StoreError::Unavailable(format!(
            "reading or writing {path} failed (code {code}): check the disk and the system's log"
        )),
        ErrorCode::OutOfMemory => StoreError::Unavailable("there is not enough memory".to_owned()),
        _ => StoreError::Unavailable(format!("SQLite refused an operation on {path} (code {code})")),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn explained(code: i32) -> StoreError {
        let secret = Some("UNIQUE constraint failed: budi".to_owned());
        explain(&rusqlite::Error::SqliteFailure(ffi::Error::new(code), secret), Path::new("data/facegate.db"))
    }

    #[test]
    fn codes_become_the_stores_errors_and_say_nothing_private() {
        assert!(matches!(explained(ffi::SQLITE_FULL), StoreError::Full(_)));
        assert!(matches!(explained(ffi::SQLITE_BUSY), StoreError::Busy(_)));
        assert!(matches!(explained(ffi::SQLITE_BUSY_SNAPSHOT), StoreError::Busy(_)));
        assert!(matches!(explained(ffi::SQLITE_CORRUPT_VTAB), StoreError::Corrupt(_)));
        assert!(matches!(explained(ffi::SQLITE_NOTADB), StoreError::Corrupt(_)));
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_PERM] {
            assert!(matches!(explained(code), StoreError::Unavailable(_)));
        }
        for code in 1..30 {
            assert!(!explained(code).to_string().contains("budi"));
        }
        let typed = rusqlite::Error::InvalidColumnType(0, "budi".to_owned(), rusqlite::types::Type::Text);
        let explained = explain(&typed, Path::new("f"));
        assert!(matches!(&explained, StoreError::Corrupt(text) if !text.contains("budi")));
    }
}
