//! Receipts of writes: see [`write!`](crate::retry::write).

use deadpool_postgres::Transaction;
use facegate_domain::AppId;
use uuid::Uuid;

use crate::error::Outcome;

/// Whose receipts they are: an app's, or nobody's.
pub(crate) trait Holder {
    /// The app's id; empty for nobody's.
    fn id(&self) -> &str;
}

impl Holder for AppId {
    fn id(&self) -> &str {
        self.as_str()
    }
}

impl Holder for str {
    fn id(&self) -> &str {
        self
    }
}

/// Leaves the receipt of a write with it. `false`: an attempt before this one has left it, so it went through.
pub(crate) async fn leave(transaction: &Transaction<'_>, app: &(impl Holder + ?Sized), receipt: Uuid) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached("INSERT INTO receipts (app_id, receipt) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .await?;
    Ok(transaction.execute(&statement, &[&app.id(), &receipt]).await? == 1)
}
