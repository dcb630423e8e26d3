//! Whose time is over, in SQL.

use deadpool_postgres::{Client, GenericClient, Transaction};
use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{DAY, Due, StoreError, USES_APART};
use tokio_postgres::Row;

use crate::error::{Failure, Outcome};
use crate::subjects::subject_id;

/// Subjects whose time is over by `now`, some. Any of several servers may be told of the same ones.
pub(crate) async fn due(client: &Client, now: Timestamp, limit: usize) -> Outcome<Vec<Due>> {
    let statement = client
        .prepare_cached(
            "(SELECT app_id, subject_id FROM subjects JOIN apps USING (app_id)
                 WHERE expires_at <= $1 AND NOT deleted LIMIT $3)
             UNION
             (SELECT app_id, subject_id FROM apps JOIN subjects USING (app_id)
                 WHERE retention_days IS NOT NULL AND retention_from <= $1 - retention_days * $2::bigint
                       AND last_used_at <= $1 - retention_days * $2::bigint AND NOT deleted LIMIT $3)
             LIMIT $3",
        )
        .await?;
    let limit = i64::try_from(limit.clamp(1, 1000)).unwrap_or(1);
    let read = |row: &Row| {
        let app = AppId::parse(row.try_get(0)?).map_err(|_| Failure::unreadable("App-ID"))?;
        Ok(Due { app, subject_id: subject_id(row.try_get(1)?)? })
    };
    client.query(&statement, &[&now.0, &DAY, &limit]).await?.iter().map(read).collect()
}

/// Whether a subject has expired by `now`, and whether its time is over in any way; `None` if it is not there. It stays as
/// it is until the transaction ends.
pub(crate) async fn state(
    transaction: &Transaction<'_>,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<(bool, bool)>> {
    let statement = transaction
        .prepare_cached(
            "SELECT coalesce(expires_at <= $3, false),
                    coalesce(expires_at <= $3, false)
                    OR coalesce(greatest(last_used_at, retention_from) <= $3 - retention_days * $4::bigint, false)
             FROM subjects JOIN apps USING (app_id) WHERE app_id = $1 AND subject_id = $2 FOR UPDATE OF subjects",
        )
        .await?;
    let found = transaction.query_opt(&statement, &[&app.as_str(), &id.as_str(), &now.0, &DAY]).await?;
    found.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// Writes down a use where the last one known is long enough ago.
pub(crate) async fn touch(client: &Client, app: &AppId, ids: &[SubjectId], now: Timestamp) -> Outcome<()> {
    let statement = client
        .prepare_cached(
            "UPDATE subjects SET last_used_at = $3 WHERE app_id = $1 AND subject_id = ANY($2) AND last_used_at <= $4",
        )
        .await?;
    let ids: Vec<&str> = ids.iter().map(SubjectId::as_str).collect();
    client.execute(&statement, &[&app.as_str(), &ids, &now.0, &(now.0 - USES_APART)]).await?;
    Ok(())
}

/// Keeps the app's subjects for so many days after their last use, counted from now on.
pub(crate) async fn set_retention(
    transaction: &Transaction<'_>,
    app: &AppId,
    days: Option<u32>,
    now: Timestamp,
) -> Outcome<()> {
    let days = days.map(|days| i32::try_from(days).unwrap_or(i32::MAX));
    let statement = transaction
        .prepare_cached("UPDATE apps SET retention_days = $2, retention_from = $3 WHERE app_id = $1 AND NOT deleted")
        .await?;
    match transaction.execute(&statement, &[&app.as_str(), &days, &now.0]).await? {
        0 => Err(StoreError::UnknownApp.into()),
        _ => Ok(()),
    }
}
