//! Subjects: what an enrolment writes, replaces and removes.

use std::sync::Arc;

use facegate_domain::{ModelId, Template};

use super::check::{CheckResult, Complaint, ensure, same, topic};
use super::samples::{app, enrolment, free, photo, sha256, subject, template, with_app};
use crate::{Charge, Commit, Committed, Enrolment, Store, StoreError, SubjectRecord};

topic!(
    "subjects",
    [
        an_enrolment_reads_back_as_written,
        an_update_replaces_all_and_keeps_the_first_time,
        an_update_without_a_photo_removes_the_photo,
        a_deleted_subject_is_gone_and_may_come_back,
        large_photos_survive,
        ids_are_told_apart_byte_by_byte,
        template_bits_survive,
        the_first_enrolment_decides_the_model,
        racing_updates_leave_one_whole_state,
        a_working_store_is_healthy,
    ]
);

/// The record that the enrolment writes for a new subject.
fn record(enrolment: &Enrolment) -> SubjectRecord {
    SubjectRecord {
        subject_id: enrolment.subject_id.clone(),
        created_at: enrolment.at,
        updated_at: enrolment.at,
        session_id: enrolment.session_id,
        template: enrolment.template.clone(),
        nface: enrolment.nface,
        rotation: enrolment.rotation,
        photo_sha256: enrolment.photo_sha256,
        has_photo: enrolment.photo.is_some(),
        terms: enrolment.terms.clone(),
    }
}

async fn the_first_enrolment_decides_the_model(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let model = async || Ok::<_, Complaint>(store.app(&bank).await?.and_then(|app| app.model));
    same!(model().await?, None, "the model of an app without subjects");
    let (one, two) = (enrolment(&subject("one")?, 1)?, enrolment(&subject("two")?, 2)?);
    store.commit(&bank, free(one.clone())).await?;
    same!(model().await?, Some(one.template.model().clone()), "the model after the first enrolment");
    let values = two.template.values().to_vec();
    let other = Template::new(ModelId::new("other", "00"), values).map_err(|e| Complaint::new(e.to_string()))?;
    let commit = Commit { charge: Charge { enroll: 1, liveness: 0 }, ..free(Enrolment { template: other, ..two }) };
    same!(store.commit(&bank, commit).await, Err(StoreError::OtherModel), "a template of another model");
    same!(store.count(&bank).await?, 1, "subjects after a refusal");
    same!(store.app(&bank).await?.map(|app| app.enroll.used), Some(0), "units after a refusal");
    Ok(())
}

async fn an_enrolment_reads_back_as_written(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    for seed in 0..4 {
        let id = subject(&format!("subject {seed}"))?;
        let mut enrolment = enrolment(&id, seed)?;
        if seed == 3 {
            enrolment.photo = None;
        }
        same!(store.commit(&bank, free(enrolment.clone())).await, Ok(Committed::Created), "a new subject");
        same!(store.subject(&bank, &id).await?, Some(record(&enrolment)), "the record");
        ensure!(store.photo(&bank, &id).await? == enrolment.photo, "the photo is not what was sent");
        let bytes = enrolment.photo.as_ref().map(Vec::len);
        same!(store.photo_bytes(&bank, &id).await?, bytes, "the bytes of the photo");
        same!(store.count(&bank).await?, u64::from(seed) + 1, "count");
    }
    let absent = subject("absent")?;
    same!(store.subject(&bank, &absent).await?, None, "a subject that was never enrolled");
    same!(store.photo(&bank, &absent).await?, None, "its photo");
    same!(store.photo_bytes(&bank, &absent).await?, None, "the bytes of its photo");
    Ok(())
}

async fn an_update_replaces_all_and_keeps_the_first_time(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let id = subject("budi")?;
    let first = enrolment(&id, 1)?;
    store.commit(&bank, free(first.clone())).await?;
    for seed in [2, 7, 3] {
        let update = enrolment(&id, seed)?;
        same!(store.commit(&bank, free(update.clone())).await, Ok(Committed::Updated), "an update");
        let wanted = SubjectRecord { created_at: first.at, ..record(&update) };
        same!(store.subject(&bank, &id).await?, Some(wanted), "the updated record");
        ensure!(store.photo(&bank, &id).await? == update.photo, "the photo was not replaced");
    }
    same!(store.count(&bank).await?, 1, "count");
    Ok(())
}

async fn an_update_without_a_photo_removes_the_photo(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let id = subject("budi")?;
    let has_photo = async || store.subject(&bank, &id).await.map(|record| record.map(|record| record.has_photo));
    store.commit(&bank, free(enrolment(&id, 1)?)).await?;
    let mut update = enrolment(&id, 2)?;
    update.photo = None;
    store.commit(&bank, free(update)).await?;
    same!(store.photo(&bank, &id).await?, None, "the photo");
    same!(has_photo().await?, Some(false), "has_photo");
    let third = enrolment(&id, 3)?;
    store.commit(&bank, free(third.clone())).await?;
    ensure!(store.photo(&bank, &id).await? == third.photo, "a photo does not come back");
    same!(has_photo().await?, Some(true), "has_photo when it came back");
    Ok(())
}

async fn a_deleted_subject_is_gone_and_may_come_back(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let (id, other) = (subject("budi")?, subject("siti")?);
    store.commit(&bank, free(enrolment(&id, 1)?)).await?;
    store.commit(&bank, free(enrolment(&other, 2)?)).await?;
    same!(store.delete_subject(&bank, &id).await?, true, "deleting");
    same!(store.delete_subject(&bank, &id).await?, false, "deleting again");
    same!(store.subject(&bank, &id).await?, None, "the record");
    same!(store.photo(&bank, &id).await?, None, "the photo");
    same!(store.count(&bank).await?, 1, "count");
    ensure!(store.photo(&bank, &other).await?.is_some(), "another subject lost its photo");
    let mut again = enrolment(&id, 3)?;
    again.photo = None;
    same!(store.commit(&bank, free(again.clone())).await, Ok(Committed::Created), "enrolling again");
    same!(store.subject(&bank, &id).await?, Some(record(&again)), "the new record");
    same!(store.photo(&bank, &id).await?, None, "the photo of before the deletion");
    Ok(())
}

async fn large_photos_survive(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let id = subject("budi")?;
    // The contract's largest image, then one byte, then large again over the small one.
    for (seed, length) in [(1, 5 * 1024 * 1024), (2, 1), (3, 5 * 1024 * 1024 - 1)] {
        let mut enrolment = enrolment(&id, seed)?;
        let bytes = photo(u64::from(seed), length);
        enrolment.photo_sha256 = sha256(&bytes);
        enrolment.photo = Some(bytes);
        store.commit(&bank, free(enrolment.clone())).await?;
        ensure!(store.photo(&bank, &id).await? == enrolment.photo, "a photo of {length} bytes came back changed");
        same!(store.photo_bytes(&bank, &id).await?, Some(length), "the bytes of the photo");
    }
    Ok(())
}

async fn ids_are_told_apart_byte_by_byte(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let longest = "é".repeat(127);
    // Cases, composed and decomposed accents, wildcards, quotes, look-alikes, what sorts or folds as equal somewhere.
    let ids = [
        "budi",
        "Budi",
        "BUDI",
        "bu di",
        "é",
        "e\u{301}",
        "ß",
        "ss",
        "SS",
        "i",
        "ı",
        "İ",
        "%",
        "_",
        "'",
        "''",
        "\"",
        "\\",
        "null",
        "0",
        "00",
        "0.0",
        "1e0",
        "王小明",
        "王小明\u{fe00}",
        "🧑‍🦱",
        "\u{200b}x",
        "x",
        "أحمد",
        &longest,
    ];
    for (seed, id) in (0..).zip(ids) {
        let committed = store.commit(&bank, free(enrolment(&subject(id)?, seed)?)).await;
        same!(committed, Ok(Committed::Created), format!("enrolling {id:?}"));
    }
    for (seed, id) in (0..).zip(ids) {
        let found = store.subject(&bank, &subject(id)?).await?;
        let found = found.map(|record| (record.subject_id.as_str().to_owned(), record.nface));
        same!(found, Some((id.to_owned(), seed)), format!("{id:?}"));
    }
    same!(store.delete_subject(&bank, &subject("%")?).await?, true, "deleting \"%\"");
    same!(store.count(&bank).await?, ids.len() as u64 - 1, "subjects after one was deleted");
    Ok(())
}

async fn template_bits_survive(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let id = subject("budi")?;
    let odd = [-0.0, 0.0, f32::MIN_POSITIVE, 1e-45, f32::MAX, f32::MIN, 1.0 / 3.0, f32::EPSILON];
    let many: Vec<f32> = photo(9, 4096).iter().map(|byte| f32::from(*byte).sin()).collect();
    for (seed, values) in [(1, &odd[..]), (2, &many[..]), (3, &[1.0][..])] {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let model = ModelId::from_stored(&format!("sface/é@{}", "f".repeat(64)));
        let template =
            Template::from_bytes(model.clone(), &bytes).map_err(|error| Complaint::new(error.to_string()))?;
        store.commit(&bank, free(Enrolment { template, ..enrolment(&id, seed)? })).await?;
        let found = store.subject(&bank, &id).await?;
        let found = found.map(|record| (record.template.model().clone(), record.template.to_bytes()));
        ensure!(found == Some((model, bytes)), "a template of {} values came back changed", values.len());
    }
    Ok(())
}

async fn racing_updates_leave_one_whole_state(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let id = subject("budi")?;
    store.commit(&bank, free(enrolment(&id, 0)?)).await?;
    let mut tasks = Vec::new();
    for seed in 1..=40 {
        let (store, bank, enrolment) = (store.clone(), bank.clone(), enrolment(&id, seed)?);
        tasks.push(tokio::spawn(async move { store.commit(&bank, free(enrolment)).await }));
    }
    for task in tasks {
        let record = store.subject(&bank, &id).await?.ok_or_else(|| Complaint::new("gone during updates"))?;
        whole(&record)?;
        same!(task.await?, Ok(Committed::Updated), "a racing update");
    }
    let record = store.subject(&bank, &id).await?.ok_or_else(|| Complaint::new("gone after updates"))?;
    whole(&record)?;
    let photo = store.photo(&bank, &id).await?.ok_or_else(|| Complaint::new("the photo is gone"))?;
    ensure!(sha256(&photo) == record.photo_sha256, "photo and record are of different updates");
    Ok(())
}

/// Every part of the record is of one and the same sample enrolment.
fn whole(record: &SubjectRecord) -> CheckResult {
    let wanted = enrolment(&record.subject_id, record.nface)?;
    same!(record.template == template(u64::from(record.nface))?, true, "the template belongs to the record");
    same!(record.photo_sha256 == wanted.photo_sha256, true, "the hash belongs to the record");
    same!((record.updated_at, record.rotation), (wanted.at, wanted.rotation), "the rest of the record");
    Ok(())
}

async fn a_working_store_is_healthy(store: Arc<dyn Store>) -> CheckResult {
    store.check().await?;
    store.check().await?;
    same!(store.apps().await?, vec![], "apps after a health check");
    Ok(())
}
