//! Tokens of the capture page, in SQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use facegate_domain::{AppId, SessionId, Timestamp};
use facegate_gallery::{AuditEntry, CAPTURES_KEPT, Capture, Captures, StoreError};
use tokio_postgres::Row;

use crate::error::{Failure, Outcome};
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit};

const OPEN: &str = "SELECT token, capture_id, app_id, wording, expires_at, attempts, taken, outcome FROM captures
                    WHERE token = $1 AND expires_at > $2";
const NAMED: &str = "SELECT token, capture_id, app_id, wording, expires_at, attempts, taken, outcome FROM captures
                     WHERE app_id = $1 AND capture_id = $2";

#[async_trait]
impl Captures for PostgresStore {
    async fn add_capture(&self, capture: &Capture, now: Timestamp, row: AuditEntry) -> Result<(), StoreError> {
        write!(self.shared, &capture.app, |transaction| add(&transaction, &self.shared, capture, now, row.clone()))
    }

    async fn capture(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Capture>, StoreError> {
        let row =
            read!(self.shared, |client| async { Ok(client.query_opt(OPEN, &[&token.as_slice(), &now.0]).await?) })?;
        row.as_ref().map(capture).transpose().map_err(Failure::explain)
    }

    async fn take_capture(&self, token: &[u8; 32], most: u32, now: Timestamp) -> Result<Option<u32>, StoreError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let take = "UPDATE captures SET taken = true, attempts = attempts + 1
                    WHERE token = $1 AND NOT taken AND outcome IS NULL AND attempts < $2 AND expires_at > $3
                    RETURNING attempts";
        write!(self.shared, audit::NONE, |transaction| async {
            let row = transaction.query_opt(take, &[&token.as_slice(), &most, &now.0]).await?;
            let number: Option<i32> = row.map(|row| row.try_get(0)).transpose()?;
            Ok(number.map(i32::unsigned_abs))
        })
    }

    async fn end_attempt(&self, token: &[u8; 32], outcome: Option<&str>) -> Result<(), StoreError> {
        let end = "UPDATE captures SET taken = false, outcome = $2 WHERE token = $1 AND outcome IS NULL";
        read!(self.shared, |client| async { Ok(client.execute(end, &[&token.as_slice(), &outcome]).await?) })?;
        Ok(())
    }

    async fn capture_by_id(&self, app: &AppId, id: SessionId) -> Result<Option<Capture>, StoreError> {
        let id = id.to_string();
        let row = read!(self.shared, |client| async { Ok(client.query_opt(NAMED, &[&app.as_str(), &id]).await?) })?;
        row.as_ref().map(capture).transpose().map_err(Failure::explain)
    }
}

async fn add(
    transaction: &Transaction<'_>,
    shared: &Shared,
    capture: &Capture,
    now: Timestamp,
    row: AuditEntry,
) -> Outcome<()> {
    let Capture { token, id, app, order, expires_at, .. } = capture;
    transaction.execute("DELETE FROM captures WHERE expires_at <= $1", &[&(now.0 - CAPTURES_KEPT)]).await?;
    // Nothing is kept for an app that was deleted meanwhile.
    let insert = "INSERT INTO captures (token, capture_id, app_id, wording, expires_at)
                  SELECT $1, $2, app_id, $4, $5 FROM apps WHERE app_id = $3 AND NOT deleted";
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&token.as_slice(), &id.to_string(), &app.as_str(), order, &expires_at.0];
    match transaction.execute(insert, &values).await? {
        0 => Err(StoreError::UnknownApp.into()),
        _ => audit::append(transaction, &shared.audit_key, app.as_str(), row).await,
    }
}

fn capture(row: &Row) -> Outcome<Capture> {
    let token: &[u8] = row.try_get(0)?;
    let attempts: i32 = row.try_get(5)?;
    Ok(Capture {
        token: token.try_into().map_err(|_| Failure::unreadable("token"))?,
        id: SessionId::parse(row.try_get(1)?).ok_or_else(|| Failure::unreadable("id of a capture"))?,
        app: AppId::parse(row.try_get(2)?).map_err(|_| Failure::unreadable("App-ID"))?,
        order: row.try_get(3)?,
        expires_at: Timestamp(row.try_get(4)?),
        attempts: attempts.unsigned_abs(),
        taken: row.try_get(6)?,
        outcome: row.try_get(7)?,
    })
}
