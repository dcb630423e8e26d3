//! Removing a deleted app's subjects and answers a few at a time, so that a large app does not hold up everybody's writes.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Outcome;

/// Subjects removed in one go; with photos of 100 KiB some 6 MiB.
const SUBJECTS_AT_ONCE: i64 = 64;

/// Answers removed in one go; at some 2 KiB each 2 MiB.
const ANSWERS_AT_ONCE: i64 = 1024;

/// Removes some of what the deleted app had, and the app itself when nothing is left. `true` if there may be more.
pub(crate) fn one(connection: &Connection, app_key: i64) -> Outcome<bool> {
    let removed = connection
        .prepare_cached(
            "DELETE FROM subjects WHERE subject_key IN
                 (SELECT subject_key FROM subjects WHERE app_key = ?1 LIMIT ?2)",
        )?
        .execute(params![app_key, SUBJECTS_AT_ONCE])?;
    if removed > 0 {
        return Ok(true);
    }
    let forgotten = connection
        .prepare_cached(
            "DELETE FROM answers WHERE answer_key IN
                 (SELECT answer_key FROM answers WHERE app_key = ?1 LIMIT ?2)",
        )?
        .execute(params![app_key, ANSWERS_AT_ONCE])?;
    if forgotten > 0 {
        return Ok(true);
    }
    connection.prepare_cached("DELETE FROM apps WHERE app_key = ?1 AND app_id IS NULL")?.execute([app_key])?;
    Ok(false)
}

/// Goes on with any app whose deletion was interrupted. `true` if there may be more.
pub(crate) fn any(connection: &Connection) -> Outcome<bool> {
    let app_key: Option<i64> = connection
        .prepare_cached("SELECT app_key FROM apps WHERE app_id IS NULL LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    match app_key {
        Some(app_key) => one(connection, app_key).map(|_| true),
        None => Ok(false),
    }
}
