//! Random lives of subjects: time passes, terms end, apps forget who is not used and move to another model; a model in
//! memory knows who is there, with which template. Beside [`random`](super::random): the clock of a store is moved.

mod model;

use facegate_domain::{AppId, SubjectId, Timestamp};
use proptest::prelude::*;

use super::check::{CheckResult, Complaint, same};
use super::samples::{app, enrolment, free, subject, with_app};
use crate::{Clock, DAY, Enrolment, Erasure, ModelMoves, Moved, Store, StoreError, Switched};
use model::{Life, Lives, other, template};

/// Something that happens; subjects are few, so that it happens to the same ones.
#[derive(Clone, Debug)]
pub enum Deed {
    /// An enrolment that ends after so many days, with a photo, with a template of the next model too.
    Enroll(u8, Option<u8>, bool, bool),
    /// An enrolment by a server that knows another model only.
    EnrollStale(u8),
    /// A deletion by request.
    Delete(u8),
    /// A use.
    Touch(u8),
    /// The app keeps who is not used for so many days, or for ever.
    Keep(Option<u8>),
    /// So many days pass.
    Pass(u8),
    /// Who is due is deleted.
    Sweep,
    /// A move to the other model begins.
    Begin,
    /// So many templates are made for it; or no face is found in the photos.
    Make(u8, bool),
    /// The app is switched, with leave to leave some behind.
    Switch(bool),
    /// The move is given up.
    Abort,
}

const SUBJECTS: u8 = 4;

fn deed() -> impl Strategy<Value = Deed> {
    let days = || proptest::option::of(1..5u8);
    prop_oneof![
        8 => (0..SUBJECTS, days(), proptest::bool::weighted(0.8), any::<bool>())
            .prop_map(|(who, days, photo, next)| Deed::Enroll(who, days, photo, next)),
        1 => (0..SUBJECTS).prop_map(Deed::EnrollStale),
        2 => (0..SUBJECTS).prop_map(Deed::Delete),
        2 => (0..SUBJECTS).prop_map(Deed::Touch),
        1 => days().prop_map(Deed::Keep),
        4 => (1..4u8).prop_map(Deed::Pass),
        2 => Just(Deed::Sweep),
        2 => Just(Deed::Begin),
        4 => (1..4u8, proptest::bool::weighted(0.8)).prop_map(|(most, face)| Deed::Make(most, face)),
        2 => any::<bool>().prop_map(Deed::Switch),
        1 => Just(Deed::Abort),
    ]
}

/// Up to 40 deeds.
pub fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    proptest::collection::vec(deed(), 1..40)
}

/// Does the deeds on an empty store that goes by this clock; after each, everything that can be read is what the model
/// knows.
pub async fn compare<S: Store + ModelMoves>(store: &S, clock: &Clock, deeds: &[Deed]) -> CheckResult {
    let mut lived = Lived { store, clock, app: with_app(store, app("bank")?).await?, lives: Lives::default() };
    for (step, deed) in deeds.iter().enumerate() {
        let told = |complaint| Complaint::new(format!("step {step}, {deed:?}: {complaint}"));
        lived.apply(step as u32, deed).await.map_err(told)?;
        lived.compare().await.map_err(told)?;
        // Only now, so that answers before and after it were the same.
        if lived.lives.next.is_none() {
            while store.settle(&lived.app).await? {}
            lived.compare().await.map_err(told)?;
        }
    }
    Ok(())
}

fn name(who: u8) -> Result<SubjectId, Complaint> {
    subject(&format!("subject-{who}"))
}

/// A store and what it should hold.
struct Lived<'a, S> {
    store: &'a S,
    clock: &'a Clock,
    app: AppId,
    lives: Lives,
}

impl<S: Store + ModelMoves> Lived<'_, S> {
    async fn apply(&mut self, step: u32, deed: &Deed) -> CheckResult {
        let (store, app) = (self.store, &self.app);
        match *deed {
            Deed::Enroll(who, days, photo, next) => return self.enroll(step, (who, days), photo, next).await,
            Deed::EnrollStale(who) => {
                let Some(active) = &self.lives.active else { return Ok(()) };
                let stale = Enrolment { template: template(&other(active), step)?, ..enrolment(&name(who)?, step)? };
                same!(
                    store.commit(app, free(stale)).await,
                    Err(StoreError::OtherModel),
                    "an enrolment of another model"
                );
            }
            Deed::Delete(who) => {
                let there = self.lives.delete(who);
                same!(store.delete_subject(app, &name(who)?).await?, there, "whether there was one to delete");
            }
            Deed::Touch(who) => {
                store.touch(app, &[name(who)?]).await?;
                self.lives.touch(who);
            }
            Deed::Keep(days) => {
                store.set_retention(app, days.map(u32::from)).await?;
                self.lives.keep = days.map(|days| (u32::from(days), self.lives.today));
            }
            Deed::Pass(days) => {
                self.clock.advance(i64::from(days) * DAY);
                self.lives.today += u32::from(days);
            }
            Deed::Sweep => {
                for who in self.lives.due() {
                    let erased = store.erase(app, &name(who)?, &Erasure::due(self.clock.now())).await?;
                    same!(erased, true, "a sweep of who is due");
                    self.lives.all.remove(&who);
                }
            }
            Deed::Begin => {
                let (uses, next) = self.lives.begin();
                store.begin_move(app, &uses, &next).await?;
            }
            Deed::Make(most, face) => return self.make(usize::from(most), face).await,
            Deed::Switch(leave) => {
                let wanted = self.lives.next.clone().unwrap_or(other(&self.lives.uses()));
                same!(store.switch_model(app, &wanted, leave).await, self.lives.switch(leave), "the switch");
            }
            Deed::Abort => same!(store.abort_move(app).await?, self.lives.abort(), "whether a move was given up"),
        }
        Ok(())
    }

    async fn enroll(&mut self, step: u32, (who, days): (u8, Option<u8>), photo: bool, next: bool) -> CheckResult {
        let mut new = enrolment(&name(who)?, step)?;
        new.template = template(&self.lives.uses(), step)?;
        let next = self.lives.next.as_ref().filter(|_| next).map(|model| template(model, step)).transpose()?;
        new.next_template = next.clone();
        new.photo = new.photo.filter(|_| photo);
        new.terms.expires_at = days.map(|days| Timestamp(self.clock.now().0 + i64::from(days) * DAY));
        let life = Life { ends: days.map(|days| self.lives.today + u32::from(days)), ..self.lives.begun(&new) };
        let expected = self.lives.enroll(who, Life { next: next.map(Some), ..life });
        same!(self.store.commit(&self.app, free(new)).await, Ok(expected), "an enrolment");
        Ok(())
    }

    /// The next templates of some who wait.
    async fn make(&mut self, most: usize, face: bool) -> CheckResult {
        let page = self.store.unmoved(&self.app, None, most).await?;
        let found: Vec<_> = page.iter().map(|one| one.subject_id.clone()).collect();
        let waiting: Vec<u8> = self.lives.waiting().into_iter().take(most).collect();
        same!(found, waiting.iter().map(|who| name(*who)).collect::<Result<Vec<_>, _>>()?, "who waits");
        let Some(next) = self.lives.next.clone() else { return Ok(()) };
        let mut made = Vec::new();
        for (one, who) in page.into_iter().zip(&waiting) {
            let template = if face { Some(template(&next, u32::from(*who) + 1000)?) } else { None };
            self.lives.moved(*who, template.clone());
            let crate::Unmoved { subject_id, session_id, photo_sha256, .. } = one;
            made.push(Moved { subject_id, session_id, photo_sha256, template });
        }
        same!(self.store.put_next(&self.app, &next, made).await?, waiting.len() as u64, "templates written");
        Ok(())
    }

    async fn compare(&self) -> CheckResult {
        let (store, app, lives) = (self.store, &self.app, &self.lives);
        let models = store.app(app).await?.map(|app| (app.model, app.next_model));
        same!(models, Some((lives.active.clone(), lives.next.clone())), "the app's models");
        if let Some(next) = &lives.next {
            same!(store.count_moved(app, next).await?, lives.counts(next), "how far the move is");
        }
        let mut due: Vec<_> = store.due(100).await?.into_iter().map(|due| due.subject_id).collect();
        due.sort();
        same!(due, lives.due().into_iter().map(name).collect::<Result<Vec<_>, _>>()?, "who is due");
        same!(store.count(app).await?, lives.there().count() as u64, "subjects");
        let (mut listed, mut templates) = (Vec::new(), Vec::new());
        for (who, life) in lives.there() {
            let record = store.subject(app, &name(who)?).await?.ok_or_else(|| Complaint::new("a subject is gone"))?;
            let found = (record.created_at, record.updated_at, record.session_id, record.has_photo);
            same!(found, (life.created, life.at, life.session, life.photo), "a record");
            same!(record.template, life.template, "a template");
            same!(store.photo(app, &name(who)?).await?.is_some(), life.photo, "whether there is a photo");
            listed.push((name(who)?, life.template.model().clone()));
            templates.push((name(who)?, life.template.clone()));
        }
        let page = store.subjects(app, None, 100).await?;
        same!(page.into_iter().map(|one| (one.subject_id, one.model)).collect::<Vec<_>>(), listed, "the list");
        let mut found: Vec<_> = store
            .templates_of(app, None, 100)
            .await?
            .templates
            .into_iter()
            .map(|t| (t.subject_id, t.template))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        same!(found, templates, "the templates for an index");
        for who in (0..SUBJECTS).filter(|who| !lives.there().any(|(there, _)| there == *who)) {
            same!(store.subject(app, &name(who)?).await?, None, "who is not there");
        }
        Ok(())
    }
}

/// A switch's outcome as stores give it.
type Outcome = Result<Switched, StoreError>;
