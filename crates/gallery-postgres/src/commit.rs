//! The one transaction of a request: kept answer, enrolment, units, audit row.
//!
//! Rows are locked in one order, so that transactions wait for each other and do not collide: the kept answer, the
//! subject, the app. The app comes last since all its requests meet there: it is held during COMMIT only.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, QuotaKind, SubjectId};
use facegate_gallery::{Action, AuditEntry, Charge, Commit, Committed, Enrolment, Erasure, StoreError, Unlike};

use crate::apps::{hold, hold_with, stored};
use crate::error::{Failure, Outcome};
use crate::keys::{self, Held};
use crate::row::SubjectRow;
use crate::{Shared, answers, audit, subjects, terms};

/// What a commit needs to know beside itself.
pub(crate) struct Plan<'a> {
    pub app: &'a AppId,
    pub commit: &'a Commit,
    /// The number of the enrolment's model.
    pub model: Option<i32>,
    /// Refuse a face that resembles another subject's at least this much.
    pub unlike: Option<f32>,
}

pub(crate) async fn write(store: &Shared, transaction: &Transaction<'_>, plan: &Plan<'_>) -> Outcome<Unlike> {
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
                subjects::erase(store, transaction, app, &enrolment.subject_id, &Erasure::due(now)).await?;
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
        audit::append(transaction, &store.audit_key, app.as_str(), row).await?;
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
    let row = SubjectRow {
        subject_id: &new.subject_id,
        created_at: None,
        updated_at: new.at,
        session_id: new.session_id,
        template: &new.template,
        model,
        nface: new.nface,
        rotation: new.rotation,
        photo_sha256: &new.photo_sha256,
        photo: new.photo.as_deref(),
        terms: &new.terms,
        used_at: store.options.clock.now(),
    };
    Ok(if row.write(store, transaction, app, held).await? { Committed::Created } else { Committed::Updated })
}
