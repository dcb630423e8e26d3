//! Subjects and photos in SQL: reading and removing them.

use facegate_domain::{AppId, ModelId, SessionId, SubjectId, Timestamp};
use facegate_gallery::{AuditEntry, Erasure, SubjectRecord, Terms};
use facegate_vault::{AppKeys, AuditKey, Vault};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Failure, Outcome};
use crate::moves::PRESENT;
use crate::{answers, audit, keys, terms};

pub(crate) fn read(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    id: SubjectId,
    now: Timestamp,
) -> Outcome<Option<SubjectRecord>> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT master_key_id, sealed_key, subjects.created_at, updated_at, session_id, {PRESENT}, nface, rotation,
                    consent_reference, expires_at,
                    EXISTS (SELECT 1 FROM photos WHERE photos.subject_key = subjects.subject_key) AS has_photo
             FROM subjects JOIN apps USING (app_key) LEFT JOIN app_keys USING (app_key)
             WHERE app_id = ?1 AND subject_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)"
        ))?
        .query_row(params![app.as_str(), id.as_str(), now.0], |row| Ok(from_row(row, vault, app, id.clone())))
        .optional()?;
    found.transpose()
}

/// From the columns of `read`, with the app's sealed key first.
pub(crate) fn from_row(row: &Row<'_>, vault: &Vault, app: &AppId, subject_id: SubjectId) -> Outcome<SubjectRecord> {
    let (session, model): (String, String) = (row.get("session_id")?, row.get("model")?);
    let sealed = row.get_ref("template")?.as_blob().map_err(|_| Failure::unreadable("template"))?;
    let keys = vault.open(app, &keys::from_row(row)?)?;
    let (template, photo_sha256) = keys.open_template(&subject_id, ModelId::from_stored(&model), sealed)?;
    Ok(SubjectRecord {
        subject_id,
        created_at: Timestamp(row.get("created_at")?),
        updated_at: Timestamp(row.get("updated_at")?),
        session_id: SessionId::parse(&session).ok_or_else(|| Failure::unreadable("session id"))?,
        template,
        nface: row.get("nface")?,
        rotation: row.get("rotation")?,
        photo_sha256,
        has_photo: row.get("has_photo")?,
        terms: terms(row)?,
    })
}

/// From the columns `consent_reference` and `expires_at`.
pub(crate) fn terms(row: &Row<'_>) -> Outcome<Terms> {
    let expires_at = row.get::<_, Option<i64>>("expires_at")?.map(Timestamp);
    Ok(Terms { consent_reference: row.get("consent_reference")?, expires_at })
}

pub(crate) fn read_photo(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<Vec<u8>>> {
    let sealed = connection
        .prepare_cached(
            "SELECT master_key_id, sealed_key, photo
             FROM apps LEFT JOIN app_keys USING (app_key) JOIN subjects USING (app_key) JOIN photos USING (subject_key)
             WHERE app_id = ?1 AND subject_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
        )?
        .query_row(params![app.as_str(), id.as_str(), now.0], |row| {
            Ok((keys::from_row(row), row.get::<_, Vec<u8>>(2)?))
        })
        .optional()?;
    let Some((key, photo)) = sealed else { return Ok(None) };
    Ok(Some(vault.open(app, &key?)?.open_photo(id, &photo)?))
}

pub(crate) fn photo_bytes(
    connection: &Connection,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<usize>> {
    let sealed = connection
        .prepare_cached(
            "SELECT length(photo) FROM apps JOIN subjects USING (app_key) JOIN photos USING (subject_key)
             WHERE app_id = ?1 AND subject_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
        )?
        .query_row(params![app.as_str(), id.as_str(), now.0], |row| row.get(0))
        .optional()?;
    Ok(sealed.map(AppKeys::photo_bytes))
}

pub(crate) fn delete(
    connection: &Connection,
    (vault, audit_key): (&Vault, &AuditKey),
    app: &AppId,
    id: &SubjectId,
    how: &Erasure,
    now: Timestamp,
) -> Outcome<bool> {
    let Some((app_key, keys)) = keys::read(connection, vault, app)? else { return Ok(false) };
    match terms::state(connection, app_key, id, now)? {
        Some((_, false)) if how.only_if_due => return Ok(false),
        // Gone for everybody but the sweeper, who would be next: it is not found, and it is erased.
        Some((true, _)) if !how.only_if_due => {
            erase(
                connection,
                audit_key,
                app,
                (app_key, &keys),
                id,
                &Erasure { by: how.by.clone(), ..Erasure::due(now) },
            )?;
            return Ok(false);
        }
        _ => {}
    }
    erase(connection, audit_key, app, (app_key, &keys), id, how)
}

/// Removes a subject and what names it, and writes that down.
pub(crate) fn erase(
    connection: &Connection,
    audit_key: &AuditKey,
    app: &AppId,
    (app_key, keys): (i64, &AppKeys),
    id: &SubjectId,
    how: &Erasure,
) -> Outcome<bool> {
    let answers = answers::forget(connection, app_key, id)?;
    let found: Option<(i64, bool, u8)> = connection
        .prepare_cached(
            "SELECT subject_key, EXISTS (SELECT 1 FROM photos WHERE photos.subject_key = subjects.subject_key),
                    1 + (next_template IS NOT NULL)
             FROM subjects WHERE app_key = ?1 AND subject_id = ?2",
        )?
        .query_row(params![app_key, id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((subject_key, photo, templates)) = found else { return Ok(false) };
    connection.prepare_cached("DELETE FROM subjects WHERE subject_key = ?1")?.execute([subject_key])?;
    let entry = AuditEntry::done(how.at, &how.by, how.action()).in_session(Some(how.session));
    let entry = entry.about(keys.pseudonym(id)?).with("templates", templates).with("photos", u8::from(photo));
    // Searches find it in memory, where it is removed next.
    let entry = entry.with("index_entries", 1).with("answers", answers);
    audit::append(connection, audit_key, app.as_str(), entry)?;
    Ok(true)
}

pub(crate) fn count(connection: &Connection, app: &AppId, now: Timestamp) -> Outcome<u64> {
    let counted = connection
        .prepare_cached(
            "SELECT count(*) FROM subjects JOIN apps USING (app_key) WHERE app_id = ?1
                              AND (expires_at IS NULL OR expires_at > ?2)",
        )?
        .query_row(params![app.as_str(), now.0], |row| row.get(0))?;
    Ok(counted)
}
