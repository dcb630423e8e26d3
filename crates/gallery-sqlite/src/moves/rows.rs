//! The subjects of an app that is being moved.

use facegate_domain::{AppId, ModelId, SessionId, SubjectId};
use facegate_gallery::{MAX_SUBJECTS, MAX_WHOLE_SUBJECTS, MoveCounts, Moved, PAGE_BYTES, StoreError, Unmoved};
use facegate_vault::{AppKeys, Vault};
use rusqlite::{Connection, Row, params};

use super::read;
use crate::apps::find;
use crate::error::{Failure, Outcome};
use crate::keys;

/// Rows tidied in one transaction.
const SETTLED_AT_ONCE: i64 = 500;

/// Has no template of the model `?2`, in neither place.
const LACKS: &str = "model <> ?2 AND (next_template IS NULL OR next_model <> ?2)";
/// One might be made: there is a photo, and it was not tried.
const HOPE: &str = "(next_model IS NULL OR next_model <> ?2)
                    AND EXISTS (SELECT 1 FROM photos WHERE photos.subject_key = subjects.subject_key)";

pub(super) fn count(connection: &Connection, app_key: i64, next: &ModelId) -> Outcome<MoveCounts> {
    let counts = connection
        .prepare_cached(&format!(
            "SELECT count(*) FILTER (WHERE NOT ({LACKS})), count(*) FILTER (WHERE {LACKS} AND {HOPE}),
                    count(*) FILTER (WHERE {LACKS} AND NOT ({HOPE})) FROM subjects WHERE app_key = ?1"
        ))?
        .query_row(params![app_key, next.as_str()], |row| {
            Ok(MoveCounts { ready: row.get(0)?, waiting: row.get(1)?, stuck: row.get(2)? })
        })?;
    Ok(counts)
}

/// Whether there is something of an earlier move.
pub(super) fn unsettled(connection: &Connection, app_key: i64) -> Outcome<bool> {
    let sql = "SELECT 1 FROM subjects WHERE app_key = ?1 AND next_model IS NOT NULL";
    Ok(connection.prepare_cached(sql)?.exists([app_key])?)
}

pub(super) fn unmoved(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    after: Option<&SubjectId>,
    limit: usize,
) -> Outcome<Vec<Unmoved>> {
    let (app_key, keys) = keys::find(connection, vault, app)?;
    let Some(next) = read(connection, app_key)?.next else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT subject_id, session_id, model, template, photo FROM subjects JOIN photos USING (subject_key)
         WHERE app_key = ?1 AND subject_id > ?3 AND {LACKS} AND {HOPE} ORDER BY subject_id"
    ))?;
    // Every id is longer than none.
    let mut rows = statement.query(params![app_key, next.as_str(), after.map_or("", SubjectId::as_str)])?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    while page.len() < limit.clamp(1, MAX_WHOLE_SUBJECTS)
        && bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let subject = open(row, &keys)?;
        bytes += subject.photo.len();
        page.push(subject);
    }
    Ok(page)
}

fn open(row: &Row<'_>, keys: &AppKeys) -> Outcome<Unmoved> {
    let (id, session, model): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let subject_id = SubjectId::parse(&id).map_err(|_| Failure::unreadable("subject id"))?;
    let (template, photo): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
    let (_, photo_sha256) = keys.open_template(&subject_id, ModelId::from_stored(&model), &template)?;
    let photo = keys.open_photo(&subject_id, &photo)?;
    let session_id = SessionId::parse(&session).ok_or_else(|| Failure::unreadable("session id"))?;
    Ok(Unmoved { subject_id, session_id, photo_sha256, photo })
}

pub(super) fn put(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    next: &ModelId,
    moved: &[Moved],
) -> Outcome<u64> {
    let (app_key, keys) = keys::find(connection, vault, app)?;
    let wrong = |one: &Moved| one.template.as_ref().is_some_and(|template| template.model() != next);
    if read(connection, app_key)?.next.as_ref() != Some(next) || moved.iter().any(wrong) {
        return Err(StoreError::OtherModel.into());
    }
    let mut written = 0;
    for Moved { subject_id, session_id, photo_sha256, template } in moved {
        let sealed = template.as_ref().map(|template| keys.seal_template(subject_id, template, photo_sha256));
        written += connection
            .prepare_cached(
                "UPDATE subjects SET next_model = ?4, next_template = ?5
                 WHERE app_key = ?1 AND subject_id = ?2 AND session_id = ?3",
            )?
            .execute(params![
                app_key,
                subject_id.as_str(),
                session_id.to_string(),
                next.as_str(),
                sealed.transpose()?
            ])?;
    }
    Ok(written as u64)
}

pub(super) fn stuck(
    connection: &Connection,
    app: &AppId,
    next: &ModelId,
    after: Option<&SubjectId>,
    limit: usize,
) -> Outcome<Vec<SubjectId>> {
    let limit = limit.clamp(1, MAX_SUBJECTS);
    connection
        .prepare_cached(&format!(
            "SELECT subject_id FROM subjects WHERE app_key = ?1 AND subject_id > ?3 AND {LACKS} AND NOT ({HOPE})
             ORDER BY subject_id LIMIT ?4"
        ))?
        .query_map(params![find(connection, app)?, next.as_str(), after.map_or("", SubjectId::as_str), limit], |row| {
            row.get::<_, String>(0)
        })?
        .map(|id| SubjectId::parse(&id?).map_err(|_| Failure::unreadable("subject id")))
        .collect()
}

/// Puts templates that count into the first place, and removes those that do not.
pub(super) fn settle(connection: &Connection, app: &AppId) -> Outcome<bool> {
    let settled = connection
        .prepare_cached(
            "UPDATE subjects SET
                 template = iif(next_template IS NOT NULL AND next_model = active_model, next_template, template),
                 model = iif(next_template IS NOT NULL AND next_model = active_model, next_model, model),
                 next_model = NULL, next_template = NULL
             FROM apps WHERE apps.app_key = subjects.app_key AND subject_key IN
                 (SELECT subject_key FROM subjects JOIN apps USING (app_key)
                  WHERE app_id = ?1 AND moving_to IS NULL AND next_model IS NOT NULL LIMIT ?2)",
        )?
        .execute(params![app.as_str(), SETTLED_AT_ONCE])?;
    Ok(settled > 0)
}
