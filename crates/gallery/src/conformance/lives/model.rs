//! Who is there, in memory. Time is counted in days.

use std::collections::BTreeMap;

use facegate_domain::{ModelId, SessionId, Template, Timestamp};

use super::super::check::Complaint;
use super::super::samples::photo;
use super::Outcome;
use crate::{Committed, Enrolment, MoveCounts, StoreError, Switched};

/// One subject, also one that has expired and was not deleted yet.
#[derive(Clone)]
pub(super) struct Life {
    pub created: Timestamp,
    pub at: Timestamp,
    pub session: SessionId,
    pub template: Template,
    pub photo: bool,
    /// The day from which it is not there.
    pub ends: Option<u32>,
    /// The day of its latest use.
    pub used: u32,
    /// What was made of it for the app's next model; `Some(None)`: no face was found.
    pub next: Option<Option<Template>>,
}

#[derive(Default)]
pub(super) struct Lives {
    pub today: u32,
    /// How many days who is not used is kept, and the day from which they count.
    pub keep: Option<(u32, u32)>,
    pub active: Option<ModelId>,
    pub next: Option<ModelId>,
    pub all: BTreeMap<u8, Life>,
}

/// The other one of the two models that there are.
pub(super) fn other(model: &ModelId) -> ModelId {
    if *model == first() { ModelId::new("better", "01") } else { first() }
}

fn first() -> ModelId {
    ModelId::new("sample", "00")
}

/// A template of a model; the same seed gives the same one.
pub(super) fn template(model: &ModelId, seed: u32) -> Result<Template, Complaint> {
    let shift = if *model == first() { 127.3 } else { 99.1 };
    let values = photo(seed.into(), 128).iter().map(|byte| f32::from(*byte) - shift).collect();
    Template::new(model.clone(), values).map_err(|error| Complaint::new(error.to_string()))
}

impl Lives {
    /// The model that an enrolment of now must be of.
    pub fn uses(&self) -> ModelId {
        self.active.clone().unwrap_or_else(first)
    }

    fn is_over(&self, life: &Life) -> bool {
        life.ends.is_some_and(|ends| ends <= self.today)
    }

    /// Those that can be seen, in the order of their names.
    pub fn there(&self) -> impl Iterator<Item = (u8, &Life)> {
        self.all.iter().filter(|(_, life)| !self.is_over(life)).map(|(who, life)| (*who, life))
    }

    pub fn due(&self) -> Vec<u8> {
        let forgotten = |life: &Life| self.keep.is_some_and(|(days, from)| life.used.max(from) + days <= self.today);
        self.all.iter().filter(|(_, life)| self.is_over(life) || forgotten(life)).map(|(who, _)| *who).collect()
    }

    /// A life that begins with this enrolment.
    pub fn begun(&self, new: &Enrolment) -> Life {
        Life {
            created: new.at,
            at: new.at,
            session: new.session_id,
            template: new.template.clone(),
            photo: new.photo.is_some(),
            ends: None,
            used: self.today,
            next: None,
        }
    }

    pub fn enroll(&mut self, who: u8, life: Life) -> Committed {
        self.active.get_or_insert_with(first);
        let before = self.all.get(&who).filter(|before| !self.is_over(before)).map(|before| before.created);
        self.all.insert(who, Life { created: before.unwrap_or(life.created), ..life });
        if before.is_some() { Committed::Updated } else { Committed::Created }
    }

    /// Whether there was one that could be seen; who has expired is gone all the same.
    pub fn delete(&mut self, who: u8) -> bool {
        self.all.remove(&who).is_some_and(|life| !self.is_over(&life))
    }

    pub fn touch(&mut self, who: u8) {
        let today = self.today;
        if let Some(life) = self.all.get_mut(&who) {
            life.used = today;
        }
    }

    /// From which model to which.
    pub fn begin(&mut self) -> (ModelId, ModelId) {
        let uses = self.active.get_or_insert_with(first).clone();
        (uses.clone(), self.next.get_or_insert_with(|| other(&uses)).clone())
    }

    /// What the app's next model knows of a life: ready, waiting, or stuck.
    fn state(life: &Life, next: &ModelId) -> (bool, bool, bool) {
        let ready = life.template.model() == next || matches!(life.next, Some(Some(_)));
        let waiting = !ready && life.photo && life.next.is_none();
        (ready, waiting, !ready && !waiting)
    }

    pub fn counts(&self, next: &ModelId) -> MoveCounts {
        let count = |which: fn((bool, bool, bool)) -> bool| {
            self.all.values().filter(|life| which(Self::state(life, next))).count() as u64
        };
        MoveCounts { ready: count(|state| state.0), waiting: count(|state| state.1), stuck: count(|state| state.2) }
    }

    pub fn waiting(&self) -> Vec<u8> {
        let Some(next) = &self.next else { return Vec::new() };
        self.all.iter().filter(|(_, life)| Self::state(life, next).1).map(|(who, _)| *who).collect()
    }

    pub fn moved(&mut self, who: u8, template: Option<Template>) {
        if let Some(life) = self.all.get_mut(&who) {
            life.next = Some(template);
        }
    }

    pub fn switch(&mut self, leave_behind: bool) -> Outcome {
        let Some(next) = self.next.clone() else { return Err(StoreError::OtherModel) };
        let MoveCounts { waiting, stuck, .. } = self.counts(&next);
        if waiting > 0 {
            return Ok(Switched::Waiting(waiting));
        }
        if stuck > 0 && !leave_behind {
            return Ok(Switched::Stuck(stuck));
        }
        (self.active, self.next) = (Some(next), None);
        for life in self.all.values_mut() {
            if let Some(Some(template)) = life.next.take() {
                life.template = template;
            }
        }
        Ok(Switched::Done)
    }

    pub fn abort(&mut self) -> bool {
        self.all.values_mut().for_each(|life| life.next = None);
        self.next.take().is_some()
    }
}
