//! Reading the log: pages, receipts of deletions, and checking every chain.

use facegate_domain::{AppId, Timestamp};
use facegate_gallery::AuditEntry;
use facegate_gallery::audit::{
    AuditCursor, AuditFilter, AuditReport, AuditRow, ChainCheck, Details, Fault, FaultKind, Head, MAX_AUDIT_ROWS,
};
use facegate_vault::AuditKey;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::Outcome;

pub(super) fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
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

pub(super) fn verify(connection: &Connection, audit_key: &AuditKey) -> Outcome<AuditReport> {
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
        let mut check = ChainCheck::new(audit_key, &app, lane);
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

pub(super) fn page(
    connection: &Connection,
    filter: &AuditFilter,
    after: Option<&AuditCursor>,
    limit: usize,
) -> Outcome<Vec<AuditRow>> {
    let (beyond, order, start) = match filter.newest_first {
        true => ("<", "DESC", AuditCursor::NEWEST),
        false => (">", "ASC", AuditCursor::OLDEST),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM audit
         WHERE (at, app_id, lane, number) {beyond} (?1, ?2, ?3, ?4) AND at >= ?5
               AND (?6 IS NULL OR app_id = ?6) AND (?7 IS NULL OR pseudonym = ?7)
         ORDER BY at {order}, app_id {order}, lane {order}, number {order} LIMIT ?8"
    );
    let after = after.unwrap_or(&start);
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

pub(super) fn erasure(connection: &Connection, app: &AppId, session: &str) -> Outcome<Option<AuditEntry>> {
    let sql =
        format!("SELECT {COLUMNS} FROM audit WHERE app_id = ?1 AND session_id = ?2 AND action = 'deleted' LIMIT 1");
    let found = connection.prepare_cached(&sql)?.query_row(params![app.as_str(), session], row).optional()?;
    Ok(found.map(|found| found.entry))
}
