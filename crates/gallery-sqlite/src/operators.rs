//! The console's operator, in SQL.

use async_trait::async_trait;
use facegate_domain::Timestamp;
use facegate_gallery::{
    AttemptSource, AuditEntry, Entrant, FAILURES_KEPT, OperatorAccount, Operators, SESSION_IDLE, SESSION_LIFE,
    SessionTimes, StoreError, Warrant,
};
use facegate_vault::AuditKey;
use rusqlite::{Connection, OptionalExtension, params};

use crate::SqliteStore;
use crate::audit;
use crate::error::{Failure, Outcome};

/// The app that stands for none, in the audit log.
const NONE: &str = "";

#[async_trait]
impl Operators for SqliteStore {
    async fn operator(&self) -> Result<OperatorAccount, StoreError> {
        self.readers.run(account).await
    }

    async fn offer_setup(&self, code: &[u8; 32]) -> Result<bool, StoreError> {
        let code = *code;
        let offer = "UPDATE operator SET setup_code = ?1 WHERE password IS NULL";
        self.writer.run(0, move |connection| Ok(connection.prepare_cached(offer)?.execute([code])? == 1)).await
    }

    async fn set_password(&self, hash: &str, warrant: Warrant<'_>, row: AuditEntry) -> Result<bool, StoreError> {
        let (code, before) = warrant.parts();
        let (seal, hash, warrant) =
            (self.audit_key.clone(), hash.to_owned(), (code.copied(), before.map(str::to_owned)));
        self.writer.run(0, move |connection| set_password(connection, &seal, &hash, &warrant, row)).await
    }

    async fn attempt(&self, sources: &[AttemptSource], now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sources = sources.to_vec();
        self.writer.run(0, move |connection| attempt(connection, &sources, now)).await
    }

    async fn sign_in(
        &self,
        who: Entrant<'_>,
        sources: &[AttemptSource],
        now: Timestamp,
        row: AuditEntry,
    ) -> Result<bool, StoreError> {
        let (seal, token, verified, sources) =
            (self.audit_key.clone(), *who.token, who.verified.to_owned(), sources.to_vec());
        let begin = move |connection: &Connection| {
            let who = Entrant { token: &token, verified: &verified };
            sign_in(connection, &seal, who, &sources, now, row)
        };
        self.writer.run(0, begin).await
    }

    async fn session(&self, token: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
        let token = *token;
        let found = self.readers.run(move |connection| times(connection, &token)).await?;
        let Some(times) = found.filter(|times| times.is_live(now)) else { return Ok(false) };
        if times.is_stale(now) {
            let touch = "UPDATE operator_sessions SET seen_at = max(seen_at, ?2) WHERE token = ?1";
            let touch = move |connection: &Connection| {
                connection.prepare_cached(touch)?.execute(params![token, now.0])?;
                Ok(())
            };
            self.writer.run(0, touch).await?;
        }
        Ok(true)
    }

    async fn sign_out(&self, token: &[u8; 32], row: AuditEntry) -> Result<bool, StoreError> {
        let (seal, token) = (self.audit_key.clone(), *token);
        self.writer.run(0, move |connection| sign_out(connection, &seal, &token, row)).await
    }
}

fn account(connection: &Connection) -> Outcome<OperatorAccount> {
    let found = connection
        .prepare_cached("SELECT password, setup_code FROM operator")?
        .query_row([], |row| Ok(OperatorAccount { password: row.get(0)?, setup_code: row.get(1)? }));
    Ok(found.optional()?.unwrap_or_default())
}

fn set_password(
    connection: &Connection,
    seal: &AuditKey,
    hash: &str,
    (code, before): &(Option<[u8; 32]>, Option<String>),
    row: AuditEntry,
) -> Outcome<bool> {
    let set = "UPDATE operator SET password = ?1, setup_code = NULL
               WHERE (?2 IS NULL OR (password IS NULL AND setup_code = ?2)) AND (?3 IS NULL OR password = ?3)";
    if connection.prepare_cached(set)?.execute(params![hash, code, before])? != 1 {
        return Ok(false);
    }
    connection.prepare_cached("DELETE FROM operator_sessions")?.execute([])?;
    connection.prepare_cached("DELETE FROM operator_attempts")?.execute([])?;
    audit::append(connection, seal, NONE, row)?;
    Ok(true)
}

fn attempt(connection: &Connection, sources: &[AttemptSource], now: Timestamp) -> Outcome<Option<Timestamp>> {
    connection.prepare_cached("DELETE FROM operator_attempts WHERE last_at < ?1")?.execute([now.0 - FAILURES_KEPT])?;
    // Failures of a time when the clock was ahead were made now at the latest, or their wait would end at that date.
    connection.prepare_cached("UPDATE operator_attempts SET last_at = ?1 WHERE last_at > ?1")?.execute([now.0])?;
    let mut find = connection.prepare_cached("SELECT failures, last_at FROM operator_attempts WHERE source = ?1")?;
    let mut until = None;
    for source in sources {
        let found = find.query_row([source.key()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (failures, last_at): (u32, i64) = found.unwrap_or_default();
        let end = last_at.saturating_add(source.wait(failures));
        until = until.max(Some(end).filter(|end| *end > now.0));
    }
    if until.is_some() {
        return Ok(until.map(Timestamp));
    }
    let count = "INSERT INTO operator_attempts VALUES (?1, 1, ?2)
                 ON CONFLICT DO UPDATE SET failures = failures + 1, last_at = excluded.last_at";
    for source in sources {
        connection.prepare_cached(count)?.execute(params![source.key(), now.0])?;
    }
    Ok(None)
}

fn sign_in(
    connection: &Connection,
    seal: &AuditKey,
    who: Entrant<'_>,
    sources: &[AttemptSource],
    now: Timestamp,
    row: AuditEntry,
) -> Outcome<bool> {
    if account(connection)?.password.as_deref() != Some(who.verified) {
        return Ok(false);
    }
    connection
        .prepare_cached("DELETE FROM operator_sessions WHERE created_at <= ?1 OR seen_at <= ?2")?
        .execute([now.0 - SESSION_LIFE, now.0 - SESSION_IDLE])?;
    for source in sources {
        connection.prepare_cached("DELETE FROM operator_attempts WHERE source = ?1")?.execute([source.key()])?;
    }
    connection
        .prepare_cached("INSERT INTO operator_sessions (token, created_at, seen_at) VALUES (?1, ?2, ?2)")?
        .execute(params![who.token, now.0])?;
    audit::append(connection, seal, NONE, row)?;
    Ok(true)
}

fn times(connection: &Connection, token: &[u8; 32]) -> Outcome<Option<SessionTimes>> {
    connection
        .prepare_cached("SELECT created_at, seen_at FROM operator_sessions WHERE token = ?1")?
        .query_row([token], |row| {
            Ok(SessionTimes { created_at: Timestamp(row.get(0)?), seen_at: Timestamp(row.get(1)?) })
        })
        .optional()
        .map_err(Failure::from)
}

fn sign_out(connection: &Connection, seal: &AuditKey, token: &[u8; 32], row: AuditEntry) -> Outcome<bool> {
    let ended = connection.prepare_cached("DELETE FROM operator_sessions WHERE token = ?1")?.execute([token])? == 1;
    if ended {
        audit::append(connection, seal, NONE, row)?;
    }
    Ok(ended)
}
