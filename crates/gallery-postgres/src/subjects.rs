//! Subjects, photos and quota units in SQL.
//!
//! Rows are locked in one order, so that transactions wait for each other and do not collide: the kept answer, the
//! subject, the app. The app comes last since all its requests meet there: it is held during COMMIT only.

use deadpool_postgres::{Client, GenericClient, Transaction};
use facegate_domain::{AppId, ModelId, QuotaKind, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Charge, Commit, Committed, Enrolment, StoreError, SubjectRecord, Unlike};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::apps::{hold, stored};
use crate::error::{Failure, Outcome};
use crate::{Shared, answers, vectors};

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
    // Before the units: a repetition passes a quota that the first request has used up.
    if let Some(new) = &commit.remember
        && !answers::keep(transaction, app, new).await?
    {
        return match answers::find(transaction, app, &new.key, new.at).await? {
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
            write_enrolment(transaction, app, enrolment, model).await?
        }
        _ => Committed::Charged,
    };
    take_units(transaction, app, commit.charge).await?;
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

async fn take_units(transaction: &Transaction<'_>, app: &AppId, charge: Charge) -> Outcome<()> {
    if charge == Charge::default() {
        return hold(transaction, app).await;
    }
    let (enroll, liveness) = (stored(charge.enroll), stored(charge.liveness));
    let statement = transaction
        .prepare_cached(
            "UPDATE apps SET enroll_used = enroll_used + $2, liveness_used = liveness_used + $3
             WHERE app_id = $1 AND NOT deleted
                   AND ($2::bigint = 0 OR enroll_limit IS NULL OR $2 <= enroll_limit - enroll_used)
                   AND ($3::bigint = 0 OR liveness_limit IS NULL OR $3 <= liveness_limit - liveness_used)",
        )
        .await?;
    if transaction.execute(&statement, &[&app.as_str(), &enroll, &liveness]).await? == 1 {
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
        // Raised this moment.
        _ => Err(Failure::Again),
    }
}

async fn write_enrolment(
    transaction: &Transaction<'_>,
    app: &AppId,
    new: &Enrolment,
    model: i32,
) -> Outcome<Committed> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO subjects (app_id, subject_id, subject_number, created_at, updated_at, session_id, model_key,
                                   template, nface, rotation, photo_sha256, photo)
             VALUES ($1, $2, nextval('subject_numbers'), $3, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (app_id, subject_id) DO UPDATE SET
                 updated_at = excluded.updated_at, session_id = excluded.session_id, model_key = excluded.model_key,
                 template = excluded.template, nface = excluded.nface, rotation = excluded.rotation,
                 photo_sha256 = excluded.photo_sha256, photo = excluded.photo
             RETURNING subject_number, subject_number = currval('subject_numbers')",
        )
        .await?;
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
                &new.template.to_bytes(),
                &i64::from(new.nface),
                &rotation,
                &new.photo_sha256.as_slice(),
                &new.photo,
            ],
        )
        .await?;
    let (number, created): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
    vectors::put(transaction, app, number, model, &new.template).await?;
    Ok(if created { Committed::Created } else { Committed::Updated })
}

const COLUMNS: &str = "subject_id, created_at, updated_at, session_id, model, template, nface, rotation, photo_sha256,
                       photo IS NOT NULL AS has_photo";

pub(crate) async fn read(client: &Client, app: &AppId, id: &SubjectId) -> Outcome<Option<SubjectRecord>> {
    let statement = client
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM subjects JOIN models USING (model_key)
             WHERE app_id = $1 AND subject_id = $2
                   AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1 AND NOT deleted)"
        ))
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str()]).await?;
    found.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &Row) -> Outcome<SubjectRecord> {
    let hash: &[u8] = row.try_get("photo_sha256")?;
    Ok(SubjectRecord {
        subject_id: subject_id(row.try_get("subject_id")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        session_id: session_id(row.try_get("session_id")?)?,
        template: template(ModelId::from_stored(row.try_get("model")?), row.try_get("template")?)?,
        nface: u32::try_from(row.try_get::<_, i64>("nface")?).map_err(|_| Failure::unreadable("count of faces"))?,
        rotation: u16::try_from(row.try_get::<_, i16>("rotation")?).map_err(|_| Failure::unreadable("rotation"))?,
        photo_sha256: hash.try_into().map_err(|_| Failure::unreadable("photo's hash"))?,
        has_photo: row.try_get("has_photo")?,
    })
}

fn uuid(session: SessionId) -> Outcome<Uuid> {
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

/// A stored template.
pub(crate) fn template(model: ModelId, stored: &[u8]) -> Outcome<Template> {
    Template::from_bytes(model, stored).map_err(|_| Failure::unreadable("template"))
}

pub(crate) async fn read_photo(client: &Client, app: &AppId, id: &SubjectId) -> Outcome<Option<Vec<u8>>> {
    let statement = client
        .prepare_cached(
            "SELECT photo FROM subjects WHERE app_id = $1 AND subject_id = $2
                 AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1 AND NOT deleted)",
        )
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str()]).await?;
    Ok(found.map(|row| row.try_get(0)).transpose()?.flatten())
}

/// The subject first: a commit on it that is under way is waited for, and the answer that it keeps is then found.
pub(crate) async fn delete(transaction: &Transaction<'_>, app: &AppId, id: &SubjectId) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached("DELETE FROM subjects WHERE app_id = $1 AND subject_id = $2 RETURNING subject_number")
        .await?;
    let gone = transaction.query_opt(&statement, &[&app.as_str(), &id.as_str()]).await?;
    if let Some(row) = &gone {
        vectors::remove(transaction, app, row.try_get(0)?).await?;
    }
    answers::forget(transaction, app, id).await?;
    // An app that is being removed has no subjects any more, whatever of them is still there.
    Ok(gone.is_some() && is_there(transaction, app).await?)
}

async fn is_there(client: &impl GenericClient, app: &AppId) -> Outcome<bool> {
    let statement = client.prepare_cached("SELECT FROM apps WHERE app_id = $1 AND NOT deleted").await?;
    Ok(client.query_opt(&statement, &[&app.as_str()]).await?.is_some())
}

pub(crate) async fn count(client: &Client, app: &AppId) -> Outcome<u64> {
    let statement = client
        .prepare_cached(
            "SELECT count(*) FROM subjects WHERE app_id = $1
                 AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1 AND NOT deleted)",
        )
        .await?;
    crate::apps::count(client.query_one(&statement, &[&app.as_str()]).await?.try_get(0)?)
}
