//! Receipts of writes: see [`write!`](crate::retry::write).

use deadpool_postgres::Transaction;
use facegate_domain::AppId;
use uuid::Uuid;

use crate::error::Outcome;

/// Leaves the receipt of a write with it. `false`: an attempt before this one has left it, so it went through.
pub(crate) async fn leave(transaction: &Transaction<'_>, app: &AppId, receipt: Uuid) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached("INSERT INTO receipts (app_id, receipt) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .await?;
    Ok(transaction.execute(&statement, &[&app.as_str(), &receipt]).await? == 1)
}
