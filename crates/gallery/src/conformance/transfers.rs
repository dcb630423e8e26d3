//! The sibling suite for stores that are copied: what a snapshot gives and an import writes is the same, record by record.

use std::sync::Arc;

use facegate_domain::{App, AppId, SubjectId, Timestamp};

use super::Failed;
use super::check::{CheckResult, Complaint, ensure, same};
use super::samples::{app, enrolment, free, key, metered, subject, units, with_app};
use crate::{Importer, Snapshot, Snapshots, Store, StoreError, WholeApp, WholeSubject};

/// A store that can be copied.
pub trait TransferStore: Store + Snapshots + Importer {}

impl<T: Store + Snapshots + Importer> TransferStore for T {}

type Make<'a> = &'a dyn AsyncMake;

/// Makes empty stores of one master key.
#[async_trait::async_trait]
pub trait AsyncMake: Send + Sync {
    /// An empty store.
    async fn make(&self) -> Arc<dyn TransferStore>;
}

/// Runs every check of copying. As [`run_all`](super::run_all).
pub async fn run_transfers(make: &dyn AsyncMake) -> Result<(), Failed> {
    let outcomes = [
        ("transfers::a_copy_is_the_original", a_copy_is_the_original(make).await),
        ("transfers::a_snapshot_is_of_one_moment", a_snapshot_is_of_one_moment(make).await),
        ("transfers::pages_give_everyone_once", pages_give_everyone_once(make).await),
        ("transfers::the_same_again_changes_nothing", the_same_again_changes_nothing(make).await),
        ("transfers::another_app_of_the_id_is_refused", another_app_of_the_id_is_refused(make).await),
        ("transfers::a_batch_is_written_or_not", a_batch_is_written_or_not(make).await),
        ("transfers::what_was_imported_lives_on", what_was_imported_lives_on(make).await),
    ];
    let failed: Vec<String> = outcomes
        .into_iter()
        .filter_map(|(name, outcome)| outcome.err().map(|complaint| format!("{name}: {complaint}")))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failed(failed)) }
}

/// All of one app, in pages of `limit`.
async fn all(snapshot: &mut dyn Snapshot, app: &AppId, limit: usize) -> Result<Vec<WholeSubject>, Complaint> {
    let mut all: Vec<WholeSubject> = Vec::new();
    loop {
        let after = all.last().map(|last| last.record.subject_id.clone());
        let page = snapshot.subjects(app, after.as_ref(), limit).await?;
        ensure!(page.len() <= limit, "a page of {} where {limit} were asked for", page.len());
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Everything in the store.
async fn contents(store: &dyn TransferStore) -> Result<Vec<(WholeApp, Vec<WholeSubject>)>, Complaint> {
    let mut snapshot = store.snapshot().await?;
    let mut contents = Vec::new();
    for app in snapshot.apps().await? {
        let subjects = all(&mut *snapshot, &app.app.id, 7).await?;
        same!(app.subjects, subjects.len() as u64, "the count of an app's subjects");
        contents.push((app, subjects));
    }
    Ok(contents)
}

async fn fill(store: &dyn TransferStore, id: &AppId, seeds: std::ops::Range<u32>) -> CheckResult {
    for seed in seeds {
        let mut one = enrolment(&subject(&format!("subject {seed:03}"))?, seed)?;
        if seed % 4 == 1 {
            one.photo = None;
        }
        if seed % 3 == 1 {
            // In the year 2099.
            one.terms.expires_at = Some(Timestamp(4_070_908_800_000_000));
        }
        store.commit(id, free(one)).await?;
    }
    Ok(())
}

/// Two apps with all that an app can have, and one without anything.
async fn sample(store: &dyn TransferStore) -> Result<(AppId, AppId), Complaint> {
    let bank = with_app(store, metered("bank", Some(40), None)?).await?;
    store.add_key(&bank, &key(1_700_000_000_000_007)).await?;
    let first = store.app(&bank).await?.and_then(|app| app.keys.first().cloned());
    let first = first.ok_or_else(|| Complaint::new("the app has no key"))?;
    store.revoke_key(&bank, &first.digest, Timestamp(1_700_000_000_000_009)).await?;
    store.commit(&bank, units(3, 2)).await?;
    fill(store, &bank, 0..23).await?;
    // An update, whose times differ.
    store.commit(&bank, free(enrolment(&subject("subject 004")?, 99)?)).await?;
    let shop = with_app(store, app("shop")?).await?;
    store.commit(&shop, free(enrolment(&subject("subject 004")?, 7)?)).await?;
    with_app(store, App { retention_days: Some(30_000), ..app("bare")? }).await?;
    Ok((bank, shop))
}

async fn copy(from: &dyn TransferStore, to: &dyn TransferStore) -> CheckResult {
    for (app, subjects) in contents(from).await? {
        ensure!(to.import_app(&app.app, Some(&app.key)).await?, "an app was there already");
        to.import_subjects(&app.app.id, subjects).await?;
    }
    Ok(())
}

async fn a_copy_is_the_original(make: Make<'_>) -> CheckResult {
    let (from, to) = (make.make().await, make.make().await);
    let (bank, shop) = sample(&*from).await?;
    copy(&*from, &*to).await?;
    let (originals, copies) = (contents(&*from).await?, contents(&*to).await?);
    same!(copies.len(), 3, "apps of the copy");
    for ((original, subjects), (copy, copied)) in originals.iter().zip(&copies) {
        same!(copy, original, "an app");
        ensure!(subjects == copied, "the subjects of an app differ");
    }
    // The ways by which the use cases read.
    for (app, id) in [(&bank, "subject 004"), (&bank, "subject 001"), (&shop, "subject 004")] {
        let id = subject(id)?;
        let record = from.subject(app, &id).await?;
        ensure!(record.is_some() && to.subject(app, &id).await? == record, "a record differs");
        ensure!(to.photo(app, &id).await? == from.photo(app, &id).await?, "a photo differs");
    }
    same!(to.apps().await?, from.apps().await?, "the operator's list");
    Ok(())
}

async fn a_snapshot_is_of_one_moment(make: Make<'_>) -> CheckResult {
    let store = make.make().await;
    let (bank, shop) = sample(&*store).await?;
    let before = contents(&*store).await?;
    let mut snapshot = store.snapshot().await?;
    store.commit(&bank, free(enrolment(&subject("subject 999")?, 999)?)).await?;
    store.commit(&bank, free(enrolment(&subject("subject 002")?, 998)?)).await?;
    store.delete_subject(&bank, &subject("subject 003")?).await?;
    store.commit(&bank, units(1, 0)).await?;
    store.delete_app(&shop).await?;
    with_app(&*store, app("later")?).await?;
    same!(snapshot.apps().await?.len(), before.len(), "apps of the snapshot");
    for (app, subjects) in &before {
        ensure!(snapshot.apps().await?.contains(app), "an app is not as it was");
        ensure!(all(&mut *snapshot, &app.app.id, 5).await? == *subjects, "the subjects of an app are not as they were");
    }
    drop(snapshot);
    let now = contents(&*store).await?;
    same!(now.len(), 3, "apps of a later snapshot");
    let found = now.iter().find(|(app, _)| app.app.id == bank).map(|(app, _)| app.subjects);
    same!(found, Some(23), "subjects of a later snapshot");
    Ok(())
}

async fn pages_give_everyone_once(make: Make<'_>) -> CheckResult {
    let store = make.make().await;
    let (bank, _) = sample(&*store).await?;
    let mut snapshot = store.snapshot().await?;
    let whole = all(&mut *snapshot, &bank, 100).await?;
    same!(whole.len(), 23, "subjects");
    let ids: Vec<&SubjectId> = whole.iter().map(|subject| &subject.record.subject_id).collect();
    ensure!(ids.is_sorted(), "they are not in the order of their ids");
    for limit in [1, 2, 23, 24] {
        ensure!(all(&mut *snapshot, &bank, limit).await? == whole, "pages of {limit} give others");
    }
    for one in &whole {
        same!(one.record.has_photo, one.photo.is_some(), "whether there is a photo");
    }
    let nobody = AppId::parse("nobody").map_err(|error| Complaint::new(error.to_string()))?;
    ensure!(snapshot.subjects(&nobody, None, 5).await?.is_empty(), "an app that is not there has subjects");
    Ok(())
}

async fn the_same_again_changes_nothing(make: Make<'_>) -> CheckResult {
    let (from, to) = (make.make().await, make.make().await);
    let (bank, _) = sample(&*from).await?;
    copy(&*from, &*to).await?;
    let before = contents(&*to).await?;
    for (app, subjects) in contents(&*from).await? {
        ensure!(!to.import_app(&app.app, Some(&app.key)).await?, "an app was added twice");
        to.import_subjects(&app.app.id, subjects).await?;
    }
    ensure!(contents(&*to).await? == before, "a second import changed something");
    // A record that differs is replaced, its photo too.
    let mut snapshot = from.snapshot().await?;
    let mut changed = snapshot.subjects(&bank, None, 2).await?;
    changed.truncate(1);
    for one in &mut changed {
        one.photo = None;
        one.record.has_photo = false;
        one.record.created_at = Timestamp(5);
        one.record.nface = 3;
    }
    to.import_subjects(&bank, changed.clone()).await?;
    let mut snapshot = to.snapshot().await?;
    let found = snapshot.subjects(&bank, None, 1).await?;
    ensure!(found == changed, "the record was not replaced");
    same!(to.count(&bank).await?, 23, "subjects");
    Ok(())
}

async fn another_app_of_the_id_is_refused(make: Make<'_>) -> CheckResult {
    let (from, to) = (make.make().await, make.make().await);
    sample(&*from).await?;
    copy(&*from, &*to).await?;
    let apps = from.snapshot().await?.apps().await?;
    let [first, second, ..] = apps.as_slice() else { return Err(Complaint::new("there are not enough apps")) };
    let later = App { created_at: Timestamp(first.app.created_at.0 + 1), ..first.app.clone() };
    let keyless = App { keys: Vec::new(), ..first.app.clone() };
    let before = contents(&*to).await?;
    for other in [&later, &keyless] {
        same!(to.import_app(other, Some(&first.key)).await, Err(StoreError::AppExists), "another app of the id");
        same!(to.import_app(other, None).await, Err(StoreError::AppExists), "another app of the id, without a key");
    }
    ensure!(!to.import_app(&first.app, None).await?, "the same app was added twice");
    // Another app's key opens nothing here.
    let refused = to.import_app(&first.app, Some(&second.key)).await;
    ensure!(refused.is_err(), "the key of another app was taken");
    let new = app("new")?;
    ensure!(to.import_app(&new, Some(&second.key)).await.is_err(), "the key of another app was taken for a new one");
    ensure!(to.app(&new.id).await?.is_none(), "an app without a key was left");
    ensure!(contents(&*to).await? == before, "a refusal changed something");
    // Without a key an app gets one of its own.
    ensure!(to.import_app(&new, None).await?, "a new app was not added");
    let made = contents(&*to).await?.into_iter().find(|(app, _)| app.app == new);
    ensure!(
        made.is_some_and(|(app, _)| apps.iter().all(|other| other.key != app.key)),
        "a new app has no key of its own"
    );
    Ok(())
}

async fn a_batch_is_written_or_not(make: Make<'_>) -> CheckResult {
    let (from, to) = (make.make().await, make.make().await);
    let (bank, _) = sample(&*from).await?;
    let subjects = all(&mut *from.snapshot().await?, &bank, 50).await?;
    same!(to.import_subjects(&bank, subjects.clone()).await, Err(StoreError::UnknownApp), "subjects of no app");
    let app = from.app(&bank).await?.ok_or_else(|| Complaint::new("the app is gone"))?;
    to.import_app(&app, None).await?;
    same!(to.count(&bank).await?, 0, "subjects after a refusal");
    to.import_subjects(&bank, Vec::new()).await?;
    to.import_subjects(&bank, subjects).await?;
    same!(to.count(&bank).await?, 23, "subjects");
    // No units were taken.
    same!(to.app(&bank).await?, Some(app), "the app");
    Ok(())
}

async fn what_was_imported_lives_on(make: Make<'_>) -> CheckResult {
    let (from, to) = (make.make().await, make.make().await);
    let (bank, _) = sample(&*from).await?;
    copy(&*from, &*to).await?;
    let id = subject("subject 004")?;
    let before = to.subject(&bank, &id).await?.ok_or_else(|| Complaint::new("a subject is missing"))?;
    to.commit(&bank, free(enrolment(&id, 500)?)).await?;
    let after = to.subject(&bank, &id).await?.ok_or_else(|| Complaint::new("a subject is missing"))?;
    same!(after.created_at, before.created_at, "the first enrolment");
    ensure!(after.updated_at > before.updated_at && after.template != before.template, "an update had no effect");
    ensure!(to.delete_subject(&bank, &id).await?, "a subject was not deleted");
    to.delete_app(&bank).await?;
    same!(to.count(&bank).await?, 0, "subjects of a deleted app");
    // What was deleted can come again.
    let (app, subjects) = contents(&*from).await?.remove(0);
    ensure!(to.import_app(&app.app, Some(&app.key)).await?, "a deleted app is still there");
    to.import_subjects(&app.app.id, subjects).await?;
    Ok(())
}
