//! The one transaction of a request: kept answer, enrolment, units, audit row.
//!
//! Rows are locked in one order, so that transactions wait for each other and do not collide: the kept answer, the
//! subject, the app. The app comes last since all its requests meet there: it is held during COMMIT only.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, QuotaKind, SubjectId};
use facegate_gallery::{
    Action, AuditEntry, Charge, Commit, Committed, Enrolment, Erasure, StoreError, SubjectRow, Unlike,
};

use crate::apps::{hold, hold_with, stored};
use crate::error::{Failure, Outcome};
use crate::keys::{self, Held};
use crate::{Shared, answers, audit, row, subjects, terms};

/// What a commit needs to know beside itself.
pub(crate) struct Plan<'a> {
    pub app: &'a AppId,
    pub commit: &'a Commit,
    /// The number of the model of the enrolment's template.
    pub model: Option<i32>,
    /// The same of its next template.
    pub next_model: Option<i32>,
    /// Refuse a face that resembles another subject's at least this much.
    pub unlike: Option<f32>,
}

pub(crate) async fn write(store: &Shared, transaction: &Transaction<'_>, plan: &Plan<'_>) -> Outcome<Unlike> {
    let Plan { app, commit, .. } = plan;
    let mut held = keys::read(transaction, &store.vault, app).await?.ok_or(StoreError::UnknownApp)?;
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
            if held.active.is_some_and(|active| active != model) {
                return Err(StoreError::OtherModel.into());
            }
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
            write_enrolment(store, transaction, &held, plan, enrolment, model).await?
        }
        _ => Committed::Charged,
    };
    if held.active.is_none()
        && let Some(model) = plan.model
    {
        decide_model(transaction, app, model).await?;
        held.active = Some(model);
    }
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
        return hold_with(transaction, app, held).await;
    }
    let (enroll, liveness) = (stored(charge.enroll), stored(charge.liveness));
    let statement = transaction
        .prepare_cached(
            "UPDATE apps SET enroll_used = enroll_used + $2, liveness_used = liveness_used + $3
             WHERE app_id = $1 AND NOT deleted
                   AND ($2::bigint = 0 OR enroll_limit IS NULL OR $2 <= enroll_limit - enroll_used)
                   AND ($3::bigint = 0 OR liveness_limit IS NULL OR $3 <= liveness_limit - liveness_used)
                   AND EXISTS (SELECT FROM app_keys WHERE app_keys.app_id = $1 AND sealed_key = $4)
                   AND active_model_key IS NOT DISTINCT FROM $5 AND moving_to_key IS NOT DISTINCT FROM $6",
        )
        .await?;
    let Held { sealed, active, next, .. } = held;
    if transaction.execute(&statement, &[&app.as_str(), &enroll, &liveness, &sealed.bytes, active, next]).await? == 1 {
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
        // Raised this moment, or the app has another key or other models by now.
        _ => Err(Failure::Again),
    }
}

/// The app's first enrolment decides its model.
async fn decide_model(transaction: &Transaction<'_>, app: &AppId, model: i32) -> Outcome<()> {
    let sql = "UPDATE apps SET active_model_key = $2 WHERE app_id = $1 AND NOT deleted AND active_model_key IS NULL";
    let statement = transaction.prepare_cached(sql).await?;
    match transaction.execute(&statement, &[&app.as_str(), &model]).await? {
        1 => Ok(()),
        // Another enrolment was first, or the app was deleted.
        _ => hold(transaction, app).await.and(Err(Failure::Again)),
    }
}

async fn write_enrolment(
    store: &Shared,
    transaction: &Transaction<'_>,
    held: &Held,
    plan: &Plan<'_>,
    new: &Enrolment,
    model: i32,
) -> Outcome<Committed> {
    // One of another model than the app's next is not kept.
    let next = new.next_template.as_ref().zip(plan.next_model).filter(|(_, model)| held.next == Some(*model));
    let row = SubjectRow::enrolled(new, next.map(|(template, _)| template), store.options.clock.now());
    let models = (model, next.map(|(_, model)| model));
    let created = row::write(&row, models, store, transaction, (plan.app, held)).await?;
    Ok(if created { Committed::Created } else { Committed::Updated })
}
