//! The shared store: PostgreSQL with pgvector, for any number of servers.
//!
//! All state is in the database: nothing is cached that another server could change, but for two figures that decide how
//! to search (see `nearest.rs`). Each request is one transaction on one app. Where a connection breaks, the work is done
//! again; a write leaves a receipt, so that it is done once (see `retry.rs`).

mod answers;
mod apps;
mod audit;
mod captures;
mod commit;
mod error;
mod facts;
mod gallery;
mod hnsw;
mod import;
mod keys;
mod migrate;
mod models;
mod moves;
mod nearest;
mod operators;
mod pages;
mod pool;
mod purge;
mod receipts;
mod retry;
mod row;
mod sealing;
mod snapshot;
mod subjects;
mod terms;
mod tidy;
mod tls;
mod url;
mod vectors;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use facegate_gallery::{Clock, StoreError};
use facegate_vault::{AuditKey, Vault};
use tokio::task::JoinHandle;

pub use facts::StoreFacts;
pub use url::{DatabaseUrl, InvalidUrl};

use error::{Failure, Remedy};
use hnsw::Indexes;
use models::Models;
use pool::Pool;
use retry::Patience;

/// How a store is opened. The defaults suit a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Make the schema if the database has none; without, that is an error.
    pub create: bool,
    /// Connections at most; more requests wait for a moment and are then answered with [`StoreError::Busy`].
    pub connections: usize,
    /// A statement that takes longer is given up ([`StoreError::Busy`]).
    pub statement_timeout: Duration,
    /// How long an operation is tried again while the database restarts or fails over.
    pub retry_for: Duration,
    /// How long opening waits for a database that cannot be reached yet.
    pub connect_for: Duration,
    /// Apps with more templates than this are searched through an index (HNSW): nearly exact, and fast at any size. Up to
    /// it every template is looked at.
    pub exact_up_to: u64,
    /// Candidates that a search through an index looks at, 10–1000: more find more and take longer.
    pub candidates: u32,
    /// How often leftovers are removed (expired answers, receipts, deleted apps) and indexes are made; `None`: never, for
    /// commands and tests.
    pub tidy_every: Option<Duration>,
    /// By which it is judged what has expired.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create: true,
            connections: 16,
            statement_timeout: Duration::from_secs(10),
            retry_for: Duration::from_secs(5),
            connect_for: Duration::from_secs(30),
            exact_up_to: 50_000,
            candidates: 200,
            tidy_every: Some(Duration::from_secs(30)),
            clock: Clock::default(),
        }
    }
}

/// A store in a PostgreSQL database. Implements every trait of the gallery.
pub struct PostgresStore {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the tasks in the background need too.
pub(crate) struct Shared {
    pool: Pool,
    vault: Arc<Vault>,
    audit_key: AuditKey,
    options: Options,
    /// How long one attempt may take, on this side.
    limit: Duration,
    models: Models,
    indexes: Indexes,
    last_write: Mutex<Option<Instant>>,
}

impl PostgresStore {
    /// Opens the store in the database at `url`: waits for the database ([`Options::connect_for`]), makes the schema or
    /// brings it up to date, and seals what an earlier version left in clear. The first vault of a store is the one that it
    /// keeps.
    ///
    /// Errors: [`StoreError::NewerSchema`], [`StoreError::Corrupt`] if the database holds something else, and
    /// [`StoreError::Unavailable`] with what to do. None of them shows the password.
    pub async fn open(url: &DatabaseUrl, vault: Arc<Vault>, options: Options) -> Result<Self, StoreError> {
        let tls = tls::connector(url)?;
        let mut patience = Patience::new(options.connect_for);
        loop {
            match prepare(url, &tls, &vault, &options).await {
                Ok(()) => break,
                Err(failure) => {
                    if failure.remedy() == Remedy::Reconnect {
                        tracing::info!("waiting for the database");
                    }
                    patience.after(failure).await?;
                }
            }
        }
        let pool = Pool::new(url, tls, &options)?;
        let audit_key = loop {
            match audit::open(&pool, &vault).await {
                Ok(audit_key) => break audit_key,
                Err(failure) => patience.after(failure).await?,
            }
        };
        let shared = Arc::new(Shared {
            pool,
            vault,
            audit_key,
            limit: options.statement_timeout + Duration::from_secs(2),
            models: Models::default(),
            indexes: Indexes::default(),
            last_write: Mutex::new(None),
            options,
        });
        let tasks = match shared.options.tidy_every {
            Some(pause) => {
                vec![tokio::spawn(tidy::forever(shared.clone(), pause)), tokio::spawn(hnsw::forever(shared.clone()))]
            }
            None => Vec::new(),
        };
        Ok(Self { shared, tasks })
    }
}

/// On a connection of its own, since those of the pool need pgvector.
async fn prepare(
    url: &DatabaseUrl,
    tls: &tokio_postgres_rustls::MakeRustlsConnect,
    vault: &Vault,
    options: &Options,
) -> Result<(), Failure> {
    let (mut client, connection) = url.config().connect(tls.clone()).await?;
    let driver = tokio::spawn(connection);
    let outcome = migrate::to_latest(&mut client, vault, options.create).await;
    driver.abort();
    outcome
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
