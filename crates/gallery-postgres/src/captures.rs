//! Tokens of the capture page, in SQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::{AuditEntry, Capture, Captures, StoreError};

use crate::error::{Failure, Outcome};
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit};

#[async_trait]
impl Captures for PostgresStore {
    async fn add_capture(&self, capture: &Capture, now: Timestamp, row: AuditEntry) -> Result<(), StoreError> {
        write!(self.shared, &capture.app, |transaction| add(&transaction, &self.shared, capture, now, row.clone()))
    }

    async fn capture(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Capture>, StoreError> {
        let find = "SELECT app_id, capture_order, expires_at FROM captures
                    WHERE token = $1 AND NOT taken AND expires_at > $2";
        let row =
            read!(self.shared, |client| async { Ok(client.query_opt(find, &[&token.as_slice(), &now.0]).await?) })?;
        let Some(row) = row else { return Ok(None) };
        let app = AppId::parse(row.get(0)).map_err(|_| Failure::unreadable("App-ID").explain())?;
        Ok(Some(Capture { token: *token, app, order: row.get(1), expires_at: Timestamp(row.get(2)) }))
    }

    async fn take_capture(&self, token: &[u8; 32], most: u32, now: Timestamp) -> Result<bool, StoreError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let take = "UPDATE captures SET taken = true, attempts = attempts + 1
                    WHERE token = $1 AND NOT taken AND attempts < $2 AND expires_at > $3";
        write!(self.shared, audit::NONE, |transaction| async {
            Ok(transaction.execute(take, &[&token.as_slice(), &most, &now.0]).await? == 1)
        })
    }

    async fn give_back_capture(&self, token: &[u8; 32]) -> Result<(), StoreError> {
        let give_back = "UPDATE captures SET taken = false WHERE token = $1";
        read!(self.shared, |client| async { Ok(client.execute(give_back, &[&token.as_slice()]).await?) })?;
        Ok(())
    }
}

async fn add(
    transaction: &Transaction<'_>,
    shared: &Shared,
    capture: &Capture,
    now: Timestamp,
    row: AuditEntry,
) -> Outcome<()> {
    let Capture { token, app, order, expires_at } = capture;
    transaction.execute("DELETE FROM captures WHERE expires_at <= $1", &[&now.0]).await?;
    // Nothing is kept for an app that was deleted meanwhile.
    let insert = "INSERT INTO captures (token, app_id, capture_order, expires_at)
                  SELECT $1, app_id, $3, $4 FROM apps WHERE app_id = $2 AND NOT deleted";
    match transaction.execute(insert, &[&token.as_slice(), &app.as_str(), order, &expires_at.0]).await? {
        0 => Err(StoreError::UnknownApp.into()),
        _ => audit::append(transaction, &shared.audit_key, app.as_str(), row).await,
    }
}
