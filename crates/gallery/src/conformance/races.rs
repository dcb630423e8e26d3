//! Random interleavings against quotas: several apps, several callers at once, each with a list of commits and deletions.
//! Whatever the order was, the books must balance.

use std::collections::BTreeMap;
use std::sync::Arc;

use facegate_domain::{AppId, QuotaKind, SessionId};
use proptest::prelude::*;

use super::check::{CheckResult, Complaint, ensure, same};
use super::samples::{enrolment, metered, subject, units, with_app};
use crate::{Charge, Commit, Committed, Store, StoreError};

/// What one caller does next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Commits so many units (enroll, liveness) of an app, with an enrolment of this subject if there is one.
    Commit(u8, u64, u64, Option<u8>),
    /// Deletes a subject of an app.
    Delete(u8, u8),
}

/// Limits (enroll, liveness) of each app, and the callers' lists.
#[derive(Clone, Debug)]
pub struct Race {
    limits: Vec<(Option<u64>, Option<u64>)>,
    callers: Vec<Vec<Step>>,
}

const APPS: u8 = 2;
const SUBJECTS: u8 = 3;

/// Two apps, two to five callers.
pub fn race() -> impl Strategy<Value = Race> {
    let limit = || prop_oneof![1 => Just(None), 5 => (0..8u64).prop_map(Some)];
    let commit = (0..APPS, 0..3u64, 0..2u64, proptest::option::of(0..SUBJECTS));
    let step = prop_oneof![
        5 => commit.prop_map(|(app, enroll, liveness, who)| Step::Commit(app, enroll, liveness, who)),
        1 => (0..APPS, 0..SUBJECTS).prop_map(|(app, who)| Step::Delete(app, who)),
    ];
    let callers = proptest::collection::vec(proptest::collection::vec(step, 1..10), 2..6);
    (proptest::collection::vec((limit(), limit()), usize::from(APPS)), callers)
        .prop_map(|(limits, callers)| Race { limits, callers })
}

/// What became of a commit.
struct Told {
    app: usize,
    charge: Charge,
    written: Option<(u8, SessionId)>,
    outcome: Result<Committed, StoreError>,
}

/// Lets the callers race on an empty store and checks what is left.
pub async fn check<S: Store + 'static>(store: Arc<S>, race: &Race) -> CheckResult {
    let mut apps = Vec::new();
    for (number, (enroll, liveness)) in race.limits.iter().enumerate() {
        apps.push(with_app(&*store, metered(&format!("app-{number}"), *enroll, *liveness)?).await?);
    }
    let mut callers = Vec::new();
    for (number, steps) in race.callers.iter().cloned().enumerate() {
        callers.push(tokio::spawn(call(store.clone(), apps.clone(), number as u32, steps)));
    }
    let (mut told, mut deleted) = (Vec::new(), Vec::new());
    for caller in callers {
        let (mut commits, mut deletions) = caller.await??;
        told.append(&mut commits);
        deleted.append(&mut deletions);
    }
    for (number, app) in apps.iter().enumerate() {
        let of_app: Vec<&Told> = told.iter().filter(|one| one.app == number).collect();
        books_balance(&*store, app, &of_app).await?;
        let deletions = deleted.iter().filter(|(app, _)| *app == number).map(|(_, who)| *who);
        subjects_are_whole(&*store, app, &of_app, deletions).await?;
    }
    Ok(())
}

type Calls = Result<(Vec<Told>, Vec<(usize, u8)>), Complaint>;

/// One caller's steps, one after another.
async fn call<S: Store>(store: Arc<S>, apps: Vec<AppId>, caller: u32, steps: Vec<Step>) -> Calls {
    let (mut told, mut deleted) = (Vec::new(), Vec::new());
    for (step, number) in steps.into_iter().zip(0u32..) {
        match step {
            Step::Commit(app, enroll, liveness, who) => {
                let mut commit = Commit { enrolment: None, ..units(enroll, liveness) };
                if let Some(who) = who {
                    commit.enrolment = Some(enrolment(&subject(&format!("subject-{who}"))?, caller * 100 + number)?);
                }
                let (app, charge) = (usize::from(app), commit.charge);
                let written = who.zip(commit.enrolment.as_ref().map(|new| new.session_id));
                let id = apps.get(app).ok_or_else(|| Complaint::new("no such app"))?;
                let outcome = store.commit(id, commit).await;
                told.push(Told { app, charge, written, outcome });
            }
            Step::Delete(app, who) => {
                let id = apps.get(usize::from(app)).ok_or_else(|| Complaint::new("no such app"))?;
                if store.delete_subject(id, &subject(&format!("subject-{who}"))?).await? {
                    deleted.push((usize::from(app), who));
                }
            }
        }
    }
    Ok((told, deleted))
}

/// Used is what was let through, never more than the limit; who was refused would not have fitted.
async fn books_balance(store: &dyn Store, app: &AppId, told: &[&Told]) -> CheckResult {
    let app = store.app(app).await?.ok_or_else(|| Complaint::new("the app is gone"))?;
    for (kind, quota) in [(QuotaKind::Enroll, app.enroll), (QuotaKind::Liveness, app.liveness)] {
        let asked = |one: &Told| if kind == QuotaKind::Enroll { one.charge.enroll } else { one.charge.liveness };
        let through: u64 = told.iter().filter(|one| one.outcome.is_ok()).map(|one| asked(one)).sum();
        same!(quota.used, through, format!("{kind:?} units used"));
        ensure!(quota.limit.is_none_or(|limit| quota.used <= limit), "more {kind:?} units than granted");
        for one in told.iter().filter(|one| one.outcome == Err(StoreError::QuotaExhausted(kind))) {
            let wanted = asked(one);
            let fits = quota.limit.is_none_or(|limit| quota.used + wanted <= limit);
            ensure!(wanted > 0 && !fits, "{wanted} {kind:?} units were refused, {:?} is what was used", quota);
        }
    }
    let refused = |one: &&&Told| !matches!(one.outcome, Ok(_) | Err(StoreError::QuotaExhausted(_)));
    same!(told.iter().find(refused).map(|one| one.outcome.clone()), None, "an outcome that is neither");
    Ok(())
}

/// Each subject is as one of its commits wrote it, as often created as it was gone before.
async fn subjects_are_whole(
    store: &dyn Store,
    app: &AppId,
    told: &[&Told],
    deleted: impl Iterator<Item = u8>,
) -> CheckResult {
    let mut gone: BTreeMap<u8, usize> = BTreeMap::new();
    deleted.for_each(|who| *gone.entry(who).or_default() += 1);
    for who in 0..SUBJECTS {
        let record = store.subject(app, &subject(&format!("subject-{who}"))?).await?;
        let of = |one: &&&Told| one.written.is_some_and(|(whose, _)| whose == who);
        let wrote = told.iter().filter(of).filter(|one| one.outcome.is_ok());
        let sessions: Vec<SessionId> = wrote.filter_map(|one| one.written.map(|(_, session)| session)).collect();
        ensure!(
            record.as_ref().is_none_or(|record| sessions.contains(&record.session_id)),
            "a subject that nobody wrote"
        );
        let created = told.iter().filter(of).filter(|one| one.outcome == Ok(Committed::Created)).count();
        let there = usize::from(record.is_some());
        same!(created, gone.get(&who).copied().unwrap_or_default() + there, "how often a subject was created");
    }
    Ok(())
}
