//! The audit log in SQL. One writer at a time, so one chain for each app.

use std::sync::Arc;

use async_trait::async_trait;
use facegate_domain::{AppId, SessionId, SubjectId, Timestamp};
use facegate_gallery::audit::{
    AuditCursor, AuditEntry, AuditFilter, AuditMac, AuditReport, AuditRow, ChainCheck, Details, Fault, FaultKind, Head,
    MAX_AUDIT_ROWS, next,
};
use facegate_gallery::{Action, Actor, AuditLog, StoreError};
use facegate_vault::{AuditKey, Vault};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Failure, Outcome};
use crate::{SqliteStore, keys};

/// The chain of every app.
const LANE: u16 = 0;
/// The app that stands for none.
const NONE: &str = "";

/// The key of the log's MACs.
#[derive(Clone)]
pub(crate) struct Seal(Arc<AuditKey>);

impl AuditMac for Seal {
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.mac(parts)
    }
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn note(&self, app: Option<&AppId>, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let (seal, app, entries) = (self.seal.clone(), app.cloned(), entries.to_vec());
        self.writer.run(0, move |connection| note(connection, &seal, app.as_ref(), entries)).await
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        let seal = self.seal.clone();
        self.readers.run(move |connection| verify(connection, &seal)).await
    }

    async fn audit_rows(
        &self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let (filter, after) = (filter.clone(), after.cloned());
        self.readers.run(move |connection| page(connection, &filter, after.as_ref(), limit)).await
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
        self.readers.run(move |connection| erasure(connection, &app, &session)).await
    }
}

/// Makes or opens the log's key, and begins the chains that are not there yet: of no app, and of apps that an earlier
/// version made.
pub(crate) fn settle(connection: &Connection, vault: &Vault) -> Outcome<Seal> {
    let sealed = connection
        .prepare("SELECT master_key_id, sealed_key FROM audit_key")?
        .query_row([], |row| Ok(keys::from_row(row)))
        .optional()?;
    if let Some(sealed) = sealed {
        return Ok(Seal(Arc::new(vault.open_audit_key(&sealed?)?)));
    }
    let (sealed, key) = vault.create_audit_key()?;
    let seal = Seal(Arc::new(key));
    connection
        .prepare("INSERT INTO audit_key (one, master_key_id, sealed_key) VALUES (1, ?1, ?2)")?
        .execute(params![sealed.master.to_string(), sealed.bytes])?;
    begin(connection, &seal, NONE)?;
    let apps: Vec<String> = connection
        .prepare("SELECT app_id FROM apps WHERE app_id IS NOT NULL ORDER BY app_key")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for app in apps {
        let app = AppId::parse(&app).map_err(|_| Failure::unreadable("App-ID"))?;
        app_created(connection, &seal, &app, &Actor::Server)?;
    }
    Ok(seal)
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

fn begin(connection: &Connection, seal: &Seal, app: &str) -> Outcome<()> {
    let head = Head::empty(seal, app, LANE);
    connection
        .prepare_cached(
            "INSERT INTO audit_heads (app_id, lane, count, last, mac) VALUES (?1, ?2, 0, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute(params![app, LANE, head.last, head.mac])?;
    Ok(())
}

/// Begins the chain of an app, or goes on with that of one that had this id before.
pub(crate) fn app_created(connection: &Connection, seal: &Seal, app: &AppId, by: &Actor) -> Outcome<()> {
    begin(connection, seal, app.as_str())?;
    let row = || AuditEntry::done(Timestamp::now(), by, Action::AppCreated);
    append(connection, seal, app.as_str(), row())?;
    // The chains about no app tell which apps must have chains of their own.
    append(connection, seal, NONE, row().with("app", app))
}

/// An app's last row.
pub(crate) fn app_deleted(connection: &Connection, seal: &Seal, app: &AppId) -> Outcome<()> {
    let row = || AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::AppDeleted);
    append(connection, seal, app.as_str(), row())?;
    append(connection, seal, NONE, row().with("app", app))
}

/// Adds a row to a chain.
pub(crate) fn append(connection: &Connection, seal: &Seal, app: &str, entry: AuditEntry) -> Outcome<()> {
    let head = connection
        .prepare_cached("SELECT app_id, lane, count, last, mac FROM audit_heads WHERE app_id = ?1 AND lane = ?2")?
        .query_row(params![app, LANE], head)
        .optional()?;
    let lost = || StoreError::Corrupt("the audit log lacks a chain: run facegate audit verify".to_owned());
    let (row, head) = next(seal, &head.ok_or_else(lost)?, entry)?;
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

fn note(connection: &Connection, seal: &Seal, app: Option<&AppId>, entries: Vec<AuditEntry>) -> Outcome<()> {
    let known = app.map(|app| {
        connection
            .prepare_cached("SELECT 1 FROM audit_heads WHERE app_id = ?1")
            .and_then(|mut statement| statement.exists([app.as_str()]))
    });
    let chain = match (app, known.transpose()?) {
        (Some(app), Some(true)) => app.as_str(),
        _ => NONE,
    };
    entries.into_iter().try_for_each(|entry| append(connection, seal, chain, entry))
}

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { app: row.get(0)?, lane: row.get(1)?, count: row.get(2)?, last: row.get(3)?, mac: row.get(4)? })
}

const COLUMNS: &str = "app_id, lane, number, at, actor, action, outcome, session_id, pseudonym, details, mac";

fn row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    let entry = AuditEntry {
        at: Timestamp(row.get(3)?),
        actor: row.get(4)?,
        action: row.get(5)?,
        outcome: row.get(6)?,
        session: row.get(7)?,
        pseudonym: row.get(8)?,
        details: Details::from_stored(&row.get::<_, String>(9)?),
    };
    Ok(AuditRow { app: row.get(0)?, lane: row.get(1)?, number: row.get(2)?, entry, mac: row.get(10)? })
}

fn verify(connection: &Connection, seal: &Seal) -> Outcome<AuditReport> {
    // Rows and heads must be of one moment.
    let moment = connection.unchecked_transaction()?;
    let heads: Vec<Head> = moment
        .prepare("SELECT app_id, lane, count, last, mac FROM audit_heads ORDER BY app_id, lane")?
        .query_map([], head)?
        .collect::<Result<_, _>>()?;
    let mut report = AuditReport { chains: heads.len() as u64, ..AuditReport::default() };
    // Every app that was ever made, and every chain that has rows.
    let wanted: Vec<(String, u16)> = moment
        .prepare(
            "SELECT '', 0 UNION SELECT substr(details, 5), 0 FROM audit WHERE app_id = '' AND action = 'app_created'
             UNION SELECT app_id, lane FROM audit UNION SELECT app_id, lane FROM audit_heads",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE app_id = ?1 AND lane = ?2 ORDER BY number");
    let mut statement = moment.prepare(&sql)?;
    for (app, lane) in wanted {
        let mut check = ChainCheck::new(seal, &app, lane);
        for found in statement.query_map(params![app, lane], row)? {
            match found {
                Ok(found) => check.row(&found),
                // A value of another type than ours.
                Err(rusqlite::Error::InvalidColumnType(..)) => {
                    report.faults.push(Fault { app: app.clone(), lane, number: 0, kind: FaultKind::Changed });
                }
                Err(error) => return Err(error.into()),
            }
            report.rows += 1;
        }
        report.faults.extend(check.end(heads.iter().find(|head| head.app == app && head.lane == lane)));
    }
    report.heads = heads;
    drop(statement);
    moment.finish()?;
    Ok(report)
}

fn page(
    connection: &Connection,
    filter: &AuditFilter,
    after: Option<&AuditCursor>,
    limit: usize,
) -> Outcome<Vec<AuditRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit
         WHERE (at, app_id, lane, number) > (?1, ?2, ?3, ?4) AND at >= ?5
               AND (?6 IS NULL OR app_id = ?6) AND (?7 IS NULL OR pseudonym = ?7)
         ORDER BY at, app_id, lane, number LIMIT ?8"
    );
    let first = AuditCursor { at: Timestamp(i64::MIN), app: String::new(), lane: 0, number: 0 };
    let after = after.unwrap_or(&first);
    let rows = connection
        .prepare_cached(&sql)?
        .query_map(
            params![
                after.at.0,
                after.app,
                after.lane,
                after.number,
                filter.since.map_or(i64::MIN, |since| since.0),
                filter.app.as_ref().map(AppId::as_str),
                filter.pseudonym,
                limit.clamp(1, MAX_AUDIT_ROWS) as i64,
            ],
            row,
        )?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

fn erasure(connection: &Connection, app: &AppId, session: &str) -> Outcome<Option<AuditEntry>> {
    let sql =
        format!("SELECT {COLUMNS} FROM audit WHERE app_id = ?1 AND session_id = ?2 AND action = 'deleted' LIMIT 1");
    let found = connection.prepare_cached(&sql)?.query_row(params![app.as_str(), session], row).optional()?;
    Ok(found.map(|found| found.entry))
}
