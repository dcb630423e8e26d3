//! Apps and their keys: what the operator writes is what authentication reads.

use std::sync::Arc;

use facegate_domain::{AppMode, KeyDigest, Quota, Timestamp};

use super::check::{CheckResult, ensure, same, topic};
use super::samples::{app, enrolment, free, key, metered, subject, units, with_app};
use crate::{QuotaChange, Store, StoreError};

topic!(
    "apps",
    [
        an_app_reads_back_as_written,
        an_id_is_taken_once,
        of_racing_creators_one_wins,
        apps_come_oldest_first,
        limits_change_and_use_stays,
        a_new_key_leaves_the_old_in_force,
        a_revoked_key_stays_revoked,
        no_app_no_change,
        a_deleted_app_leaves_nothing,
    ]
);

async fn an_app_reads_back_as_written(store: Arc<dyn Store>) -> CheckResult {
    same!(store.apps().await?, vec![], "apps of an empty store");
    for (mode, id) in [(AppMode::Live, "live-1"), (AppMode::Testing, "Testing_2"), (AppMode::Sandbox, "3")] {
        let mut wanted = metered(id, Some(7), Some(i64::MAX as u64))?;
        wanted.mode = mode;
        wanted.name = "Банк 银行 🏦 'quoted' %_".into();
        wanted.enroll.used = 3;
        wanted.keys.push(key(wanted.keys[0].created_at.0));
        wanted.keys[0].revoked_at = Some(Timestamp(1_700_000_000_000_003));
        store.create_app(&wanted).await?;
        same!(store.app(&wanted.id).await?, Some(wanted), "the app");
    }
    let mut bare = app("bare")?;
    (bare.name, bare.keys) = (String::new(), vec![]);
    store.create_app(&bare).await?;
    same!(store.app(&bare.id).await?, Some(bare), "an app without a name and without keys");
    same!(store.app(&app("absent")?.id).await?, None, "an app that was never made");
    Ok(())
}

async fn an_id_is_taken_once(store: Arc<dyn Store>) -> CheckResult {
    let first = app("bank")?;
    store.create_app(&first).await?;
    let mut second = metered("bank", Some(1), None)?;
    second.name = "Impostor".into();
    same!(store.create_app(&second).await, Err(StoreError::AppExists), "creating an id again");
    same!(store.app(&first.id).await?, Some(first), "the app that was there first");
    Ok(())
}

async fn of_racing_creators_one_wins(store: Arc<dyn Store>) -> CheckResult {
    let mut tasks = Vec::new();
    for number in 0..8 {
        let (store, mut app) = (store.clone(), app("bank")?);
        app.name = format!("creator {number}");
        tasks.push(tokio::spawn(async move { (store.create_app(&app).await, app) }));
    }
    let mut winners = Vec::new();
    for task in tasks {
        match task.await? {
            (Ok(()), app) => winners.push(app),
            (Err(error), _) => same!(error, StoreError::AppExists, "the error of a losing creator"),
        }
    }
    same!(store.apps().await?, winners, "the only app is the only winner's");
    same!(winners.len(), 1, "winners");
    Ok(())
}

async fn apps_come_oldest_first(store: Arc<dyn Store>) -> CheckResult {
    for (id, created) in [("c", 20), ("B", 10), ("a", 20), ("d", 5), ("b", 20)] {
        let mut app = app(id)?;
        app.created_at = Timestamp(created);
        store.create_app(&app).await?;
    }
    let apps = store.apps().await?;
    let order: Vec<&str> = apps.iter().map(|app| app.id.as_str()).collect();
    same!(order, ["d", "B", "a", "b", "c"], "order by creation, then id");
    ensure!(apps.iter().all(|app| app.keys.len() == 1), "an app in the list lacks its key or has another's");
    Ok(())
}

async fn limits_change_and_use_stays(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(10), Some(10))?).await?;
    store.commit(&id, units(4, 2)).await?;
    let quotas = async || store.app(&id).await.map(|app| app.map(|app| (app.enroll, app.liveness)));
    let quota = |limit, used| Quota { limit, used };
    store.set_quotas(&id, QuotaChange { enroll: Some(Some(5)), liveness: None }).await?;
    same!(quotas().await?, Some((quota(Some(5), 4), quota(Some(10), 2))), "after one limit changed");
    store.set_quotas(&id, QuotaChange { enroll: Some(Some(1)), liveness: Some(None) }).await?;
    same!(quotas().await?, Some((quota(Some(1), 4), quota(None, 2))), "after one was lowered, one lifted");
    store.set_quotas(&id, QuotaChange::default()).await?;
    same!(quotas().await?, Some((quota(Some(1), 4), quota(None, 2))), "after no change");
    Ok(())
}

async fn a_new_key_leaves_the_old_in_force(store: Arc<dyn Store>) -> CheckResult {
    let mut wanted = app("bank")?;
    store.create_app(&wanted).await?;
    for created in [1_700_000_000_000_010, 1_700_000_000_000_010, 1_700_000_000_000_009] {
        let new = key(created);
        store.add_key(&wanted.id, &new).await?;
        wanted.keys.push(new);
    }
    // Oldest first; of two made in the same microsecond the one added first.
    wanted.keys.sort_by_key(|key| key.created_at);
    let found = store.app(&wanted.id).await?;
    ensure!(
        found.as_ref().is_some_and(|app| wanted.keys.iter().all(|key| app.accepts(&key.digest))),
        "a key is not accepted"
    );
    same!(found, Some(wanted), "the app with its keys");
    Ok(())
}

async fn a_revoked_key_stays_revoked(store: Arc<dyn Store>) -> CheckResult {
    let mut wanted = app("bank")?;
    let other = app("other")?;
    wanted.keys.push(key(1_700_000_000_000_005));
    store.create_app(&wanted).await?;
    store.create_app(&other).await?;
    let old = wanted.keys[0].digest;
    store.revoke_key(&wanted.id, &old, Timestamp(77)).await?;
    wanted.keys[0].revoked_at = Some(Timestamp(77));
    let revoke = async |digest: &KeyDigest| store.revoke_key(&wanted.id, digest, Timestamp(99)).await;
    same!(revoke(&old).await, Err(StoreError::UnknownKey), "revoking again");
    same!(revoke(&KeyDigest::NONE).await, Err(StoreError::UnknownKey), "revoking a key that never was");
    same!(revoke(&other.keys[0].digest).await, Err(StoreError::UnknownKey), "revoking another app's key");
    same!(store.app(&wanted.id).await?, Some(wanted), "the app");
    same!(store.app(&other.id).await?, Some(other), "the other app");
    Ok(())
}

async fn no_app_no_change(store: Arc<dyn Store>) -> CheckResult {
    let absent = app("absent")?;
    let id = &absent.id;
    let change = QuotaChange { enroll: Some(Some(1)), liveness: None };
    same!(store.set_quotas(id, change).await, Err(StoreError::UnknownApp), "set_quotas");
    same!(store.add_key(id, &absent.keys[0]).await, Err(StoreError::UnknownApp), "add_key");
    let revoked = store.revoke_key(id, &absent.keys[0].digest, Timestamp(1)).await;
    same!(revoked, Err(StoreError::UnknownKey), "revoke_key");
    same!(store.delete_app(id).await, Err(StoreError::UnknownApp), "delete_app");
    let enrol = free(enrolment(&subject("budi")?, 1)?);
    same!(store.commit(id, enrol).await, Err(StoreError::UnknownApp), "commit of an enrolment");
    same!(store.commit(id, units(1, 0)).await, Err(StoreError::UnknownApp), "commit of a charge");
    same!(store.commit(id, units(0, 0)).await, Err(StoreError::UnknownApp), "commit of nothing");
    same!(store.subject(id, &subject("budi")?).await?, None, "subject");
    same!(store.photo(id, &subject("budi")?).await?, None, "photo");
    same!(store.delete_subject(id, &subject("budi")?).await?, false, "delete_subject");
    same!(store.count(id).await?, 0, "count");
    same!(store.apps().await?, vec![], "apps");
    Ok(())
}

async fn a_deleted_app_leaves_nothing(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, metered("bank", Some(9), None)?).await?;
    let other = with_app(&*store, app("other")?).await?;
    for seed in 0..5 {
        let id = subject(&format!("subject {seed}"))?;
        store.commit(&bank, free(enrolment(&id, seed)?)).await?;
        store.commit(&other, free(enrolment(&id, seed)?)).await?;
    }
    store.commit(&bank, units(9, 1)).await?;
    store.delete_app(&bank).await?;
    same!(store.delete_app(&bank).await, Err(StoreError::UnknownApp), "deleting again");
    same!(store.app(&bank).await?, None, "the deleted app");
    same!(store.count(&bank).await?, 0, "its subjects");
    same!(store.photo(&bank, &subject("subject 1")?).await?, None, "its photos");
    same!(store.count(&other).await?, 5, "the other app's subjects");
    let again = app("bank")?;
    store.create_app(&again).await?;
    same!(store.app(&bank).await?, Some(again), "an app made anew under the same id");
    same!(store.count(&bank).await?, 0, "subjects of the app made anew");
    same!(store.subject(&bank, &subject("subject 1")?).await?, None, "a subject of its predecessor");
    same!(store.photo(&bank, &subject("subject 1")?).await?, None, "a photo of its predecessor");
    Ok(())
}
