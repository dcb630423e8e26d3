//! Apps do not see, change or count each other's subjects.

use std::sync::Arc;

use facegate_domain::AppId;

use super::check::{CheckResult, Complaint, ensure, same, topic};
use super::samples::{app, enrolment, free, metered, subject, units, with_app};
use crate::{Committed, Enrolment, Store};

topic!(
    "isolation",
    [
        one_id_in_two_apps_is_two_subjects,
        a_deletion_stays_in_its_app,
        neighbouring_names_do_not_run_together,
        app_ids_differ_by_case,
        units_are_taken_from_the_own_app,
    ]
);

/// The app's subject and photo are those of the enrolment.
async fn holds(store: &dyn Store, app: &AppId, enrolment: &Enrolment) -> CheckResult {
    let record = store.subject(app, &enrolment.subject_id).await?;
    let record = record.ok_or_else(|| Complaint::new("the subject is gone"))?;
    same!(record.session_id, enrolment.session_id, "the session that wrote the subject");
    ensure!(record.template == enrolment.template, "the template is another's");
    ensure!(store.photo(app, &enrolment.subject_id).await? == enrolment.photo, "the photo is another's");
    Ok(())
}

async fn one_id_in_two_apps_is_two_subjects(store: Arc<dyn Store>) -> CheckResult {
    let (a, b) = (with_app(&*store, app("a")?).await?, with_app(&*store, app("b")?).await?);
    let id = subject("budi")?;
    let (first, second, third) = (enrolment(&id, 1)?, enrolment(&id, 2)?, enrolment(&id, 3)?);
    same!(store.commit(&a, free(first.clone())).await, Ok(Committed::Created), "in the first app");
    same!(store.subject(&b, &id).await?, None, "seen from the other app");
    same!(store.photo(&b, &id).await?, None, "its photo seen from the other app");
    same!(store.count(&b).await?, 0, "counted from the other app");
    same!(store.commit(&b, free(second.clone())).await, Ok(Committed::Created), "in the other app");
    holds(&*store, &a, &first).await?;
    holds(&*store, &b, &second).await?;
    same!(store.commit(&b, free(third.clone())).await, Ok(Committed::Updated), "updating in the other app");
    holds(&*store, &a, &first).await?;
    holds(&*store, &b, &third).await
}

async fn a_deletion_stays_in_its_app(store: Arc<dyn Store>) -> CheckResult {
    let (a, b) = (with_app(&*store, app("a")?).await?, with_app(&*store, app("b")?).await?);
    let id = subject("budi")?;
    let kept = enrolment(&id, 1)?;
    store.commit(&a, free(kept.clone())).await?;
    same!(store.delete_subject(&b, &id).await?, false, "deleting from an app that has no such subject");
    holds(&*store, &a, &kept).await?;
    store.commit(&b, free(enrolment(&id, 2)?)).await?;
    same!(store.delete_subject(&b, &id).await?, true, "deleting the namesake");
    holds(&*store, &a, &kept).await?;
    store.delete_app(&b).await?;
    holds(&*store, &a, &kept).await?;
    same!(store.count(&a).await?, 1, "count");
    Ok(())
}

async fn neighbouring_names_do_not_run_together(store: Arc<dyn Store>) -> CheckResult {
    let (short, long) = (with_app(&*store, app("a")?).await?, with_app(&*store, app("a-b")?).await?);
    let (first, second) = (enrolment(&subject("b-c")?, 1)?, enrolment(&subject("c")?, 2)?);
    store.commit(&short, free(first.clone())).await?;
    store.commit(&long, free(second.clone())).await?;
    same!(store.subject(&long, &first.subject_id).await?, None, "a subject of the other app");
    same!(store.subject(&short, &second.subject_id).await?, None, "a subject of the other app");
    store.delete_app(&short).await?;
    holds(&*store, &long, &second).await
}

async fn app_ids_differ_by_case(store: Arc<dyn Store>) -> CheckResult {
    let (upper, lower) = (with_app(&*store, app("BANK")?).await?, with_app(&*store, app("bank")?).await?);
    let id = subject("budi")?;
    store.commit(&upper, free(enrolment(&id, 1)?)).await?;
    same!(store.subject(&lower, &id).await?, None, "a subject of the app in capitals");
    store.delete_app(&lower).await?;
    same!(store.count(&upper).await?, 1, "count");
    Ok(())
}

async fn units_are_taken_from_the_own_app(store: Arc<dyn Store>) -> CheckResult {
    let a = with_app(&*store, metered("a", Some(1), Some(1))?).await?;
    let b = with_app(&*store, metered("b", Some(1), Some(1))?).await?;
    store.commit(&a, units(1, 1)).await?;
    same!(store.commit(&b, units(1, 1)).await, Ok(Committed::Charged), "the other app's unit");
    let change = crate::QuotaChange { enroll: Some(None), liveness: None };
    store.set_quotas(&a, change).await?;
    same!(store.app(&b).await?.and_then(|app| app.enroll.limit), Some(1), "the other app's limit");
    Ok(())
}
