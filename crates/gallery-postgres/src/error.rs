//! From PostgreSQL's codes to the store's errors. No SQL text, no stored value and no password gets through: only codes
//! and words of our own.

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use facegate_gallery::StoreError;
use facegate_vault::VaultError;
use tokio_postgres::error::SqlState;

/// Why work on a connection ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A refusal that has a meaning, in the store's words. The connection is well.
    Store(StoreError),
    /// A fault of the database or of the way to it.
    Sql(tokio_postgres::Error),
    /// No connection could be had.
    Pool(PoolError),
    /// No answer in time.
    Late,
    /// The same once more will do: somebody else was in between.
    Again,
}

/// Outcome of work on a connection.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Try again at once, the connection is well.
    Again,
    /// Try again on a new connection.
    Reconnect,
    /// Tell the caller; the connection is well.
    Tell,
    /// Tell the caller; the connection cannot be trusted any more.
    Discard,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Store(error.into())
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}

impl Failure {
    /// A stored value that cannot be right; `what` names its kind.
    pub(crate) fn unreadable(what: &str) -> Self {
        Self::Store(StoreError::Corrupt(format!("a stored {what} cannot be read")))
    }

    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Store(_) => Remedy::Tell,
            Self::Again => Remedy::Again,
            Self::Late => Remedy::Discard,
            Self::Pool(PoolError::Timeout(TimeoutType::Wait)) => Remedy::Tell,
            Self::Pool(PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error))) => {
                match remedy(error) {
                    // With a wrong password or without the database no second attempt helps.
                    Remedy::Tell => Remedy::Tell,
                    _ => Remedy::Reconnect,
                }
            }
            Self::Pool(_) => Remedy::Reconnect,
            Self::Sql(error) => remedy(error),
        }
    }

    /// In the store's words.
    pub(crate) fn explain(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sql(error) => explain(&error),
            Self::Pool(PoolError::Timeout(TimeoutType::Wait)) => {
                StoreError::Busy("every connection to PostgreSQL is in use".to_owned())
            }
            Self::Pool(PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error))) => {
                explain(&error)
            }
            Self::Pool(_) => StoreError::Unavailable("PostgreSQL cannot be reached in time".to_owned()),
            Self::Late => StoreError::Busy("PostgreSQL did not answer in time".to_owned()),
            Self::Again => StoreError::Busy("too many writers were in each other's way".to_owned()),
        }
    }
}

fn remedy(error: &tokio_postgres::Error) -> Remedy {
    let Some(code) = error.code() else {
        // Closed, broken or not understood: nothing is known about what the server still does.
        return if is_setup(error) { Remedy::Tell } else { Remedy::Reconnect };
    };
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Remedy::Again,
        // A primary became a standby: only a new connection finds the one that can be written.
        SqlState::READ_ONLY_SQL_TRANSACTION
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::TOO_MANY_CONNECTIONS
        // Another facegate has changed the schema meanwhile: statements must be prepared anew.
        | SqlState::FEATURE_NOT_SUPPORTED => Remedy::Reconnect,
        ref code if code.code().starts_with("08") => Remedy::Reconnect,
        ref code if code.code().starts_with("XX") => Remedy::Discard,
        _ => Remedy::Tell,
    }
}

/// Whether the fault lies in the settings (TLS, password) and not on the way.
fn is_setup(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    ["error performing TLS handshake", "authentication error", "invalid configuration"]
        .iter()
        .any(|kind| text.starts_with(kind))
}

fn explain(error: &tokio_postgres::Error) -> StoreError {
    let unavailable = |text: &str| StoreError::Unavailable(text.to_owned());
    let Some(code) = error.code() else {
        let text = error.to_string();
        return if text.starts_with("error performing TLS handshake") {
            unavailable(
                "no TLS connection to PostgreSQL: its certificate must be valid for its host name; \
                 give its authority with ?sslrootcert=FILE, or choose ?sslmode=disable on a network that you trust",
            )
        } else if text.starts_with("authentication error") {
            unavailable("PostgreSQL asks for a password: put one into the database's URL")
        } else if text.starts_with("invalid configuration") {
            unavailable("the database's URL cannot be used")
        } else if text.starts_with("error serializing") || text.starts_with("error deserializing") {
            StoreError::Corrupt("a stored value is of an unexpected kind".to_owned())
        } else {
            unavailable("PostgreSQL cannot be reached, or the connection broke: check that it runs, and its log")
        };
    };
    let text = code.code();
    match *code {
        SqlState::DISK_FULL => StoreError::Full("PostgreSQL has no room left on its disk".to_owned()),
        SqlState::TOO_MANY_CONNECTIONS => {
            StoreError::Busy("PostgreSQL takes no more connections: raise its max_connections".to_owned())
        }
        SqlState::QUERY_CANCELED => StoreError::Busy("PostgreSQL took too long".to_owned()),
        SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy("a lock could not be had in time".to_owned()),
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
            StoreError::Busy("too many writers were in each other's way".to_owned())
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            unavailable("this PostgreSQL can only be read: it is a standby, or was set read-only")
        }
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            unavailable("PostgreSQL refuses this user or password")
        }
        SqlState::INVALID_CATALOG_NAME => unavailable("PostgreSQL has no database of this name: create it first"),
        SqlState::INSUFFICIENT_PRIVILEGE => {
            unavailable("PostgreSQL does not let this user do that: make it the database's owner")
        }
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => {
            StoreError::Corrupt(format!("PostgreSQL says that its files are damaged (code {text})"))
        }
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN | SqlState::UNDEFINED_FUNCTION => {
            StoreError::Corrupt(format!("a table is missing or was changed (code {text})"))
        }
        _ => StoreError::Unavailable(format!("PostgreSQL refused an operation (code {text})")),
    }
}
