//! The audit log in SQL. One writer at a time, so one chain for each app.

mod read;

use async_trait::async_trait;
use facegate_domain::{AppId, SessionId, SubjectId, Timestamp};
use facegate_gallery::audit::{AuditCursor, AuditEntry, AuditFilter, AuditReport, AuditRow, Head, next};
use facegate_gallery::{Action, Actor, AuditLog, StoreError};
use facegate_vault::{AuditKey, Vault};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{Failure, Outcome};
use crate::{SqliteStore, keys};

/// The chain of every app.
const LANE: u16 = 0;
/// The app that stands for none.
const NONE: &str = "";

#[async_trait]
impl AuditLog for SqliteStore {
    async fn note(&self, app: Option<&AppId>, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let (audit_key, app, entries) = (self.audit_key.clone(), app.cloned(), entries.to_vec());
        self.writer.run(0, move |connection| note(connection, &audit_key, app.as_ref(), entries)).await
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        let audit_key = self.audit_key.clone();
        self.readers.run(move |connection| read::verify(connection, &audit_key)).await
    }

    async fn audit_rows(
        &self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let (filter, after) = (filter.clone(), after.cloned());
        self.readers.run(move |connection| read::page(connection, &filter, after.as_ref(), limit)).await
    }

    async fn pseudonym(&self, app: &AppId, subject: &SubjectId) -> Result<Option<[u8; 32]>, StoreError> {
        let (vault, app, subject) = (self.vault.clone(), app.clone(), subject.clone());
        self.readers
            .run(move |connection| {
                let keys = keys::read(connection, &vault, &app)?;
                Ok(keys.map(|(_, keys)| keys.pseudonym(&subject)).transpose()?)
            })
            .await
    }

    async fn erasure(&self, app: &AppId, session: SessionId) -> Result<Option<AuditEntry>, StoreError> {
        let (app, session) = (app.clone(), session.to_string());
        self.readers.run(move |connection| read::erasure(connection, &app, &session)).await
    }
}

/// Makes or opens the log's key, and begins the chains that are not there yet: of no app, and of apps that an earlier
/// version made.
pub(crate) fn settle(connection: &Connection, vault: &Vault) -> Outcome<AuditKey> {
    let sealed = connection
        .prepare("SELECT master_key_id, sealed_key FROM audit_key")?
        .query_row([], |row| Ok(keys::from_row(row)))
        .optional()?;
    if let Some(sealed) = sealed {
        return Ok(vault.open_audit_key(&sealed?)?);
    }
    let (sealed, audit_key) = vault.create_audit_key()?;
    connection
        .prepare("INSERT INTO audit_key (one, master_key_id, sealed_key) VALUES (1, ?1, ?2)")?
        .execute(params![sealed.master.to_string(), sealed.bytes])?;
    begin(connection, &audit_key, NONE)?;
    let apps: Vec<String> = connection
        .prepare("SELECT app_id FROM apps WHERE app_id IS NOT NULL ORDER BY app_key")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for app in apps {
        let app = AppId::parse(&app).map_err(|_| Failure::unreadable("App-ID"))?;
        app_created(connection, &audit_key, &app, &Actor::Server)?;
    }
    Ok(audit_key)
}

/// Seals the log's key with the current master key.
pub(crate) fn rewrap(connection: &Connection, vault: &Vault) -> Outcome<()> {
    let sealed = connection
        .prepare("SELECT master_key_id, sealed_key FROM audit_key")?
        .query_row([], |row| Ok(keys::from_row(row)))??;
    if let Some(sealed) = vault.rewrap_audit_key(&sealed)? {
        connection
            .prepare("UPDATE audit_key SET master_key_id = ?1, sealed_key = ?2")?
            .execute(params![sealed.master.to_string(), sealed.bytes])?;
    }
    Ok(())
}

fn begin(connection: &Connection, audit_key: &AuditKey, app: &str) -> Outcome<()> {
    let head = Head::empty(audit_key, app, LANE);
    connection
        .prepare_cached(
            "INSERT INTO audit_heads (app_id, lane, count, last, mac) VALUES (?1, ?2, 0, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute(params![app, LANE, head.last, head.mac])?;
    Ok(())
}

/// Begins the chain of an app, or goes on with that of one that had this id before.
pub(crate) fn app_created(connection: &Connection, audit_key: &AuditKey, app: &AppId, by: &Actor) -> Outcome<()> {
    begin(connection, audit_key, app.as_str())?;
    let row = || AuditEntry::done(Timestamp::now(), by, Action::AppCreated);
    append(connection, audit_key, app.as_str(), row())?;
    // The chains about no app tell which apps must have chains of their own.
    append(connection, audit_key, NONE, row().with("app", app))
}

/// An app's last row.
pub(crate) fn app_deleted(connection: &Connection, audit_key: &AuditKey, app: &AppId) -> Outcome<()> {
    let row = || AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::AppDeleted);
    append(connection, audit_key, app.as_str(), row())?;
    append(connection, audit_key, NONE, row().with("app", app))
}

/// Adds a row to a chain.
pub(crate) fn append(connection: &Connection, audit_key: &AuditKey, app: &str, entry: AuditEntry) -> Outcome<()> {
    let head = connection
        .prepare_cached("SELECT app_id, lane, count, last, mac FROM audit_heads WHERE app_id = ?1 AND lane = ?2")?
        .query_row(params![app, LANE], read::head)
        .optional()?;
    let lost = || StoreError::Corrupt("the audit log lacks a chain: run facegate audit verify".to_owned());
    let (row, head) = next(audit_key, &head.ok_or_else(lost)?, entry)?;
    let AuditRow { number, entry, mac, .. } = row;
    connection
        .prepare_cached(
            "INSERT INTO audit (app_id, lane, number, at, actor, action, outcome, session_id, pseudonym, details, mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            app,
            LANE,
            number,
            entry.at.0,
            entry.actor,
            entry.action,
            entry.outcome,
            entry.session,
            entry.pseudonym,
            entry.details.as_str(),
            mac,
        ])?;
    connection
        .prepare_cached("UPDATE audit_heads SET count = ?3, last = ?4, mac = ?5 WHERE app_id = ?1 AND lane = ?2")?
        .execute(params![app, LANE, head.count, head.last, head.mac])?;
    Ok(())
}

fn note(connection: &Connection, audit_key: &AuditKey, app: Option<&AppId>, entries: Vec<AuditEntry>) -> Outcome<()> {
    let known = app.map(|app| {
        connection
            .prepare_cached("SELECT 1 FROM audit_heads WHERE app_id = ?1")
            .and_then(|mut statement| statement.exists([app.as_str()]))
    });
    let chain = match (app, known.transpose()?) {
        (Some(app), Some(true)) => app.as_str(),
        _ => NONE,
    };
    entries.into_iter().try_for_each(|entry| append(connection, audit_key, chain, entry))
}
