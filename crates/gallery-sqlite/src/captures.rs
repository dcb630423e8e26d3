//! Tokens of the capture page, in SQL.

use async_trait::async_trait;
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::{AuditEntry, Capture, Captures, StoreError};
use facegate_vault::AuditKey;
use rusqlite::{Connection, OptionalExtension, params};

use crate::SqliteStore;
use crate::audit;
use crate::error::{Failure, Outcome};

#[async_trait]
impl Captures for SqliteStore {
    async fn add_capture(&self, capture: &Capture, now: Timestamp, row: AuditEntry) -> Result<(), StoreError> {
        let (seal, capture) = (self.audit_key.clone(), capture.clone());
        self.writer.run(0, move |connection| add(connection, &seal, &capture, now, row)).await
    }

    async fn capture(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Capture>, StoreError> {
        let token = *token;
        self.readers.run(move |connection| find(connection, token, now)).await
    }

    async fn take_capture(&self, token: &[u8; 32], most: u32, now: Timestamp) -> Result<bool, StoreError> {
        let token = *token;
        let take = "UPDATE captures SET taken = 1, attempts = attempts + 1
                    WHERE token = ?1 AND taken = 0 AND attempts < ?2 AND expires_at > ?3";
        let take = move |connection: &Connection| {
            Ok(connection.prepare_cached(take)?.execute(params![token, most, now.0])? == 1)
        };
        self.writer.run(0, take).await
    }

    async fn give_back_capture(&self, token: &[u8; 32]) -> Result<(), StoreError> {
        let token = *token;
        let give_back = move |connection: &Connection| {
            connection.prepare_cached("UPDATE captures SET taken = 0 WHERE token = ?1")?.execute([token])?;
            Ok(())
        };
        self.writer.run(0, give_back).await
    }
}

fn add(connection: &Connection, seal: &AuditKey, capture: &Capture, now: Timestamp, row: AuditEntry) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM captures WHERE expires_at <= ?1")?.execute([now.0])?;
    let Capture { token, app, order, expires_at } = capture;
    // Nothing is kept for an app that was deleted meanwhile.
    crate::apps::find(connection, app)?;
    connection
        .prepare_cached("INSERT INTO captures (token, app_id, capture_order, expires_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![token, app.as_str(), order, expires_at.0])?;
    audit::append(connection, seal, app.as_str(), row)
}

fn find(connection: &Connection, token: [u8; 32], now: Timestamp) -> Outcome<Option<Capture>> {
    let found = connection
        .prepare_cached(
            "SELECT app_id, capture_order, expires_at FROM captures WHERE token = ?1 AND taken = 0 AND expires_at > ?2",
        )?
        .query_row(params![token, now.0], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((app, order, expires_at)) = found else { return Ok(None) };
    let app = AppId::parse(&app).map_err(|_| Failure::unreadable("App-ID"))?;
    Ok(Some(Capture { token, app, order, expires_at: Timestamp(expires_at) }))
}
