//! Idempotency: a repeated request gets the first answer, takes no unit and writes nothing.

use std::sync::Arc;

use facegate_domain::{AppId, QuotaKind, Timestamp};

use super::check::{CheckResult, Complaint, same, topic};
use super::quotas::used;
use super::samples::{app, enrolment, free, idempotency_key, metered, photo, remember, subject, units, with_app};
use crate::{Commit, Committed, QuotaChange, Remember, Remembered, Store, StoreError};

topic!(
    "replays",
    [
        a_repetition_gets_the_first_answer_and_writes_nothing,
        a_repetition_passes_an_exhausted_quota,
        a_refusal_by_a_gate_is_repeated_too,
        of_racing_repetitions_one_writes,
        one_key_in_two_apps_is_two,
        a_refused_commit_is_not_remembered,
        an_expired_answer_is_replaced,
        many_expired_answers_are_no_obstacle,
        a_deleted_subject_is_forgotten,
        a_deleted_app_is_forgotten,
        keys_and_answers_survive_byte_by_byte,
    ]
);

/// The enrolment of this id, one enroll unit, and an answer under this key that names the subject.
fn enrol(key: &str, id: &str, seed: u32) -> Result<Commit, Complaint> {
    let id = subject(id)?;
    let remember = Some(remember(key, seed, Some(&id))?);
    Ok(Commit { enrolment: Some(enrolment(&id, seed)?), remember, ..units(1, 0) })
}

/// What a repetition of this commit gets.
fn first(commit: &Commit) -> Result<Remembered, Complaint> {
    let Some(Remember { fingerprint, answer, at, .. }) = commit.remember.clone() else {
        return Err(Complaint::new("the check itself is wrong: nothing to remember"));
    };
    Ok(Remembered { fingerprint, answer, at })
}

/// What is kept under the key at this time.
async fn kept(store: &dyn Store, app: &AppId, key: &str, now: i64) -> Result<Option<Remembered>, Complaint> {
    Ok(store.remembered(app, &idempotency_key(key)?, Timestamp(now)).await?)
}

async fn a_repetition_gets_the_first_answer_and_writes_nothing(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(9), Some(9))?).await?;
    same!(kept(&*store, &id, "k", 1).await?, None, "an answer before the request");
    let commit = enrol("k", "budi", 1)?;
    same!(store.commit(&id, commit.clone()).await, Ok(Committed::Created), "the first request");
    let answer = first(&commit)?;
    same!(kept(&*store, &id, "k", 2).await?, Some(answer.clone()), "the answer kept");
    let before = store.subject(&id, &subject("budi")?).await?;
    // The same again, another request for the same subject, one for another, and one that enrols nobody.
    let charge = Commit { remember: Some(remember("k", 4, None)?), ..units(1, 1) };
    for (what, repetition) in [
        ("the same request", commit),
        ("another photo", enrol("k", "budi", 2)?),
        ("another subject", enrol("k", "siti", 3)?),
        ("units only", charge),
    ] {
        let wanted = Ok(Committed::Replayed(answer.clone()));
        same!(store.commit(&id, repetition).await, wanted, what);
    }
    same!(used(&*store, &id).await?, (1, 0), "units used");
    same!(store.subject(&id, &subject("budi")?).await?, before, "the subject");
    same!(store.subject(&id, &subject("siti")?).await?, None, "the other subject");
    same!(kept(&*store, &id, "k", 5).await?, Some(answer), "the answer kept in the end");
    same!(store.commit(&id, enrol("l", "budi", 6)?).await, Ok(Committed::Updated), "a request under another key");
    Ok(())
}

async fn a_repetition_passes_an_exhausted_quota(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(1), None)?).await?;
    let commit = enrol("k", "budi", 1)?;
    store.commit(&id, commit.clone()).await?;
    let wanted = Ok(Committed::Replayed(first(&commit)?));
    same!(store.commit(&id, commit).await, wanted, "a repetition when the quota is used up");
    let refused = Err(StoreError::QuotaExhausted(QuotaKind::Enroll));
    same!(store.commit(&id, enrol("l", "siti", 2)?).await, refused, "a new request when the quota is used up");
    same!(used(&*store, &id).await?, (1, 0), "units used");
    Ok(())
}

async fn a_refusal_by_a_gate_is_repeated_too(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(5), Some(5))?).await?;
    let commit = Commit { remember: Some(remember("k", 1, None)?), ..units(1, 1) };
    same!(store.commit(&id, commit.clone()).await, Ok(Committed::Charged), "the first request");
    let wanted = Ok(Committed::Replayed(first(&commit)?));
    same!(store.commit(&id, commit).await, wanted, "its repetition");
    same!(used(&*store, &id).await?, (1, 1), "units used");
    Ok(())
}

async fn of_racing_repetitions_one_writes(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(20), None)?).await?;
    let mut tasks = Vec::new();
    for seed in 0..20 {
        let (store, id, commit) = (store.clone(), id.clone(), enrol("k", &format!("subject {seed}"), seed)?);
        tasks.push(tokio::spawn(async move { (first(&commit), store.commit(&id, commit).await) }));
    }
    let (mut winners, mut replayed) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await? {
            (answer, Ok(Committed::Created)) => winners.push(answer?),
            (_, Ok(Committed::Replayed(answer))) => replayed.push(answer),
            (_, other) => return Err(Complaint::new(format!("a racing repetition: {other:?}"))),
        }
    }
    same!((winners.len(), replayed.len()), (1, 19), "requests that wrote and that were repetitions");
    same!(replayed.iter().filter(|answer| **answer != winners[0]).count(), 0, "answers that are not the winner's");
    same!((used(&*store, &id).await?, store.count(&id).await?), ((1, 0), 1), "units used and subjects");
    Ok(())
}

async fn one_key_in_two_apps_is_two(store: Arc<dyn Store>) -> CheckResult {
    let (a, b) = (with_app(&*store, app("a")?).await?, with_app(&*store, app("b")?).await?);
    let (one, two) = (enrol("k", "budi", 1)?, enrol("k", "budi", 2)?);
    same!(store.commit(&a, one.clone()).await, Ok(Committed::Created), "in the first app");
    same!(kept(&*store, &b, "k", 2).await?, None, "the answer seen from the other app");
    same!(store.commit(&b, two.clone()).await, Ok(Committed::Created), "in the other app");
    same!(kept(&*store, &a, "k", 2).await?, Some(first(&one)?), "the first app's answer");
    same!(kept(&*store, &b, "k", 2).await?, Some(first(&two)?), "the other app's answer");
    store.delete_subject(&b, &subject("budi")?).await?;
    same!(kept(&*store, &a, "k", 2).await?, Some(first(&one)?), "the answer that names the deleted one's namesake");
    store.delete_app(&b).await?;
    same!(kept(&*store, &a, "k", 2).await?, Some(first(&one)?), "the answer when the other app is gone");
    Ok(())
}

async fn a_refused_commit_is_not_remembered(store: Arc<dyn Store>) -> CheckResult {
    let bank = metered("bank", Some(0), None)?;
    let id = bank.id.clone();
    same!(store.commit(&id, enrol("k", "budi", 1)?).await, Err(StoreError::UnknownApp), "without an app");
    same!(kept(&*store, &id, "k", 1).await?, None, "the answer of an app that never was");
    store.create_app(&bank).await?;
    let refused = Err(StoreError::QuotaExhausted(QuotaKind::Enroll));
    same!(store.commit(&id, enrol("k", "budi", 1)?).await, refused, "without units");
    same!(kept(&*store, &id, "k", 1).await?, None, "the answer of a refused request");
    store.set_quotas(&id, QuotaChange { enroll: Some(Some(1)), liveness: None }).await?;
    same!(store.commit(&id, enrol("k", "budi", 2)?).await, Ok(Committed::Created), "the same with units");
    Ok(())
}

async fn an_expired_answer_is_replaced(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, metered("bank", Some(9), None)?).await?;
    let (old, last, new) = (enrol("k", "budi", 1)?, enrol("k", "budi", 1000)?, enrol("k", "budi", 1001)?);
    store.commit(&id, old.clone()).await?;
    same!(kept(&*store, &id, "k", 1000).await?, Some(first(&old)?), "the answer just before its end");
    same!(store.commit(&id, last).await, Ok(Committed::Replayed(first(&old)?)), "a repetition just before the end");
    same!(kept(&*store, &id, "k", 1001).await?, None, "the answer at its end");
    same!(store.commit(&id, new.clone()).await, Ok(Committed::Updated), "the request at the end");
    same!(kept(&*store, &id, "k", 1002).await?, Some(first(&new)?), "the new answer");
    same!(kept(&*store, &id, "k", 2001).await?, None, "the new answer at its end");
    same!(used(&*store, &id).await?, (2, 0), "units used");
    Ok(())
}

async fn many_expired_answers_are_no_obstacle(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, app("bank")?).await?;
    for seed in 0..150 {
        let remember = Some(remember(&format!("key {seed}"), seed, None)?);
        store.commit(&id, Commit { remember, ..Commit::default() }).await?;
    }
    // All but the last three have expired by now.
    let late = Commit { remember: Some(remember("late", 1146, None)?), ..Commit::default() };
    store.commit(&id, late.clone()).await?;
    for seed in 0..150 {
        let lasts = kept(&*store, &id, &format!("key {seed}"), 1146).await?.is_some();
        same!(lasts, seed > 146, format!("whether answer {seed} is kept"));
    }
    same!(kept(&*store, &id, "late", 1146).await?, Some(first(&late)?), "the latest answer");
    let again = Commit { remember: Some(remember("key 100", 1147, None)?), ..Commit::default() };
    same!(store.commit(&id, again).await, Ok(Committed::Charged), "a key that has expired");
    Ok(())
}

async fn a_deleted_subject_is_forgotten(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, app("bank")?).await?;
    for (key, who, seed) in [("1", "budi", 1), ("2", "budi", 2), ("3", "siti", 3), ("5", "BUDI", 5)] {
        store.commit(&id, enrol(key, who, seed)?).await?;
    }
    let nobody = Commit { remember: Some(remember("4", 4, None)?), ..units(1, 0) };
    store.commit(&id, nobody).await?;
    same!(store.delete_subject(&id, &subject("budi")?).await?, true, "deleting");
    for (key, wanted) in [("1", false), ("2", false), ("3", true), ("4", true), ("5", true)] {
        same!(kept(&*store, &id, key, 6).await?.is_some(), wanted, format!("whether answer {key} is kept"));
    }
    same!(store.commit(&id, enrol("1", "budi", 6)?).await, Ok(Committed::Created), "the first request again");
    // A request that was refused by a gate names a subject that was never enrolled.
    let stranger = subject("stranger")?;
    let refused = Commit { remember: Some(remember("6", 7, Some(&stranger))?), ..units(1, 0) };
    store.commit(&id, refused).await?;
    same!(store.delete_subject(&id, &stranger).await?, false, "deleting one who is not enrolled");
    same!(kept(&*store, &id, "6", 8).await?, None, "the answer that named them");
    Ok(())
}

async fn a_deleted_app_is_forgotten(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, app("bank")?).await?;
    store.commit(&id, enrol("k", "budi", 1)?).await?;
    store.commit(&id, Commit { remember: Some(remember("l", 1, None)?), ..Commit::default() }).await?;
    store.delete_app(&id).await?;
    same!(kept(&*store, &id, "k", 2).await?, None, "an answer of the deleted app");
    store.create_app(&app("bank")?).await?;
    same!(kept(&*store, &id, "l", 2).await?, None, "an answer of the predecessor");
    same!(store.commit(&id, enrol("k", "budi", 2)?).await, Ok(Committed::Created), "the request to the app made anew");
    Ok(())
}

async fn keys_and_answers_survive_byte_by_byte(store: Arc<dyn Store>) -> CheckResult {
    let id = with_app(&*store, app("bank")?).await?;
    let longest = "~".repeat(255);
    let keys = ["k", "K", " k", "k ", " ", "%", "_", "'", "\"", "\\", "0", "00", "null", &longest];
    let answers = [0, 1, 2, 900, 1 << 20];
    let mut commits = Vec::new();
    for (seed, key) in (0..).zip(keys) {
        let mut commit = free(enrolment(&subject("budi")?, seed)?);
        let answer = photo(u64::from(seed), answers[seed as usize % answers.len()]);
        commit.remember = Some(Remember { answer, ..remember(key, seed, None)? });
        let replayed = matches!(store.commit(&id, commit.clone()).await?, Committed::Replayed(_));
        same!(replayed, false, format!("whether {key:?} was taken for another key"));
        commits.push((key, commit));
    }
    for (key, commit) in commits {
        let wanted = Some(first(&commit)?);
        same!(
            kept(&*store, &id, key, 50).await? == wanted,
            true,
            format!("the answer under {key:?} is the one written")
        );
    }
    Ok(())
}
