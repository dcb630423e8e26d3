//! Subjects, photos and quota units in SQL.

use facegate_domain::{AppId, ModelId, QuotaKind, SessionId, SubjectId, Timestamp};
use facegate_gallery::{
    Action, AuditEntry, Charge, Commit, Committed, Enrolment, Erasure, StoreError, SubjectRecord, Terms,
};
use facegate_vault::{AppKeys, Vault};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::apps::stored;
use crate::audit::{self, Seal};
use crate::error::{Failure, Outcome};
use crate::{answers, keys, terms};

pub(crate) fn write_commit(
    connection: &Connection,
    (vault, seal): (&Vault, &Seal),
    app: &AppId,
    commit: Commit,
    now: Timestamp,
) -> Outcome<Committed> {
    let (app_key, keys) = keys::find(connection, vault, app)?;
    // Before the units: a repetition passes a quota that the first request has used up.
    if let Some(new) = &commit.remember
        && let Some(first) = answers::find(connection, (app_key, &keys), &new.key, new.at)?
    {
        return Ok(Committed::Replayed(first));
    }
    take_units(connection, app_key, commit.charge)?;
    let committed = match commit.enrolment {
        Some(enrolment) => {
            // Who has expired is not there any more: this is a new subject.
            if terms::state(connection, app_key, &enrolment.subject_id, now)? == Some((true, true)) {
                let (id, how) = (enrolment.subject_id.clone(), Erasure::due(now));
                erase(connection, seal, app, (app_key, &keys), &id, &how)?;
            }
            let row = AuditEntry::done(enrolment.at, &commit.by, Action::Enrolled);
            let row = row.in_session(Some(enrolment.session_id)).about(keys.pseudonym(&enrolment.subject_id)?);
            let committed = write_enrolment(connection, (app_key, &keys), enrolment, now)?;
            let action = if committed == Committed::Updated { Action::Updated } else { Action::Enrolled };
            audit::append(connection, seal, app.as_str(), AuditEntry { action: action.as_str().to_owned(), ..row })?;
            committed
        }
        None => Committed::Charged,
    };
    if let Some(new) = commit.remember {
        answers::keep(connection, (app_key, &keys), new)?;
    }
    Ok(committed)
}

fn take_units(connection: &Connection, app_key: i64, charge: Charge) -> Outcome<()> {
    if charge == Charge::default() {
        return Ok(());
    }
    let (enroll, liveness) = (stored(charge.enroll), stored(charge.liveness));
    let (enroll_fits, liveness_fits): (bool, bool) = connection
        .prepare_cached(
            "SELECT ?2 = 0 OR enroll_limit IS NULL OR ?2 <= enroll_limit - enroll_used,
                    ?3 = 0 OR liveness_limit IS NULL OR ?3 <= liveness_limit - liveness_used
             FROM apps WHERE app_key = ?1",
        )?
        .query_row([app_key, enroll, liveness], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if !enroll_fits {
        return Err(StoreError::QuotaExhausted(QuotaKind::Enroll).into());
    }
    if !liveness_fits {
        return Err(StoreError::QuotaExhausted(QuotaKind::Liveness).into());
    }
    connection
        .prepare_cached(
            "UPDATE apps SET enroll_used = enroll_used + ?2, liveness_used = liveness_used + ?3 WHERE app_key = ?1",
        )?
        .execute([app_key, enroll, liveness])?;
    Ok(())
}

fn write_enrolment(
    connection: &Connection,
    (app_key, keys): (i64, &AppKeys),
    new: Enrolment,
    now: Timestamp,
) -> Outcome<Committed> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT subject_key FROM subjects WHERE app_key = ?1 AND subject_id = ?2")?
        .query_row(params![app_key, new.subject_id.as_str()], |row| row.get(0))
        .optional()?;
    let subject_key: i64 = connection
        .prepare_cached(
            "INSERT INTO subjects (app_key, subject_id, created_at, updated_at, session_id, model, template,
                                   nface, rotation, consent_reference, expires_at, last_used_at)
             VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (app_key, subject_id) DO UPDATE SET
                 updated_at = excluded.updated_at, session_id = excluded.session_id, model = excluded.model,
                 template = excluded.template, nface = excluded.nface, rotation = excluded.rotation,
                 consent_reference = excluded.consent_reference, expires_at = excluded.expires_at,
                 last_used_at = max(last_used_at, excluded.last_used_at)
             RETURNING subject_key",
        )?
        .query_row(
            params![
                app_key,
                new.subject_id.as_str(),
                new.at.0,
                new.session_id.to_string(),
                new.template.model().as_str(),
                keys.seal_template(&new.subject_id, &new.template, &new.photo_sha256)?,
                new.nface,
                new.rotation,
                new.terms.consent_reference,
                new.terms.expires_at.map(|at| at.0),
                now.0,
            ],
            |row| row.get(0),
        )?;
    match new.photo {
        Some(photo) => connection
            .prepare_cached(
                "INSERT INTO photos (subject_key, photo) VALUES (?1, ?2)
                 ON CONFLICT (subject_key) DO UPDATE SET photo = excluded.photo",
            )?
            .execute(params![subject_key, keys.seal_photo(&new.subject_id, &photo)?])?,
        None => connection.prepare_cached("DELETE FROM photos WHERE subject_key = ?1")?.execute([subject_key])?,
    };
    Ok(if known.is_some() { Committed::Updated } else { Committed::Created })
}

pub(crate) fn read(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    id: SubjectId,
    now: Timestamp,
) -> Outcome<Option<SubjectRecord>> {
    let found = connection
        .prepare_cached(
            "SELECT master_key_id, sealed_key, subjects.created_at, updated_at, session_id, model, template, nface, rotation,
                    consent_reference, expires_at,
                    EXISTS (SELECT 1 FROM photos WHERE photos.subject_key = subjects.subject_key) AS has_photo
             FROM subjects JOIN apps USING (app_key) LEFT JOIN app_keys USING (app_key)
             WHERE app_id = ?1 AND subject_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
        )?
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

pub(crate) fn delete(
    connection: &Connection,
    (vault, seal): (&Vault, &Seal),
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
            erase(connection, seal, app, (app_key, &keys), id, &Erasure { by: how.by.clone(), ..Erasure::due(now) })?;
            return Ok(false);
        }
        _ => {}
    }
    erase(connection, seal, app, (app_key, &keys), id, how)
}

/// Removes a subject and what names it, and writes that down.
fn erase(
    connection: &Connection,
    seal: &Seal,
    app: &AppId,
    (app_key, keys): (i64, &AppKeys),
    id: &SubjectId,
    how: &Erasure,
) -> Outcome<bool> {
    let answers = answers::forget(connection, app_key, id)?;
    let found: Option<(i64, bool)> = connection
        .prepare_cached(
            "SELECT subject_key, EXISTS (SELECT 1 FROM photos WHERE photos.subject_key = subjects.subject_key)
             FROM subjects WHERE app_key = ?1 AND subject_id = ?2",
        )?
        .query_row(params![app_key, id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((subject_key, photo)) = found else { return Ok(false) };
    connection.prepare_cached("DELETE FROM subjects WHERE subject_key = ?1")?.execute([subject_key])?;
    let entry = AuditEntry::done(how.at, &how.by, how.action()).in_session(Some(how.session));
    let entry = entry.about(keys.pseudonym(id)?).with("templates", 1).with("photos", u8::from(photo));
    // Searches find it in memory, where it is removed next.
    let entry = entry.with("index_entries", 1).with("answers", answers);
    audit::append(connection, seal, app.as_str(), entry)?;
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
