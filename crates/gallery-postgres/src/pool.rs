//! Connections: made when they are needed, set up alike, and thrown away when one cannot be trusted any more.

use std::time::Duration;

use deadpool_postgres::{
    Client, ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool as Inner, RecyclingMethod, Runtime,
};
use facegate_gallery::StoreError;
use tokio::time::error::Elapsed;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Failure, Outcome, Remedy};
use crate::{DatabaseUrl, Options};

/// How long a request waits for a connection while all are in use.
const WAIT: Duration = Duration::from_secs(3);
/// How long a connection may take to be made, all hosts of the URL together.
const CREATE: Duration = Duration::from_secs(8);

/// A session's settings. `search_path`: our tables, and the schema in which pgvector is. `synchronous_commit`: a commit is
/// on the disk when it returns; whatever waits for standbys too is left as the operator set it. `jit`: compiling takes
/// longer than these statements. `hnsw.*`: candidates looked at, and more of them where some were deleted.
fn session(options: &Options) -> String {
    format!(
        "SET statement_timeout = {timeout};
         SET lock_timeout = {timeout};
         SET idle_in_transaction_session_timeout = '60s';
         SET client_min_messages = warning;
         SET default_transaction_isolation = 'read committed';
         SET jit = off;
         SET hnsw.ef_search = {ef_search};
         SET hnsw.iterative_scan = strict_order;
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
         SELECT set_config('search_path', 'facegate, ' || quote_ident(nspname), false)
             FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'",
        timeout = options.statement_timeout.as_millis(),
        ef_search = options.candidates.clamp(10, 1000),
    )
}

/// Connections to one database.
#[derive(Clone)]
pub(crate) struct Pool {
    inner: Inner,
}

impl Pool {
    pub(crate) fn new(url: &DatabaseUrl, tls: MakeRustlsConnect, options: &Options) -> Result<Self, StoreError> {
        let manager =
            Manager::from_config(url.config().clone(), tls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let session = session(options);
        let hook = Hook::async_fn(move |client: &mut ClientWrapper, _| {
            let session = session.clone();
            Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
        });
        let inner = Inner::builder(manager)
            .max_size(options.connections.max(1))
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CREATE))
            .recycle_timeout(Some(CREATE))
            .post_create(hook)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { inner })
    }

    /// A free connection, or a new one.
    pub(crate) async fn lease(&self) -> Outcome<Lease> {
        Ok(Lease { client: self.inner.get().await? })
    }
}

/// A connection in use.
pub(crate) struct Lease {
    client: Client,
}

impl Lease {
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Takes the connection out of the pool; it is closed when it is dropped.
    pub(crate) fn take(self) -> ClientWrapper {
        Client::take(self.client)
    }

    /// Gives the connection back if it is well, and passes the outcome on.
    pub(crate) fn settle<T>(self, outcome: Result<Outcome<T>, Elapsed>) -> Outcome<T> {
        let outcome = outcome.unwrap_or(Err(Failure::Late));
        let sound = match &outcome {
            Ok(_) => true,
            Err(failure) => matches!(failure.remedy(), Remedy::Tell | Remedy::Again),
        };
        if !sound {
            self.discard();
        }
        outcome
    }

    /// Closes the connection instead of giving it back.
    pub(crate) fn discard(self) {
        drop(Client::take(self.client));
    }
}
