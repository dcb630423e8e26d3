//! What an operator wants to know about the store, for `facegate doctor`.

use facegate_gallery::StoreError;

use crate::PostgresStore;
use crate::apps::count;
use crate::error::Failure;
use crate::retry::read;

/// Figures of a store that can be read.
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
    /// Bytes of the database on its disk.
    pub bytes: u64,
    /// PostgreSQL's version.
    pub server_version: String,
    /// pgvector's version.
    pub vector_version: String,
    /// Connections that the server takes from all its clients together.
    pub max_connections: u64,
    /// Whether commits survive the loss of power: `fsync`, and `full_page_writes`.
    pub durable: bool,
    /// Whether this connection is encrypted.
    pub encrypted: bool,
}

impl PostgresStore {
    /// Reads the figures; counts every subject, so it takes a second per some million.
    pub async fn facts(&self) -> Result<StoreFacts, StoreError> {
        read!(self.shared, |client| async {
            let row = client
                .query_one(
                    "SELECT (SELECT version FROM store), (SELECT count(*) FROM apps WHERE NOT deleted),
                            (SELECT count(*) FROM subjects), (SELECT count(photo) FROM subjects),
                            pg_database_size(current_database()), current_setting('server_version'),
                            (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
                            current_setting('max_connections')::bigint,
                            current_setting('fsync')::boolean AND current_setting('full_page_writes')::boolean,
                            coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)",
                    &[],
                )
                .await?;
            let version: i32 = row.try_get(0)?;
            Ok(StoreFacts {
                schema_version: u32::try_from(version).map_err(|_| Failure::unreadable("schema version"))?,
                apps: count(row.try_get(1)?)?,
                subjects: count(row.try_get(2)?)?,
                photos: count(row.try_get(3)?)?,
                bytes: count(row.try_get(4)?)?,
                server_version: row.try_get(5)?,
                vector_version: row.try_get(6)?,
                max_connections: count(row.try_get(7)?)?,
                durable: row.try_get(8)?,
                encrypted: row.try_get(9)?,
            })
        })
    }
}
