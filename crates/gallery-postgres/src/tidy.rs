//! Removes leftovers from time to time: answers that have expired, old receipts, apps whose deletion was interrupted.
//! Every server does it; rows that another one is just removing are passed over.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::GenericClient;
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::StoreError;

use crate::Shared;
use crate::error::Failure;
use crate::retry::read;

/// Rows removed in one statement.
const AT_ONCE: u64 = 5000;
/// Far longer than any write goes on asking for its receipt.
const RECEIPTS_FOR: &str = "10 minutes";

/// Tidies up every `pause` or so, for ever.
pub(crate) async fn forever(store: Arc<Shared>, pause: Duration) {
    loop {
        // Servers that were started together need not do it together.
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.5))).await;
        if let Err(error) = store.tidy().await {
            tracing::warn!(%error, "the store could not be tidied up; it is tried again");
        }
    }
}

impl Shared {
    /// Removes the leftovers that there are now.
    pub(crate) async fn tidy(&self) -> Result<(), StoreError> {
        let now = Timestamp::now().0;
        let expired = "DELETE FROM answers WHERE (app_id, idempotency_key) IN
            (SELECT app_id, idempotency_key FROM answers WHERE expires_at <= $1 LIMIT 5000 FOR UPDATE SKIP LOCKED)";
        while read!(self, |client| async {
            let statement = client.prepare_cached(expired).await?;
            Ok(client.execute(&statement, &[&now]).await?)
        })? == AT_ONCE
        {}
        let old = format!(
            "DELETE FROM receipts WHERE (app_id, receipt) IN
                 (SELECT app_id, receipt FROM receipts WHERE written_at < now() - interval '{RECEIPTS_FOR}'
                  LIMIT 5000 FOR UPDATE SKIP LOCKED)"
        );
        while read!(self, |client| async {
            let statement = client.prepare_cached(&old).await?;
            Ok(client.execute(&statement, &[]).await?)
        })? == AT_ONCE
        {}
        for app in self.buried().await? {
            self.purge(&app).await?;
        }
        Ok(())
    }

    async fn buried(&self) -> Result<Vec<AppId>, StoreError> {
        read!(self, |client| async {
            let statement = client.prepare_cached("SELECT app_id FROM apps WHERE deleted").await?;
            let rows = client.query(&statement, &[]).await?;
            let parse =
                |row: &tokio_postgres::Row| AppId::parse(row.try_get(0)?).map_err(|_| Failure::unreadable("App-ID"));
            rows.iter().map(parse).collect()
        })
    }
}
