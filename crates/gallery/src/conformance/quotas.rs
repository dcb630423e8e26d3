//! Quotas: N units let exactly N through, and a refusal writes nothing.

use std::sync::Arc;

use facegate_domain::{AppId, Quota, QuotaKind};

use super::check::{CheckResult, Complaint, same, topic};
use super::samples::{app, enrolment, free, metered, subject, units, with_app};
use crate::{Commit, Committed, QuotaChange, Store, StoreError};

topic!(
    "quotas",
    [
        a_race_gets_exactly_the_units,
        racing_enrolments_store_exactly_the_units,
        a_charge_takes_both_kinds_or_neither,
        an_exhausted_quota_writes_nothing,
        a_charge_that_does_not_fit_is_refused_whole,
        without_a_limit_use_is_counted,
        a_free_commit_passes_an_exhausted_quota,
        a_new_limit_counts_at_once,
    ]
);

const ENROLL_USED_UP: Result<Committed, StoreError> = Err(StoreError::QuotaExhausted(QuotaKind::Enroll));
const LIVENESS_USED_UP: Result<Committed, StoreError> = Err(StoreError::QuotaExhausted(QuotaKind::Liveness));

/// Units used: enroll, liveness.
pub(super) async fn used(store: &dyn Store, id: &AppId) -> Result<(u64, u64), Complaint> {
    let app = store.app(id).await?.ok_or_else(|| Complaint::new("the app is gone"))?;
    Ok((app.enroll.used, app.liveness.used))
}

/// Commits all at once; how many were let through and how many refused for lack of enroll units.
async fn race(store: &Arc<dyn Store>, id: &AppId, commits: Vec<Commit>) -> Result<(usize, usize), Complaint> {
    let mut tasks = Vec::new();
    for commit in commits {
        let (store, id) = (store.clone(), id.clone());
        tasks.push(tokio::spawn(async move { store.commit(&id, commit).await }));
    }
    let (mut through, mut refused) = (0, 0);
    for task in tasks {
        match task.await? {
            Ok(_) => through += 1,
            refusal if refusal == ENROLL_USED_UP => refused += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok((through, refused))
}

async fn a_race_gets_exactly_the_units(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(10), None)?).await?;
    let outcome = race(&store, &id, (0..100).map(|_| units(1, 1)).collect()).await?;
    same!(outcome, (10, 90), "let through and refused");
    same!(used(&*store, &id).await?, (10, 10), "units used");
    Ok(())
}

async fn racing_enrolments_store_exactly_the_units(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(10), None)?).await?;
    let mut commits = Vec::new();
    for seed in 0..40 {
        let enrolment = enrolment(&subject(&format!("subject {seed}"))?, seed)?;
        commits.push(Commit { enrolment: Some(enrolment), ..units(1, 0) });
    }
    same!(race(&store, &id, commits).await?, (10, 30), "let through and refused");
    same!(store.count(&id).await?, 10, "subjects stored");
    same!(used(&*store, &id).await?, (10, 0), "units used");
    Ok(())
}

async fn a_charge_takes_both_kinds_or_neither(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(2), Some(1))?).await?;
    same!(store.commit(&id, units(1, 1)).await, Ok(Committed::Charged), "the first");
    same!(store.commit(&id, units(1, 1)).await, LIVENESS_USED_UP, "with no liveness unit left");
    same!(used(&*store, &id).await?, (1, 1), "units used after a refusal");
    same!(store.commit(&id, units(1, 0)).await, Ok(Committed::Charged), "the last enroll unit alone");
    same!(store.commit(&id, units(1, 1)).await, ENROLL_USED_UP, "with none of either, enroll is named");
    same!(used(&*store, &id).await?, (2, 1), "units used in the end");
    Ok(())
}

async fn an_exhausted_quota_writes_nothing(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(1), Some(0))?).await?;
    let (old, new) = (subject("old")?, subject("new")?);
    store.commit(&id, free(enrolment(&old, 1)?)).await?;
    let before = store.subject(&id, &old).await?;
    let photo = store.photo(&id, &old).await?;
    for (who, seed) in [(&old, 2), (&new, 3)] {
        let commit = Commit { enrolment: Some(enrolment(who, seed)?), ..units(1, 1) };
        same!(store.commit(&id, commit).await, LIVENESS_USED_UP, "an enrolment without units");
    }
    same!(used(&*store, &id).await?, (0, 0), "units used");
    same!(store.subject(&id, &old).await?, before, "the subject that was there");
    same!(store.photo(&id, &old).await? == photo, true, "its photo is as before");
    same!(store.subject(&id, &new).await?, None, "the new subject");
    same!(store.count(&id).await?, 1, "subjects");
    Ok(())
}

async fn a_charge_that_does_not_fit_is_refused_whole(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(10), None)?).await?;
    store.commit(&id, units(8, 0)).await?;
    same!(store.commit(&id, units(3, 0)).await, ENROLL_USED_UP, "3 of 2 units left");
    same!(store.commit(&id, units(2, 0)).await, Ok(Committed::Charged), "2 of 2 units left");
    same!(used(&*store, &id).await?, (10, 0), "units used");
    Ok(())
}

async fn without_a_limit_use_is_counted(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, app("bank")?).await?;
    store.commit(&id, units(1_000_000, 5)).await?;
    store.commit(&id, units(1, 0)).await?;
    same!(used(&*store, &id).await?, (1_000_001, 5), "units used");
    Ok(())
}

async fn a_free_commit_passes_an_exhausted_quota(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(0), Some(0))?).await?;
    same!(store.commit(&id, units(0, 0)).await, Ok(Committed::Charged), "a charge of nothing");
    let enrol = free(enrolment(&subject("budi")?, 1)?);
    same!(store.commit(&id, enrol).await, Ok(Committed::Created), "an enrolment that charges nothing");
    Ok(())
}

async fn a_new_limit_counts_at_once(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(1), None)?).await?;
    store.commit(&id, units(1, 0)).await?;
    same!(store.commit(&id, units(1, 0)).await, ENROLL_USED_UP, "at the limit");
    store.set_quotas(&id, QuotaChange { enroll: Some(Some(2)), liveness: None }).await?;
    same!(store.commit(&id, units(1, 0)).await, Ok(Committed::Charged), "after the limit was raised");
    store.set_quotas(&id, QuotaChange { enroll: Some(Some(1)), liveness: None }).await?;
    same!(store.commit(&id, units(1, 0)).await, ENROLL_USED_UP, "with a limit below what is used");
    let quota = store.app(&id).await?.map(|app| app.enroll);
    same!(quota, Some(Quota { limit: Some(1), used: 2 }), "the quota");
    Ok(())
}
