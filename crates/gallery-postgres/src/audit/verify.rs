//! Checking every chain, while everything goes on.

use deadpool_postgres::GenericClient;
use facegate_gallery::audit::{AuditReport, ChainCheck, Head};
use tokio_postgres::IsolationLevel;

use super::{LANES, NONE, head, read};
use crate::Shared;
use crate::error::Outcome;

/// Rows read at once.
const AT_ONCE: i64 = 5000;

/// On a connection of its own: a long log takes longer than a request may.
pub(super) async fn all(store: &Shared) -> Outcome<AuditReport> {
    let mut lease = store.pool.lease().await?;
    let outcome = checked(store, lease.client()).await;
    lease.discard();
    outcome
}

async fn checked(store: &Shared, client: &mut deadpool_postgres::Client) -> Outcome<AuditReport> {
    // Rows and heads must be of one moment.
    let moment =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let sql = "SELECT app_id, lane, count, last, mac FROM audit_heads ORDER BY app_id, lane";
    let heads: Vec<Head> = moment.query(sql, &[]).await?.iter().map(head).collect::<Outcome<_>>()?;
    let mut report = AuditReport { chains: heads.len() as u64, ..AuditReport::default() };
    // Every app that was ever made, and every chain that has rows.
    let wanted = "SELECT app, lane FROM (SELECT $1::text COLLATE \"C\" AS app
                      UNION SELECT substr(details, 5) FROM audit WHERE app_id = $1 AND action = 'app_created') AS apps,
                      generate_series(0::smallint, $2::smallint - 1) AS lane
                  UNION SELECT app_id, lane FROM audit UNION SELECT app_id, lane FROM audit_heads ORDER BY 1, 2";
    let sql = format!(
        "SELECT {} FROM audit WHERE app_id = $1 AND lane = $2 AND number > $3 ORDER BY number LIMIT {AT_ONCE}",
        read::COLUMNS
    );
    for row in moment.query(wanted, &[&NONE, &LANES]).await? {
        let (app, lane): (String, i32) = (row.try_get(0)?, row.try_get(1)?);
        let lane = i16::try_from(lane).unwrap_or(i16::MAX);
        let mut check = ChainCheck::new(&store.audit_key, &app, lane.unsigned_abs());
        let mut after = i64::MIN;
        loop {
            let rows = moment.query(&sql, &[&app, &lane, &after]).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(2)?;
            report.rows += rows.len() as u64;
            for row in &rows {
                check.row(&read::row(row)?);
            }
        }
        let end = heads.iter().find(|head| head.app == app && head.lane == lane.unsigned_abs());
        report.faults.extend(check.end(end));
    }
    moment.commit().await?;
    report.heads = heads;
    Ok(report)
}
