//! Reading the log.

use deadpool_postgres::{Client, GenericClient};
use facegate_domain::{AppId, SessionId, Timestamp};
use facegate_gallery::audit::{AuditCursor, AuditEntry, AuditFilter, AuditRow, Details, MAX_AUDIT_ROWS};
use tokio_postgres::Row;

use crate::apps::{count, stored};
use crate::error::Outcome;

pub(super) const COLUMNS: &str =
    "app_id, lane, number, at, actor, action, outcome, session_id, pseudonym, details, mac";

/// Whether the log has chains of its own for this app.
pub(super) async fn has_chains(client: &Client, app: &AppId) -> Outcome<bool> {
    let statement = client.prepare_cached("SELECT FROM audit_heads WHERE app_id = $1 LIMIT 1").await?;
    Ok(client.query_opt(&statement, &[&app.as_str()]).await?.is_some())
}

/// A row as it is, whatever was done to it.
pub(super) fn row(row: &Row) -> Outcome<AuditRow> {
    let entry = AuditEntry {
        at: Timestamp(row.try_get(3)?),
        actor: row.try_get(4)?,
        action: row.try_get(5)?,
        outcome: row.try_get(6)?,
        session: row.try_get(7)?,
        pseudonym: row.try_get(8)?,
        details: Details::from_stored(row.try_get(9)?),
    };
    Ok(AuditRow {
        app: row.try_get(0)?,
        lane: row.try_get::<_, i16>(1)?.unsigned_abs(),
        number: count(row.try_get(2)?)?,
        entry,
        mac: row.try_get(10)?,
    })
}

pub(super) async fn page(
    client: &Client,
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
         WHERE at >= $5 AND at {beyond}= $1 AND (at, app_id, lane, number) {beyond} ($1, $2, $3, $4)
               AND ($6::text IS NULL OR app_id = $6) AND ($7::bytea IS NULL OR pseudonym = $7)
         ORDER BY at {order}, app_id {order}, lane {order}, number {order} LIMIT $8"
    );
    let after = after.unwrap_or(&start);
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(
            &statement,
            &[
                &after.at.0,
                &after.app,
                &i16::try_from(after.lane).unwrap_or(i16::MAX),
                &stored(after.number),
                &filter.since.map_or(i64::MIN, |since| since.0),
                &filter.app.as_ref().map(AppId::as_str),
                &filter.pseudonym.as_ref().map(|pseudonym| pseudonym.as_slice()),
                &i64::try_from(limit.clamp(1, MAX_AUDIT_ROWS)).unwrap_or(1),
            ],
        )
        .await?;
    rows.iter().map(row).collect()
}

pub(super) async fn erasure(client: &Client, app: &AppId, session: SessionId) -> Outcome<Option<AuditEntry>> {
    let sql =
        format!("SELECT {COLUMNS} FROM audit WHERE app_id = $1 AND session_id = $2 AND action = 'deleted' LIMIT 1");
    let statement = client.prepare_cached(&sql).await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &session.to_string()]).await?;
    Ok(found.map(|found| row(&found)).transpose()?.map(|found| found.entry))
}
