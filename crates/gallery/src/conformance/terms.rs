//! How long subjects are kept. Beside the other topics: the checks move a store's clock.

use std::sync::Arc;

use super::check::{CheckResult, ensure, same};
use super::samples::{app, enrolment, free, remember, subject, with_app};
use crate::audit::{AuditFilter, MAX_AUDIT_ROWS};
use crate::{AuditLog, Clock, Commit, Committed, DAY, Erasure, Store, Terms, USES_APART};
use facegate_domain::{AppId, SubjectId, Timestamp};

/// Every check, on one empty store each. `make` opens a store by a clock; with `again`, the same store a second time, as
/// another server does.
pub async fn run<S: Store + AuditLog + 'static>(make: impl AsyncFn(Clock) -> (Arc<S>, Arc<S>)) -> CheckResult {
    let clock = Clock::default();
    who_has_expired_is_not_there(&*make(clock.clone()).await.0, &clock).await?;
    let clock = Clock::default();
    who_has_expired_may_come_back(&*make(clock.clone()).await.0, &clock).await?;
    let clock = Clock::default();
    unused_subjects_become_due(&*make(clock.clone()).await.0, &clock).await?;
    let clock = Clock::default();
    let (one, other) = make(clock.clone()).await;
    of_racing_servers_one_deletes(one, other, &clock).await
}

/// An enrolment that expires so many days from now.
fn until(id: &SubjectId, seed: u32, days: i64, clock: &Clock) -> Result<Commit, super::Complaint> {
    let mut new = enrolment(id, seed)?;
    new.terms = Terms { expires_at: Some(Timestamp(clock.now().0 + days * DAY)), ..new.terms };
    Ok(free(new))
}

async fn due(store: &impl Store) -> Result<Vec<String>, super::Complaint> {
    let mut due: Vec<String> =
        store.due(100).await?.into_iter().map(|due| due.subject_id.as_str().to_owned()).collect();
    due.sort();
    Ok(due)
}

async fn expired_rows(store: &impl AuditLog, app: &AppId) -> Result<usize, super::Complaint> {
    let filter = AuditFilter { app: Some(app.clone()), ..AuditFilter::default() };
    let rows = store.audit_rows(&filter, None, MAX_AUDIT_ROWS).await?;
    Ok(rows.iter().filter(|row| row.entry.action == "expired").count())
}

async fn who_has_expired_is_not_there<S: Store + AuditLog>(store: &S, clock: &Clock) -> CheckResult {
    let bank = with_app(store, app("bank")?).await?;
    let (id, stays) = (subject("budi")?, subject("siti")?);
    let mut commit = until(&id, 1, 2, clock)?;
    commit.remember = Some(remember("k", 1, Some(&id))?);
    let terms = commit.enrolment.as_ref().map(|new| new.terms.clone());
    store.commit(&bank, commit).await?;
    store.commit(&bank, free(enrolment(&stays, 2)?)).await?;
    let stored = store.subject(&bank, &id).await?.map(|record| record.terms);
    same!(stored, terms, "the terms");
    same!(store.templates(None, 10).await?.len(), 2, "templates");
    same!(due(store).await?, Vec::<String>::new(), "nobody is due yet");
    clock.advance(2 * DAY + 1_000_000);
    same!(store.subject(&bank, &id).await?, None, "the record of who has expired");
    same!(store.photo(&bank, &id).await?, None, "the photo");
    same!(store.count(&bank).await?, 1, "count");
    same!(store.templates(None, 10).await?.len(), 1, "templates");
    let page = store.subjects(&bank, None, 10).await?;
    same!(page.iter().map(|one| one.subject_id.as_str()).collect::<Vec<_>>(), vec!["siti"], "the list");
    same!(due(store).await?, vec!["budi"], "who is due");
    // Who stays is not deleted by a sweep that was told so by mistake.
    same!(store.erase(&bank, &stays, &Erasure::due(clock.now())).await?, false, "a sweep of who stays");
    same!(store.erase(&bank, &id, &Erasure::due(clock.now())).await?, true, "a sweep of who has expired");
    same!(store.erase(&bank, &id, &Erasure::due(clock.now())).await?, false, "a second one");
    same!(due(store).await?, Vec::<String>::new(), "nobody is due any more");
    same!(expired_rows(store, &bank).await?, 1, "rows of the log");
    same!(store.count(&bank).await?, 1, "count");
    // A deletion by request of who has expired finds nobody, and yet nothing stays.
    let short = subject("short")?;
    store.commit(&bank, until(&short, 3, 1, clock)?).await?;
    clock.advance(DAY + 1_000_000);
    same!(store.delete_subject(&bank, &short).await?, false, "a deletion of who has expired");
    same!(due(store).await?, Vec::<String>::new(), "who is due after it");
    same!(expired_rows(store, &bank).await?, 2, "rows of the log");
    same!(store.verify_audit().await?.faults, vec![], "faults");
    Ok(())
}

async fn who_has_expired_may_come_back<S: Store + AuditLog>(store: &S, clock: &Clock) -> CheckResult {
    let bank = with_app(store, app("bank")?).await?;
    let id = subject("budi")?;
    store.commit(&bank, until(&id, 1, 1, clock)?).await?;
    // Before it is over an update puts it off, and one without an end takes it away.
    store.commit(&bank, until(&id, 2, 5, clock)?).await?;
    clock.advance(2 * DAY);
    ensure!(store.subject(&bank, &id).await?.is_some(), "an update did not put off the end");
    clock.advance(4 * DAY);
    let again = enrolment(&id, 7)?;
    same!(store.commit(&bank, free(again.clone())).await, Ok(Committed::Created), "an enrolment of who has expired");
    let record = store.subject(&bank, &id).await?;
    same!(record.map(|record| (record.created_at, record.terms)), Some((again.at, again.terms)), "the new record");
    clock.advance(1000 * DAY);
    same!(due(store).await?, Vec::<String>::new(), "who stays for ever is due");
    same!(expired_rows(store, &bank).await?, 1, "rows of the log");
    Ok(())
}

async fn unused_subjects_become_due<S: Store + AuditLog>(store: &S, clock: &Clock) -> CheckResult {
    let mut made = app("bank")?;
    made.created_at = clock.now();
    made.retention_days = Some(30);
    let (bank, shop) = (with_app(store, made).await?, with_app(store, app("shop")?).await?);
    let (id, used) = (subject("budi")?, subject("siti")?);
    for (app, id) in [(&bank, &id), (&bank, &used), (&shop, &id)] {
        store.commit(app, free(enrolment(id, 1)?)).await?;
    }
    same!(store.app(&bank).await?.map(|app| app.retention_days), Some(Some(30)), "the retention");
    clock.advance(20 * DAY);
    store.touch(&bank, std::slice::from_ref(&used)).await?;
    // So soon after it another use is not written down.
    clock.advance(USES_APART / 2);
    store.touch(&bank, &[used.clone(), subject("nobody")?]).await?;
    clock.advance(10 * DAY);
    same!(due(store).await?, vec!["budi"], "who was not used for 30 days");
    ensure!(store.subject(&bank, &id).await?.is_some(), "who is due by disuse is there until it is deleted");
    // A use in the last moment saves it.
    store.touch(&bank, std::slice::from_ref(&id)).await?;
    same!(store.erase(&bank, &id, &Erasure::due(clock.now())).await?, false, "a sweep of who was just used");
    clock.advance(20 * DAY - USES_APART / 2 + 1);
    same!(due(store).await?, vec!["siti"], "30 days after the use that was written down");
    same!(store.erase(&bank, &used, &Erasure::due(clock.now())).await?, true, "a sweep of who is due");
    // Switched off and on again it counts anew.
    store.set_retention(&bank, None).await?;
    clock.advance(1000 * DAY);
    same!(due(store).await?, Vec::<String>::new(), "without retention");
    store.set_retention(&bank, Some(7)).await?;
    same!(due(store).await?, Vec::<String>::new(), "just switched on");
    clock.advance(7 * DAY + 1_000_000);
    same!(due(store).await?, vec!["budi"], "7 days later");
    store.set_retention(&bank, Some(365)).await?;
    same!(due(store).await?, Vec::<String>::new(), "lengthened");
    same!(store.set_retention(&AppId::generate(), None).await, Err(crate::StoreError::UnknownApp), "of no app");
    Ok(())
}

async fn of_racing_servers_one_deletes<S: Store + AuditLog + 'static>(
    one: Arc<S>,
    other: Arc<S>,
    clock: &Clock,
) -> CheckResult {
    let bank = with_app(&*one, app("bank")?).await?;
    for seed in 0..40 {
        one.commit(&bank, until(&subject(&format!("subject {seed}"))?, seed, 1, clock)?).await?;
    }
    clock.advance(2 * DAY);
    let mut tasks = Vec::new();
    for store in [one.clone(), other.clone(), one.clone(), other] {
        let clock = clock.clone();
        tasks.push(tokio::spawn(async move {
            let mut deleted = 0;
            for due in store.due(100).await? {
                deleted += u64::from(store.erase(&due.app, &due.subject_id, &Erasure::due(clock.now())).await?);
            }
            Ok::<_, crate::StoreError>(deleted)
        }));
    }
    let mut deleted = 0;
    for task in tasks {
        deleted += task.await??;
    }
    same!(deleted, 40, "deletions");
    same!(expired_rows(&*one, &bank).await?, 40, "rows of the log");
    same!(one.verify_audit().await?.faults, vec![], "faults");
    Ok(())
}
