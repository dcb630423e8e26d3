//! Answers kept for repetitions of a request, in SQL.

use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{IdempotencyKey, Remember, Remembered};
use facegate_vault::{AppKeys, Vault};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Outcome;
use crate::keys;

/// Expired answers that a commit removes in passing at most: more than it writes, so that they do not pile up.
const EXPIRED_AT_ONCE: i64 = 64;

/// The app's answer under this key, unless it has expired by `now`.
pub(crate) fn find(
    connection: &Connection,
    (app_key, keys): (i64, &AppKeys),
    key: &IdempotencyKey,
    now: Timestamp,
) -> Outcome<Option<Remembered>> {
    let found = connection
        .prepare_cached(
            "SELECT answer, subject_id, answered_at FROM answers
             WHERE app_key = ?1 AND idempotency_key = ?2 AND expires_at > ?3",
        )?
        .query_row(params![app_key, key.as_str(), now.0], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<String>>(1)?, Timestamp(row.get(2)?)))
        })
        .optional()?;
    let Some((sealed, subject, at)) = found else { return Ok(None) };
    let (fingerprint, answer) = keys.open_answer(key.as_str(), subject.as_deref(), &sealed)?;
    Ok(Some(Remembered { fingerprint, answer, at }))
}

/// The same for a reader; `None` if there is no such app.
pub(crate) fn read(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Outcome<Option<Remembered>> {
    // The key and what it seals must be of the same moment.
    let moment = connection.unchecked_transaction()?;
    let found = match keys::read(&moment, vault, app)? {
        Some((app_key, keys)) => find(&moment, (app_key, &keys), key, now)?,
        None => None,
    };
    moment.finish()?;
    Ok(found)
}

/// Keeps the answer, in place of an expired one if there is one under this key.
pub(crate) fn keep(connection: &Connection, (app_key, keys): (i64, &AppKeys), new: Remember) -> Outcome<()> {
    connection
        .prepare_cached(
            "DELETE FROM answers WHERE answer_key IN
                 (SELECT answer_key FROM answers WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        )?
        .execute([new.at.0, EXPIRED_AT_ONCE])?;
    let sealed = keys.seal_answer(new.key.as_str(), new.subject_id.as_ref(), &new.fingerprint, &new.answer)?;
    connection
        .prepare_cached(
            "INSERT INTO answers (app_key, idempotency_key, answer, subject_id, answered_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (app_key, idempotency_key) DO UPDATE SET
                 answer = excluded.answer, subject_id = excluded.subject_id, answered_at = excluded.answered_at,
                 expires_at = excluded.expires_at",
        )?
        .execute(params![
            app_key,
            new.key.as_str(),
            sealed,
            new.subject_id.as_ref().map(SubjectId::as_str),
            new.at.0,
            new.expires_at.0,
        ])?;
    Ok(())
}

/// Removes the app's answers that name the subject; how many.
pub(crate) fn forget(connection: &Connection, app_key: i64, subject: &SubjectId) -> Outcome<usize> {
    let removed = connection
        .prepare_cached("DELETE FROM answers WHERE app_key = ?1 AND subject_id = ?2")?
        .execute(params![app_key, subject.as_str()])?;
    Ok(removed)
}
