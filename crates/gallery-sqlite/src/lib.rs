//! The embedded store: SQLite in WAL mode with group commit.
//!
//! One thread writes: it takes every job that waits, runs them in one transaction and commits once, so that one
//! `fsync` serves many requests. A few threads read. Other processes (the command line) may open the same file.

mod answers;
mod apps;
mod audit;
mod captures;
mod commit;
mod error;
mod facts;
mod gallery;
mod import;
mod job;
mod keys;
mod migrate;
mod moves;
mod open;
mod operators;
mod pages;
mod private;
mod purge;
mod readers;
mod row;
mod sealing;
mod snapshot;
mod subjects;
mod terms;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use facegate_gallery::{Clock, StoreError};
use facegate_vault::{AuditKey, Vault};

pub use facts::StoreFacts;

use readers::Readers;
use writer::Writer;

/// How a store is opened. The defaults suit a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that read, at least 1.
    pub readers: usize,
    /// Writes (and, apart from them, reads) that may wait; more are answered with [`StoreError::Busy`].
    pub queue: usize,
    /// Bytes of photos that may wait to be written; more are answered with [`StoreError::Busy`].
    pub queue_bytes: usize,
    /// How long a write waits for another process's lock before it is answered with [`StoreError::Busy`].
    pub lock_wait: Duration,
    /// Size in bytes that the database file must not exceed ([`StoreError::Full`]); `None` leaves it to the disk.
    pub max_bytes: Option<u64>,
    /// By which it is judged what has expired.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4)),
            queue: 256,
            queue_bytes: 64 << 20,
            lock_wait: Duration::from_secs(10),
            max_bytes: None,
            clock: Clock::default(),
        }
    }
}

/// A store in one file. Implements every trait of the gallery.
///
/// Dropping it finishes the writes that were taken, moves everything into the main file and closes it; this blocks
/// for a moment.
pub struct SqliteStore {
    // In this order: the writer must be the last to close, since a reader cannot tidy up the log.
    readers: Readers,
    writer: Writer,
    vault: Arc<Vault>,
    audit_key: Arc<AuditKey>,
    clock: Clock,
    path: PathBuf,
}

impl SqliteStore {
    /// Whether the store at `path` holds something sealed, so that a master key exists for it. `false` if there is no store.
    /// Changes nothing. Errors as [`SqliteStore::open`].
    pub fn is_sealed(path: &Path) -> Result<bool, StoreError> {
        open::is_sealed(path)
    }

    /// Opens the store at `path`, and makes it (file mode 0600, missing folders 0700) if there is none.
    ///
    /// Brings an older schema up to date, and seals what an earlier version left in clear. The first vault of a store is
    /// the one that it keeps. Errors leave the file as it is: [`StoreError::Unavailable`] if the vault lacks a master key, [`StoreError::NewerSchema`] if a later
    /// facegate wrote it, [`StoreError::Corrupt`] if it is not a facegate store, [`StoreError::Unavailable`] with what
    /// to do if it cannot be used, [`StoreError::Busy`] if another process holds it for longer than the lock wait.
    pub fn open(path: &Path, vault: Arc<Vault>, options: Options) -> Result<Self, StoreError> {
        let path = std::path::absolute(path)
            .map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
        let (connection, audit_key) = open::writer(&path, &vault, &options)?;
        let writer = Writer::start(connection, &path, &options)?;
        let readers = Readers::start(&path, &options)?;
        let audit_key = Arc::new(audit_key);
        Ok(Self { readers, writer, vault, audit_key, clock: options.clock, path })
    }
}
