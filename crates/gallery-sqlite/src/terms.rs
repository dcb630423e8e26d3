//! Whose time is over, in SQL.

use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{DAY, Due, USES_APART};
use rusqlite::{Connection, params};

use crate::apps::find;
use crate::error::{Failure, Outcome};

/// Subjects whose time is over by `now`, some.
pub(crate) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Outcome<Vec<Due>> {
    let rows: Vec<(String, String)> = connection
        .prepare_cached(
            "SELECT app_id, subject_id FROM subjects JOIN apps USING (app_key)
                 WHERE expires_at <= ?1 AND app_id IS NOT NULL
             UNION
             SELECT app_id, subject_id FROM apps JOIN subjects USING (app_key)
                 WHERE retention_days IS NOT NULL AND retention_from <= ?1 - retention_days * ?2
                       AND last_used_at <= ?1 - retention_days * ?2 AND app_id IS NOT NULL
             LIMIT ?3",
        )?
        .query_map(params![now.0, DAY, limit.clamp(1, 1000)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let parse = |(app, subject): (String, String)| {
        Ok(Due {
            app: AppId::parse(&app).map_err(|_| Failure::unreadable("App-ID"))?,
            subject_id: SubjectId::parse(&subject).map_err(|_| Failure::unreadable("subject id"))?,
        })
    };
    rows.into_iter().map(parse).collect()
}

/// Whether a subject has expired by `now`, and whether its time is over in any way; `None` if it is not there.
pub(crate) fn state(
    connection: &Connection,
    app_key: i64,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<(bool, bool)>> {
    use rusqlite::OptionalExtension;
    let found = connection
        .prepare_cached(
            "SELECT coalesce(expires_at <= ?3, 0),
                    coalesce(expires_at <= ?3, 0) OR coalesce(max(last_used_at, retention_from) <= ?3 - retention_days * ?4, 0)
             FROM subjects JOIN apps USING (app_key) WHERE app_key = ?1 AND subject_id = ?2",
        )?
        .query_row(params![app_key, id.as_str(), now.0, DAY], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// Which of the subjects' last known uses are long enough ago for another one to be written.
pub(crate) fn stale(
    connection: &Connection,
    app: &AppId,
    ids: &[SubjectId],
    now: Timestamp,
) -> Outcome<Vec<SubjectId>> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM subjects JOIN apps USING (app_key)
                        WHERE app_id = ?1 AND subject_id = ?2 AND last_used_at <= ?3)",
    )?;
    let mut stale = Vec::new();
    for id in ids {
        if statement.query_row(params![app.as_str(), id.as_str(), now.0 - USES_APART], |row| row.get(0))? {
            stale.push(id.clone());
        }
    }
    Ok(stale)
}

/// Writes down a use.
pub(crate) fn touch(connection: &Connection, app: &AppId, ids: &[SubjectId], now: Timestamp) -> Outcome<()> {
    let app_key = find(connection, app)?;
    for id in ids {
        connection
            .prepare_cached(
                "UPDATE subjects SET last_used_at = max(last_used_at, ?3) WHERE app_key = ?1 AND subject_id = ?2",
            )?
            .execute(params![app_key, id.as_str(), now.0])?;
    }
    Ok(())
}

/// Keeps the app's subjects for so many days after their last use, counted from now on.
pub(crate) fn set_retention(connection: &Connection, app: &AppId, days: Option<u32>, now: Timestamp) -> Outcome<()> {
    let app_key = find(connection, app)?;
    connection
        .prepare_cached("UPDATE apps SET retention_days = ?2, retention_from = ?3 WHERE app_key = ?1")?
        .execute(params![app_key, days, now.0])?;
    Ok(())
}
