//! Removing a deleted app's rows some at a time, so that a large app does not hold up everybody. Any number of servers may
//! do it at once.

use deadpool_postgres::Transaction;
use facegate_domain::AppId;
use facegate_gallery::StoreError;

use crate::error::Outcome;
use crate::retry::read;
use crate::{Shared, hnsw};

/// Rows of each table removed in one go; with photos of 100 KiB some 50 MiB.
const AT_ONCE: i64 = 500;

impl Shared {
    /// Removes all that a deleted app had, and then the app.
    pub(crate) async fn purge(&self, app: &AppId) -> Result<(), StoreError> {
        self.drop_indexes(app).await?;
        while read!(self, |client| async {
            let transaction = client.transaction().await?;
            let more = some(&transaction, app).await?;
            // Last, as in every commit: rows are locked in one order.
            let statement =
                transaction.prepare_cached("SELECT FROM apps WHERE app_id = $1 AND deleted FOR UPDATE").await?;
            if transaction.query_opt(&statement, &[&app.as_str()]).await?.is_none() {
                // Another server was done with it; by now there may be an app of this id again.
                transaction.rollback().await?;
                return Ok(false);
            }
            if !more {
                let statement = transaction.prepare_cached("DELETE FROM apps WHERE app_id = $1").await?;
                transaction.execute(&statement, &[&app.as_str()]).await?;
            }
            transaction.commit().await?;
            Ok(more)
        })? {}
        self.indexes.forget(app);
        Ok(())
    }

    async fn drop_indexes(&self, app: &AppId) -> Result<(), StoreError> {
        read!(self, |client| async {
            for name in hnsw::names(client, app).await? {
                client.batch_execute(&format!("DROP INDEX IF EXISTS facegate.{name}")).await?;
            }
            Ok(())
        })
    }
}

/// Removes some rows; `false` if there were none.
async fn some(transaction: &Transaction<'_>, app: &AppId) -> Outcome<bool> {
    let mut removed = 0;
    for (table, key) in [
        ("subjects", "subject_id"),
        ("vectors", "subject_number"),
        ("answers", "idempotency_key"),
        ("receipts", "receipt"),
    ] {
        let sql = format!(
            "DELETE FROM {table} WHERE app_id = $1 AND {key} IN (SELECT {key} FROM {table} WHERE app_id = $1 LIMIT $2)"
        );
        let statement = transaction.prepare_cached(&sql).await?;
        removed += transaction.execute(&statement, &[&app.as_str(), &AT_ONCE]).await?;
    }
    Ok(removed > 0)
}
