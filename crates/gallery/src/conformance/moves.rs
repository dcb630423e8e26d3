//! The sibling suite for moves to another model: nobody is lost or mixed, whatever is enrolled and deleted meanwhile.

use std::sync::Arc;

use facegate_domain::{AppId, ModelId, SubjectId, Template};

use super::Failed;
use super::check::{CheckResult, Complaint, ensure, same};
use super::samples::{app, enrolment, free, subject, template, with_app};
use crate::{
    Commit, Enrolment, ModelMoves, MoveCounts, Moved, Snapshots, Store, StoreError, SubjectRecord, Switched, Unmoved,
};

/// A store whose apps can be moved.
pub trait MoveStore: Store + ModelMoves + Snapshots {}

impl<T: Store + ModelMoves + Snapshots> MoveStore for T {}

/// Runs every check, each on an empty store that `make` gives.
pub async fn run_moves(make: impl AsyncFn() -> Arc<dyn MoveStore>) -> Result<(), Failed> {
    let outcomes = [
        ("moves::everybody_is_switched_at_once", everybody_is_switched_at_once(&*make().await).await),
        ("moves::what_is_stale_is_not_kept", what_is_stale_is_not_kept(&*make().await).await),
        ("moves::nobody_is_left_behind_unasked", nobody_is_left_behind_unasked(&*make().await).await),
        ("moves::a_move_can_be_given_up", a_move_can_be_given_up(&*make().await).await),
        ("moves::one_move_at_a_time", one_move_at_a_time(&*make().await).await),
        ("moves::the_old_model_is_refused_afterwards", the_old_model_is_refused_afterwards(&*make().await).await),
    ];
    let failed: Vec<String> = outcomes
        .into_iter()
        .filter_map(|(name, outcome)| outcome.err().map(|complaint| format!("{name}: {complaint}")))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failed(failed)) }
}

/// Begins a move of an app whose subjects are samples, and makes everybody's next template; these.
pub async fn make_next(store: &dyn ModelMoves, app: &AppId) -> Result<Vec<Template>, Complaint> {
    store.begin_move(app, &old(), &new()).await?;
    let made = store.unmoved(app, None, 200).await?.iter().map(moved).collect::<Result<Vec<_>, _>>()?;
    let templates = made.iter().filter_map(|one| one.template.clone()).collect();
    store.put_next(app, &new(), made).await?;
    Ok(templates)
}

type S<'a> = &'a dyn MoveStore;

fn old() -> ModelId {
    ModelId::new("sample", "00")
}

fn new() -> ModelId {
    ModelId::new("better", "01")
}

/// What the new model makes of a photo: it follows from the photo's hash.
fn better(photo_sha256: &[u8; 32]) -> Result<Template, Complaint> {
    let values = photo_sha256.iter().map(|byte| f32::from(*byte) - 99.3).collect();
    Template::new(new(), values).map_err(|error| Complaint::new(error.to_string()))
}

fn name(number: u32) -> Result<SubjectId, Complaint> {
    subject(&format!("subject {number:02}"))
}

async fn filled(store: S<'_>, subjects: u32) -> Result<AppId, Complaint> {
    let bank = with_app(store, app("bank")?).await?;
    for number in 0..subjects {
        store.commit(&bank, free(enrolment(&name(number)?, number)?)).await?;
    }
    Ok(bank)
}

fn moved(one: &Unmoved) -> Result<Moved, Complaint> {
    let Unmoved { subject_id, session_id, photo_sha256, .. } = one.clone();
    Ok(Moved { subject_id, session_id, photo_sha256, template: Some(better(&photo_sha256)?) })
}

/// Makes the templates of a page of at most `limit`; how many were written.
async fn make_some(store: S<'_>, app: &AppId, limit: usize) -> Result<u64, Complaint> {
    let page = store.unmoved(app, None, limit).await?;
    ensure!(page.len() <= limit, "a page of {}", page.len());
    let made = page.iter().map(moved).collect::<Result<_, _>>()?;
    Ok(store.put_next(app, &new(), made).await?)
}

async fn make_all(store: S<'_>, app: &AppId) -> CheckResult {
    while make_some(store, app, 5).await? > 0 {}
    Ok(())
}

async fn settle(store: S<'_>, app: &AppId) -> CheckResult {
    while store.settle(app).await? {}
    Ok(())
}

async fn record(store: S<'_>, app: &AppId, number: u32) -> Result<SubjectRecord, Complaint> {
    store.subject(app, &name(number)?).await?.ok_or_else(|| Complaint::new("a subject is gone"))
}

/// Everybody's template by every way of reading it.
async fn templates(store: S<'_>, app: &AppId) -> Result<Vec<(SubjectId, Template)>, Complaint> {
    let batch = store.templates_of(app, None, 1000).await?;
    let mut found: Vec<_> = batch.templates.into_iter().map(|one| (one.subject_id, one.template)).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let mut all = Vec::new();
    for summary in store.subjects(app, None, 1000).await? {
        let record = store.subject(app, &summary.subject_id).await?;
        let template = record.ok_or_else(|| Complaint::new("a listed subject is gone"))?.template;
        same!(summary.model, *template.model(), "the model in the list");
        all.push((summary.subject_id, template));
    }
    ensure!(found == all, "the records and the templates of the app differ");
    let whole = store.snapshot().await?.subjects(app, None, 200).await?;
    let copied: Vec<_> = whole.into_iter().map(|one| (one.record.subject_id, one.record.template)).collect();
    ensure!(copied == all, "a copy of the store would have other templates");
    same!(batch.model, store.app(app).await?.and_then(|app| app.model), "the app's model beside its templates");
    Ok(all)
}

async fn everybody_is_switched_at_once(store: S<'_>) -> CheckResult {
    let bank = filled(store, 12).await?;
    let shop = with_app(store, app("shop")?).await?;
    store.commit(&shop, free(enrolment(&name(1)?, 1)?)).await?;
    let before = templates(store, &bank).await?;
    same!(store.unmoved(&bank, None, 5).await?.len(), 0, "subjects to move without a move");
    let would = MoveCounts { ready: 0, waiting: 12, stuck: 0 };
    same!(store.count_moved(&bank, &new()).await?, would, "what a move would do");
    store.begin_move(&bank, &old(), &new()).await?;
    store.begin_move(&bank, &old(), &new()).await?;
    let next = store.app(&bank).await?.and_then(|app| app.next_model);
    same!(next, Some(new()), "the next model");
    same!(make_some(store, &bank, 5).await?, 5, "templates made");
    // Enrolled meanwhile by a server that knows both models.
    let late = enrolment(&name(90)?, 90)?;
    let late = Enrolment { next_template: Some(better(&late.photo_sha256)?), photo: None, ..late };
    store.commit(&bank, free(late.clone())).await?;
    same!(store.switch_model(&bank, &new(), true).await?, Switched::Waiting(7), "a switch too early");
    ensure!(templates(store, &bank).await?[..12] == before[..], "templates changed before the switch");
    make_all(store, &bank).await?;
    same!(store.count_moved(&bank, &new()).await?.ready, 13, "subjects with both templates");
    same!(store.switch_model(&bank, &new(), false).await?, Switched::Done, "the switch");
    let found = store.app(&bank).await?.map(|app| (app.model, app.next_model));
    same!(found, Some((Some(new()), None)), "the app's models");
    let after = templates(store, &bank).await?;
    for (id, template) in &after {
        let record = store.subject(&bank, id).await?.ok_or_else(|| Complaint::new("a subject is gone"))?;
        ensure!(*template == better(&record.photo_sha256)?, "a template is not the new model's");
    }
    same!(after.len(), 13, "subjects");
    same!(record(store, &shop, 1).await?.template, template(1)?, "another app's template");
    settle(store, &bank).await?;
    ensure!(templates(store, &bank).await? == after, "settling changed a template");
    same!(store.count_moved(&bank, &new()).await?.ready, 13, "subjects after settling");
    Ok(())
}

async fn what_is_stale_is_not_kept(store: S<'_>) -> CheckResult {
    let bank = filled(store, 3).await?;
    store.begin_move(&bank, &old(), &new()).await?;
    let page = store.unmoved(&bank, None, 9).await?;
    // Enrolled anew, deleted, and deleted and enrolled again, after their photos were read.
    store.commit(&bank, free(enrolment(&name(0)?, 50)?)).await?;
    store.delete_subject(&bank, &name(1)?).await?;
    store.delete_subject(&bank, &name(2)?).await?;
    store.commit(&bank, free(enrolment(&name(2)?, 52)?)).await?;
    let made: Vec<Moved> = page.iter().map(moved).collect::<Result<_, _>>()?;
    same!(store.put_next(&bank, &new(), made).await?, 0, "templates of photos that are gone");
    make_all(store, &bank).await?;
    same!(
        store.count_moved(&bank, &new()).await?,
        MoveCounts { ready: 2, waiting: 0, stuck: 0 },
        "after a second round"
    );
    // A server that knows the old model only.
    store.commit(&bank, free(enrolment(&name(2)?, 60)?)).await?;
    same!(store.switch_model(&bank, &new(), true).await?, Switched::Waiting(1), "an update with the old model only");
    // One that was told of another move.
    let stray = enrolment(&name(0)?, 61)?;
    let stray = Enrolment {
        next_template: Some(
            Template::new(ModelId::new("stray", "2"), vec![1.0]).map_err(|e| Complaint::new(e.to_string()))?,
        ),
        ..stray
    };
    store.commit(&bank, free(stray)).await?;
    same!(store.switch_model(&bank, &new(), true).await?, Switched::Waiting(2), "a template of some other model");
    let page = store.unmoved(&bank, Some(&name(0)?), 9).await?;
    same!(page.len(), 1, "subjects to move after the first");
    let wrong = Moved { template: Some(template(1)?), ..moved(&page[0])? };
    same!(store.put_next(&bank, &new(), vec![wrong]).await, Err(StoreError::OtherModel), "a template of the old model");
    make_all(store, &bank).await?;
    same!(store.switch_model(&bank, &new(), false).await?, Switched::Done, "the switch");
    Ok(())
}

async fn nobody_is_left_behind_unasked(store: S<'_>) -> CheckResult {
    let bank = filled(store, 4).await?;
    store.commit(&bank, free(Enrolment { photo: None, ..enrolment(&name(7)?, 7)? })).await?;
    store.begin_move(&bank, &old(), &new()).await?;
    let page = store.unmoved(&bank, None, 9).await?;
    same!(page.len(), 4, "subjects with a photo");
    // No face is found in the second one's photo.
    let mut made: Vec<Moved> = page.iter().map(moved).collect::<Result<_, _>>()?;
    made[1].template = None;
    same!(store.put_next(&bank, &new(), made).await?, 4, "outcomes written");
    same!(store.unmoved(&bank, None, 9).await?.len(), 0, "subjects to try again");
    same!(store.count_moved(&bank, &new()).await?, MoveCounts { ready: 3, waiting: 0, stuck: 2 }, "the counts");
    same!(store.stuck(&bank, &new(), None, 9).await?, [name(1)?, name(7)?], "who would be left behind");
    same!(store.stuck(&bank, &new(), Some(&name(1)?), 9).await?, [name(7)?], "the rest of them");
    same!(store.switch_model(&bank, &new(), false).await?, Switched::Stuck(2), "a switch that leaves some behind");
    same!(store.switch_model(&bank, &new(), true).await?, Switched::Done, "the same, allowed");
    for step in ["before", "after"] {
        let models: Vec<ModelId> = templates(store, &bank).await?.iter().map(|one| one.1.model().clone()).collect();
        same!(models, [new(), old(), new(), new(), old()], format!("models {step} settling"));
        settle(store, &bank).await?;
    }
    // Who was left behind may come back.
    let again = enrolment(&name(7)?, 8)?;
    let again = Enrolment { template: better(&again.photo_sha256)?, ..again };
    store.commit(&bank, free(again.clone())).await?;
    same!(record(store, &bank, 7).await?.template, again.template, "a subject that was enrolled again");
    Ok(())
}

async fn a_move_can_be_given_up(store: S<'_>) -> CheckResult {
    let bank = filled(store, 6).await?;
    let before = templates(store, &bank).await?;
    ensure!(!store.abort_move(&bank).await?, "a move was given up that never was");
    store.begin_move(&bank, &old(), &new()).await?;
    make_some(store, &bank, 3).await?;
    ensure!(store.abort_move(&bank).await?, "the move was not given up");
    same!(store.app(&bank).await?.and_then(|app| app.next_model), None, "the next model");
    same!(store.put_next(&bank, &new(), Vec::new()).await, Err(StoreError::OtherModel), "a template after the end");
    same!(store.switch_model(&bank, &new(), true).await, Err(StoreError::OtherModel), "a switch after the end");
    ensure!(
        matches!(store.begin_move(&bank, &old(), &new()).await, Err(StoreError::Busy(_))),
        "a move began over the rest of another"
    );
    settle(store, &bank).await?;
    ensure!(templates(store, &bank).await? == before, "a move that was given up changed a template");
    same!(store.count_moved(&bank, &new()).await?.waiting, 6, "subjects of another attempt");
    store.begin_move(&bank, &old(), &new()).await?;
    make_all(store, &bank).await?;
    same!(store.switch_model(&bank, &new(), false).await?, Switched::Done, "another attempt");
    Ok(())
}

async fn one_move_at_a_time(store: S<'_>) -> CheckResult {
    let bank = filled(store, 1).await?;
    let third = ModelId::new("third", "02");
    same!(store.begin_move(&bank, &old(), &old()).await, Err(StoreError::OtherModel), "a move to where it is");
    store.begin_move(&bank, &old(), &new()).await?;
    same!(store.begin_move(&bank, &old(), &third).await, Err(StoreError::OtherModel), "a second move");
    let nobody = AppId::parse("nobody").map_err(|error| Complaint::new(error.to_string()))?;
    same!(store.begin_move(&nobody, &old(), &new()).await, Err(StoreError::UnknownApp), "a move of no app");
    same!(store.abort_move(&nobody).await, Err(StoreError::UnknownApp), "the end of a move of no app");
    same!(store.switch_model(&nobody, &new(), true).await, Err(StoreError::UnknownApp), "a switch of no app");
    // An app without subjects has its model by the move.
    let shop = with_app(store, app("shop")?).await?;
    store.begin_move(&shop, &old(), &new()).await?;
    same!(store.app(&shop).await?.and_then(|app| app.model), Some(old()), "the model that was decided");
    same!(store.switch_model(&shop, &new(), false).await?, Switched::Done, "an empty app's switch");
    Ok(())
}

async fn the_old_model_is_refused_afterwards(store: S<'_>) -> CheckResult {
    let bank = filled(store, 2).await?;
    store.begin_move(&bank, &old(), &new()).await?;
    make_all(store, &bank).await?;
    same!(store.switch_model(&bank, &new(), false).await?, Switched::Done, "the switch");
    let late = enrolment(&name(1)?, 70)?;
    same!(store.commit(&bank, free(late.clone())).await, Err(StoreError::OtherModel), "an enrolment of the old model");
    let template = record(store, &bank, 1).await?.template;
    same!(*template.model(), new(), "the template that was to be replaced");
    // Before it is tidied up: the new enrolment counts, and stays.
    let renewed = Enrolment { template: better(&late.photo_sha256)?, ..late };
    store.commit(&bank, Commit { enrolment: Some(renewed.clone()), ..Commit::default() }).await?;
    for _ in 0..2 {
        same!(record(store, &bank, 1).await?.template, renewed.template, "the template of the new model");
        settle(store, &bank).await?;
    }
    ensure!(store.delete_subject(&bank, &name(0)?).await?, "a moved subject was not deleted");
    same!(templates(store, &bank).await?.len(), 1, "subjects after a deletion");
    Ok(())
}
