//! Subjects, photos and quota units in SQL.
//!
//! Rows are locked in one order, so that transactions wait for each other and do not collide: the kept answer, the
//! subject, the app. The app comes last since all its requests meet there: it is held during COMMIT only.

use deadpool_postgres::{Client, GenericClient, Transaction};
use facegate_domain::{AppId, ModelId, QuotaKind, SessionId, SubjectId, Timestamp};
use facegate_gallery::{
    Action, AuditEntry, Charge, Commit, Committed, Enrolment, Erasure, StoreError, SubjectRecord, Terms, Unlike,
};
use facegate_vault::Vault;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::apps::{hold, hold_with, stored};
use crate::error::{Failure, Outcome};
use crate::keys::{self, Held};
use crate::{Shared, answers, audit, terms, vectors};

/// What a commit needs to know beside itself.
pub(crate) struct Plan<'a> {
    pub app: &'a AppId,
    pub commit: &'a Commit,
    /// The number of the enrolment's model.
    pub model: Option<i32>,
    /// Refuse a face that resembles another subject's at least this much.
    pub unlike: Option<f32>,
}

pub(crate) async fn write_commit(store: &Shared, transaction: &Transaction<'_>, plan: &Plan<'_>) -> Outcome<Unlike> {
    let Plan { app, commit, .. } = plan;
    let held = keys::read(transaction, &store.vault, app).await?.ok_or(StoreError::UnknownApp)?;
    // Before the units: a repetition passes a quota that the first request has used up.
    if let Some(new) = &commit.remember
        && !answers::keep(transaction, app, &held.keys, new).await?
    {
        return match answers::find(transaction, &store.vault, app, &new.key, new.at).await? {
            Some(first) => Ok(Unlike::Committed(Committed::Replayed(first))),
            // The app was deleted, or the answer has gone this moment.
            None => hold(transaction, app).await.and(Err(Failure::Again)),
        };
    }
    let committed = match (&commit.enrolment, plan.model) {
        (Some(enrolment), Some(model)) => {
            if let Some(min_score) = plan.unlike
                && let Some(other) = resembling(store, transaction, app, enrolment, min_score).await?
            {
                return Ok(Unlike::Enrolled(other));
            }
            // Who has expired is not there any more: this is a new subject.
            let now = store.options.clock.now();
            if terms::state(transaction, app, &enrolment.subject_id, now).await? == Some((true, true)) {
                erase(store, transaction, app, &enrolment.subject_id, &Erasure::due(now)).await?;
            }
            write_enrolment(store, transaction, app, &held, enrolment, model).await?
        }
        _ => Committed::Charged,
    };
    take_units(transaction, app, &held, commit.charge).await?;
    if let Some(new) = &commit.enrolment {
        let action = if committed == Committed::Updated { Action::Updated } else { Action::Enrolled };
        let row = AuditEntry::done(new.at, &commit.by, action).in_session(Some(new.session_id));
        let row = row.about(held.keys.pseudonym(&new.subject_id)?);
        audit::append(transaction, &store.seal, app.as_str(), row).await?;
    }
    Ok(Unlike::Committed(committed))
}

/// Another subject with this face. One enrolment of the app at a time looks and writes: the lock ends with the
/// transaction.
async fn resembling(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    enrolment: &Enrolment,
    min_score: f32,
) -> Outcome<Option<SubjectId>> {
    let statement = transaction.prepare_cached("SELECT pg_advisory_xact_lock(hashtextextended($1, 4))").await?;
    transaction.query(&statement, &[&app.as_str()]).await?;
    let alike = store.nearest_in(transaction, app, &enrolment.template, 2, min_score).await?;
    Ok(alike.into_iter().map(|found| found.subject_id).find(|other| *other != enrolment.subject_id))
}

async fn take_units(transaction: &Transaction<'_>, app: &AppId, held: &Held, charge: Charge) -> Outcome<()> {
    if charge == Charge::default() {
        return hold_with(transaction, app, &held.sealed).await;
    }
    let (enroll, liveness) = (stored(charge.enroll), stored(charge.liveness));
    let statement = transaction
        .prepare_cached(
            "UPDATE apps SET enroll_used = enroll_used + $2, liveness_used = liveness_used + $3
             WHERE app_id = $1 AND NOT deleted
                   AND ($2::bigint = 0 OR enroll_limit IS NULL OR $2 <= enroll_limit - enroll_used)
                   AND ($3::bigint = 0 OR liveness_limit IS NULL OR $3 <= liveness_limit - liveness_used)
                   AND EXISTS (SELECT FROM app_keys WHERE app_keys.app_id = $1 AND sealed_key = $4)",
        )
        .await?;
    if transaction.execute(&statement, &[&app.as_str(), &enroll, &liveness, &held.sealed.bytes]).await? == 1 {
        return Ok(());
    }
    let statement = transaction
        .prepare_cached(
            "SELECT $2::bigint = 0 OR enroll_limit IS NULL OR $2 <= enroll_limit - enroll_used,
                    $3::bigint = 0 OR liveness_limit IS NULL OR $3 <= liveness_limit - liveness_used
             FROM apps WHERE app_id = $1 AND NOT deleted",
        )
        .await?;
    let Some(row) = transaction.query_opt(&statement, &[&app.as_str(), &enroll, &liveness]).await? else {
        return Err(StoreError::UnknownApp.into());
    };
    match (row.try_get(0)?, row.try_get(1)?) {
        (false, _) => Err(StoreError::QuotaExhausted(QuotaKind::Enroll).into()),
        (_, false) => Err(StoreError::QuotaExhausted(QuotaKind::Liveness).into()),
        // Raised this moment, or the app has another key by now.
        _ => Err(Failure::Again),
    }
}

async fn write_enrolment(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    held: &Held,
    new: &Enrolment,
    model: i32,
) -> Outcome<Committed> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO subjects (app_id, subject_id, subject_number, created_at, updated_at, session_id, model_key,
                                   template, nface, rotation, photo, consent_reference, expires_at, last_used_at)
             VALUES ($1, $2, nextval('subject_numbers'), $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (app_id, subject_id) DO UPDATE SET
                 updated_at = excluded.updated_at, session_id = excluded.session_id, model_key = excluded.model_key,
                 template = excluded.template, nface = excluded.nface, rotation = excluded.rotation,
                 photo = excluded.photo, consent_reference = excluded.consent_reference,
                 expires_at = excluded.expires_at,
                 last_used_at = greatest(subjects.last_used_at, excluded.last_used_at)
             RETURNING subject_number, subject_number = currval('subject_numbers')",
        )
        .await?;
    let photo = new.photo.as_ref().map(|photo| held.keys.seal_photo(&new.subject_id, photo)).transpose()?;
    let rotation = i16::try_from(new.rotation).map_err(|_| Failure::unreadable("rotation"))?;
    let row = transaction
        .query_one(
            &statement,
            &[
                &app.as_str(),
                &new.subject_id.as_str(),
                &new.at.0,
                &uuid(new.session_id)?,
                &model,
                &held.keys.seal_template(&new.subject_id, &new.template, &new.photo_sha256)?,
                &i64::from(new.nface),
                &rotation,
                &photo,
                &new.terms.consent_reference,
                &new.terms.expires_at.map(|at| at.0),
                &store.options.clock.now().0,
            ],
        )
        .await?;
    let (number, created): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
    let rotated = vectors::rotated(&store.vault, &held.keys, &new.template)?;
    vectors::put(transaction, app, number, model, rotated).await?;
    Ok(if created { Committed::Created } else { Committed::Updated })
}

pub(crate) async fn read(
    client: &Client,
    vault: &Vault,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<SubjectRecord>> {
    let statement = client
        .prepare_cached(
            "SELECT subject_id, subjects.created_at, updated_at, session_id, model, template, nface, rotation,
                    photo IS NOT NULL AS has_photo, consent_reference, expires_at, master_key_id, sealed_key
             FROM subjects JOIN models USING (model_key) JOIN apps USING (app_id) LEFT JOIN app_keys USING (app_id)
             WHERE subjects.app_id = $1 AND subject_id = $2 AND NOT deleted
                   AND (expires_at IS NULL OR expires_at > $3)",
        )
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str(), &now.0]).await?;
    found.map(|row| from_row(&row, vault, app)).transpose()
}

/// From the columns of `read`.
pub(crate) fn from_row(row: &Row, vault: &Vault, app: &AppId) -> Outcome<SubjectRecord> {
    let subject_id = subject_id(row.try_get("subject_id")?)?;
    let keys = vault.open(app, &keys::from_row(row)?)?;
    let model = ModelId::from_stored(row.try_get("model")?);
    let (template, photo_sha256) = keys.open_template(&subject_id, model, row.try_get("template")?)?;
    Ok(SubjectRecord {
        subject_id,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        session_id: session_id(row.try_get("session_id")?)?,
        template,
        nface: u32::try_from(row.try_get::<_, i64>("nface")?).map_err(|_| Failure::unreadable("count of faces"))?,
        rotation: u16::try_from(row.try_get::<_, i16>("rotation")?).map_err(|_| Failure::unreadable("rotation"))?,
        photo_sha256,
        has_photo: row.try_get("has_photo")?,
        terms: terms_of(row)?,
    })
}

/// From the columns `consent_reference` and `expires_at`.
pub(crate) fn terms_of(row: &Row) -> Outcome<Terms> {
    let expires_at = row.try_get::<_, Option<i64>>("expires_at")?.map(Timestamp);
    Ok(Terms { consent_reference: row.try_get("consent_reference")?, expires_at })
}

/// A session id as it is stored.
pub(crate) fn uuid(session: SessionId) -> Outcome<Uuid> {
    Uuid::parse_str(&session.to_string()).map_err(|_| Failure::unreadable("session id"))
}

/// A stored session id.
pub(crate) fn session_id(stored: Uuid) -> Outcome<SessionId> {
    SessionId::parse(&stored.hyphenated().to_string()).ok_or_else(|| Failure::unreadable("session id"))
}

/// A stored subject id.
pub(crate) fn subject_id(stored: &str) -> Outcome<SubjectId> {
    SubjectId::parse(stored).map_err(|_| Failure::unreadable("subject id"))
}

pub(crate) async fn read_photo(
    client: &Client,
    vault: &Vault,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<Vec<u8>>> {
    let statement = client
        .prepare_cached(
            "SELECT photo, master_key_id, sealed_key
             FROM subjects JOIN apps USING (app_id) LEFT JOIN app_keys USING (app_id)
             WHERE subjects.app_id = $1 AND subject_id = $2 AND photo IS NOT NULL AND NOT deleted
                   AND (expires_at IS NULL OR expires_at > $3)",
        )
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str(), &now.0]).await?;
    let Some(row) = found else { return Ok(None) };
    let keys = vault.open(app, &keys::from_row(&row)?)?;
    Ok(Some(keys.open_photo(id, row.try_get(0)?)?))
}

/// The subject first: a commit on it that is under way is waited for, and the answer that it keeps is then found.
pub(crate) async fn delete(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    id: &SubjectId,
    how: &Erasure,
) -> Outcome<bool> {
    let now = store.options.clock.now();
    match terms::state(transaction, app, id, now).await? {
        Some((_, false)) if how.only_if_due => Ok(false),
        // Gone for everybody but the sweeper, who would be next: it is not found, and it is erased.
        Some((true, _)) if !how.only_if_due => {
            erase(store, transaction, app, id, &Erasure { by: how.by.clone(), ..Erasure::due(now) }).await?;
            Ok(false)
        }
        _ => erase(store, transaction, app, id, how).await,
    }
}

/// Removes a subject and what names it, and writes that down.
async fn erase(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    id: &SubjectId,
    how: &Erasure,
) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "DELETE FROM subjects WHERE app_id = $1 AND subject_id = $2
             RETURNING subject_number, (photo IS NOT NULL)::integer",
        )
        .await?;
    let gone = transaction.query_opt(&statement, &[&app.as_str(), &id.as_str()]).await?;
    let answers = answers::forget(transaction, app, id).await?;
    let Some(row) = gone else { return Ok(false) };
    let found = vectors::remove(transaction, app, row.try_get(0)?).await?;
    // An app that is being removed has no subjects any more, whatever of them is still there.
    let Some(held) = keys::read(transaction, &store.vault, app).await? else { return Ok(false) };
    let entry = AuditEntry::done(how.at, &how.by, how.action()).in_session(Some(how.session));
    let entry = entry.about(held.keys.pseudonym(id)?).with("templates", 1).with("photos", row.try_get::<_, i32>(1)?);
    let entry = entry.with("index_entries", found).with("answers", answers);
    audit::append(transaction, &store.seal, app.as_str(), entry).await?;
    Ok(true)
}

pub(crate) async fn count(client: &Client, app: &AppId, now: Timestamp) -> Outcome<u64> {
    let statement = client
        .prepare_cached(
            "SELECT count(*) FROM subjects WHERE app_id = $1 AND (expires_at IS NULL OR expires_at > $2)
                 AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1 AND NOT deleted)",
        )
        .await?;
    crate::apps::count(client.query_one(&statement, &[&app.as_str(), &now.0]).await?.try_get(0)?)
}
