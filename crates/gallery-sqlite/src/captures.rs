//! Tokens of the capture page, in SQL.

use async_trait::async_trait;
use facegate_domain::{AppId, SessionId, Timestamp};
use facegate_gallery::{AuditEntry, CAPTURES_KEPT, Capture, Captures, StoreError};
use facegate_vault::AuditKey;
use rusqlite::{Connection, OptionalExtension, Params, params};

use crate::SqliteStore;
use crate::audit;
use crate::error::{Failure, Outcome};

const COLUMNS: &str = "SELECT token, capture_id, app_id, wording, expires_at, attempts, taken, outcome FROM captures";

#[async_trait]
impl Captures for SqliteStore {
    async fn add_capture(&self, capture: &Capture, now: Timestamp, row: AuditEntry) -> Result<(), StoreError> {
        let (audit_key, capture) = (self.audit_key.clone(), capture.clone());
        self.writer.run(0, move |connection| add(connection, &audit_key, &capture, now, row)).await
    }

    async fn capture(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Capture>, StoreError> {
        let token = *token;
        let open = "WHERE token = ?1 AND expires_at > ?2";
        self.readers.run(move |connection| find(connection, open, params![token, now.0])).await
    }

    async fn take_capture(&self, token: &[u8; 32], most: u32, now: Timestamp) -> Result<Option<u32>, StoreError> {
        let token = *token;
        let take = "UPDATE captures SET taken = 1, attempts = attempts + 1
                    WHERE token = ?1 AND taken = 0 AND outcome IS NULL AND attempts < ?2 AND expires_at > ?3
                    RETURNING attempts";
        let take = move |connection: &Connection| {
            let mut take = connection.prepare_cached(take)?;
            Ok(take.query_row(params![token, most, now.0], |row| row.get(0)).optional()?)
        };
        self.writer.run(0, take).await
    }

    async fn end_attempt(&self, token: &[u8; 32], outcome: Option<&str>) -> Result<(), StoreError> {
        let (token, outcome) = (*token, outcome.map(str::to_owned));
        let end = move |connection: &Connection| {
            let end = "UPDATE captures SET taken = 0, outcome = ?2 WHERE token = ?1 AND outcome IS NULL";
            connection.prepare_cached(end)?.execute(params![token, outcome])?;
            Ok(())
        };
        self.writer.run(0, end).await
    }

    async fn capture_by_id(&self, app: &AppId, id: SessionId) -> Result<Option<Capture>, StoreError> {
        let (app, id) = (app.clone(), id.to_string());
        let named = "WHERE app_id = ?1 AND capture_id = ?2";
        self.readers.run(move |connection| find(connection, named, params![app.as_str(), id])).await
    }
}

fn add(
    connection: &Connection,
    audit_key: &AuditKey,
    capture: &Capture,
    now: Timestamp,
    row: AuditEntry,
) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM captures WHERE expires_at <= ?1")?.execute([now.0 - CAPTURES_KEPT])?;
    let Capture { token, id, app, order, expires_at, .. } = capture;
    // Nothing is kept for an app that was deleted meanwhile.
    crate::apps::find(connection, app)?;
    connection
        .prepare_cached(
            "INSERT INTO captures (token, capture_id, app_id, wording, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![token, id.to_string(), app.as_str(), order, expires_at.0])?;
    audit::append(connection, audit_key, app.as_str(), row)
}

fn find(connection: &Connection, which: &str, values: impl Params) -> Outcome<Option<Capture>> {
    type Columns = ([u8; 32], String, String, String, i64, u32, bool, Option<String>);
    let found: Option<Columns> = connection
        .prepare_cached(&format!("{COLUMNS} {which}"))?
        .query_row(values, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
        })
        .optional()?;
    let Some((token, id, app, order, expires_at, attempts, taken, outcome)) = found else { return Ok(None) };
    let id = SessionId::parse(&id).ok_or_else(|| Failure::unreadable("id of a capture"))?;
    let app = AppId::parse(&app).map_err(|_| Failure::unreadable("App-ID"))?;
    Ok(Some(Capture { token, id, app, order, expires_at: Timestamp(expires_at), attempts, taken, outcome }))
}
