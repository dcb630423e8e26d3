//! Random operations on a backend and on [`ModelStore`](super::ModelStore): every answer must be the same.

use facegate_domain::{KeyRecord, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::check::{CheckResult, Complaint, same};
use super::pages::{all_subjects, all_templates};
use super::samples::{enrolment, idempotency_key, metered, remember, sha256, subject, units};
use crate::{QuotaChange, Remember, Store};

/// Tries a check with so many random values, twenty times as many with `FACEGATE_FULL=1`; the smallest one that fails, in words.
pub fn tried<S: Strategy>(cases: u32, values: S, check: impl Fn(&S::Value) -> CheckResult) -> Result<(), String> {
    let cases = if std::env::var_os("FACEGATE_FULL").is_some() { 20 * cases } else { cases };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let told = |complaint: Complaint| TestCaseError::fail(complaint.to_string());
    TestRunner::new(config).run(&values, |value| check(&value).map_err(told)).map_err(|failure| failure.to_string())
}

/// One operation; small numbers choose among few apps, subjects and keys, so that operations meet.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Creates app `app` with limits (enroll, liveness).
    Create(u8, Option<u64>, Option<u64>),
    /// Deletes an app.
    DeleteApp(u8),
    /// Changes an app's limits.
    SetQuotas(u8, Option<Option<u64>>, Option<Option<u64>>),
    /// Adds a key with this number to the app.
    AddKey(u8, u8),
    /// Revokes the app's key with this number.
    Revoke(u8, u8),
    /// Commits units (enroll, liveness), if there is a subject an enrolment with a photo of that many bytes, and if there
    /// is a key (its number, and for how many steps it lasts) an answer that names the subject.
    Commit(u8, u64, u64, Option<(u8, Option<u16>)>, Option<(u8, u8)>),
    /// Deletes a subject.
    Delete(u8, u8),
}

const APPS: u8 = 3;
const SUBJECTS: u8 = 4;
const KEYS: u8 = 3;
/// More steps than there are operations.
const LASTS: u8 = 100;

fn operation() -> impl Strategy<Value = Operation> {
    let limit = || proptest::option::of(0..6u64);
    let units = || prop_oneof![3 => Just(0), 3 => Just(1), 1 => 2..4u64];
    let photo = proptest::option::of(0..20_000u16);
    let lasts = prop_oneof![Just(1), Just(4), Just(LASTS)];
    let remember = proptest::option::of((0..KEYS, lasts));
    prop_oneof![
        2 => (0..APPS, limit(), limit()).prop_map(|(a, e, l)| Operation::Create(a, e, l)),
        1 => (0..APPS).prop_map(Operation::DeleteApp),
        2 => (0..APPS, proptest::option::of(limit()), proptest::option::of(limit()))
            .prop_map(|(a, e, l)| Operation::SetQuotas(a, e, l)),
        1 => (0..APPS, any::<u8>()).prop_map(|(a, k)| Operation::AddKey(a, k)),
        1 => (0..APPS, 0..3u8).prop_map(|(a, k)| Operation::Revoke(a, k)),
        8 => (0..APPS, units(), units(), proptest::option::weighted(0.8, (0..SUBJECTS, photo)), remember)
            .prop_map(|(a, e, l, s, r)| Operation::Commit(a, e, l, s, r)),
        2 => (0..APPS, 0..SUBJECTS).prop_map(|(a, s)| Operation::Delete(a, s)),
    ]
}

/// Up to 30 operations; the first creates an app, so that something happens.
pub fn operations() -> impl Strategy<Value = Vec<Operation>> {
    proptest::collection::vec(operation(), 1..30).prop_map(|mut operations| {
        operations.insert(0, Operation::Create(0, None, Some(3)));
        operations
    })
}

/// Does the operations on both stores (both as they are before, which must be alike) and compares every answer and,
/// in the end, everything that can be read.
pub async fn compare(store: &dyn Store, model: &dyn Store, operations: &[Operation]) -> CheckResult {
    for (step, operation) in operations.iter().enumerate() {
        apply(store, model, step as u32, operation)
            .await
            .map_err(|complaint| Complaint::new(format!("step {step}: {complaint}")))?;
    }
    compare_contents(store, model).await
}

fn key_name(key: u8) -> String {
    format!("key-{key}")
}

async fn apply(store: &dyn Store, model: &dyn Store, step: u32, operation: &Operation) -> CheckResult {
    /// Awaits the same call on both and compares.
    macro_rules! both {
        ($call:ident($($argument:expr),*)) => {
            same!(store.$call($($argument),*).await, model.$call($($argument),*).await, stringify!($call))
        };
    }
    let name = |app: u8| format!("app-{app}");
    match operation.clone() {
        Operation::Create(app, enroll, liveness) => {
            let mut app = metered(&name(app), enroll, liveness)?;
            app.created_at = Timestamp(i64::from(step));
            both!(create_app(&app))
        }
        Operation::DeleteApp(app) => both!(delete_app(&metered(&name(app), None, None)?.id)),
        Operation::SetQuotas(app, enroll, liveness) => {
            both!(set_quotas(&metered(&name(app), None, None)?.id, QuotaChange { enroll, liveness }))
        }
        Operation::AddKey(app, key) => {
            let digest = facegate_domain::KeyDigest(sha256(&step.to_le_bytes()));
            let key = KeyRecord { digest, created_at: Timestamp(i64::from(key)), revoked_at: None };
            both!(add_key(&metered(&name(app), None, None)?.id, &key))
        }
        Operation::Revoke(app, key) => {
            let id = metered(&name(app), None, None)?.id;
            let keys = model.app(&id).await?.map(|app| app.keys).unwrap_or_default();
            let digest = keys.get(usize::from(key)).map_or(facegate_domain::KeyDigest::NONE, |key| key.digest);
            both!(revoke_key(&id, &digest, Timestamp(i64::from(step))))
        }
        Operation::Commit(app, enroll, liveness, who, kept) => {
            let id = metered(&name(app), None, None)?.id;
            let mut commit = units(enroll, liveness);
            if let Some((who, photo)) = who {
                let mut enrolment = enrolment(&subject(&format!("subject-{who}"))?, step)?;
                enrolment.photo = photo.map(|length| super::samples::photo(u64::from(step), length.into()));
                commit.enrolment = Some(enrolment);
            }
            if let Some((key, lasts)) = kept {
                let names = commit.enrolment.as_ref().map(|enrolment| &enrolment.subject_id);
                let expires_at = Timestamp(i64::from(step) + i64::from(lasts));
                commit.remember = Some(Remember { expires_at, ..remember(&key_name(key), step, names)? });
            }
            both!(commit(&id, commit.clone()))
        }
        Operation::Delete(app, who) => {
            both!(delete_subject(&metered(&name(app), None, None)?.id, &subject(&format!("subject-{who}"))?))
        }
    }
    Ok(())
}

/// Whether both stores hold the same; of the answers, those that outlast all operations.
pub async fn compare_contents(store: &dyn Store, model: &dyn Store) -> CheckResult {
    same!(store.apps().await?, model.apps().await?, "apps");
    for app in 0..APPS {
        let id = metered(&format!("app-{app}"), None, None)?.id;
        same!(store.app(&id).await?, model.app(&id).await?, "app");
        same!(store.count(&id).await?, model.count(&id).await?, "count");
        for who in 0..SUBJECTS {
            let who = subject(&format!("subject-{who}"))?;
            same!(store.subject(&id, &who).await?, model.subject(&id, &who).await?, "subject");
            same!(store.photo(&id, &who).await? == model.photo(&id, &who).await?, true, "photos are equal");
        }
        for limit in [1, 3] {
            same!(all_subjects(store, &id, limit).await?, all_subjects(model, &id, limit).await?, "pages");
        }
        for key in 0..KEYS {
            let (key, now) = (idempotency_key(&key_name(key))?, Timestamp(i64::from(LASTS) / 2));
            same!(store.remembered(&id, &key, now).await?, model.remembered(&id, &key, now).await?, "a kept answer");
        }
    }
    same!(all_templates(store, 2).await?, all_templates(model, 2).await?, "templates");
    Ok(())
}
