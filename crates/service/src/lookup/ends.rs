//! When subjects in memory expire.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use facegate_domain::{AppId, SubjectId, Timestamp};

/// Subjects of each app that expire some time; few, and found no more from that moment on.
#[derive(Default)]
pub(super) struct Ends(RwLock<HashMap<AppId, HashMap<SubjectId, Timestamp>>>);

impl Ends {
    /// When the subject expires, if it does.
    pub(super) fn set(&self, app: &AppId, subject: &SubjectId, end: Option<Timestamp>) {
        // Most subjects never do: nothing is written for them.
        let known = || self.0.read().unwrap_or_else(PoisonError::into_inner).get(app).is_some();
        if end.is_none() && !known() {
            return;
        }
        let mut ends = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let own = ends.entry(app.clone()).or_default();
        match end {
            Some(end) => drop(own.insert(subject.clone(), end)),
            None => drop(own.remove(subject)),
        }
        if own.is_empty() {
            ends.remove(app);
        }
    }

    /// Who has expired and is still in the index.
    pub(super) fn expired(&self, app: &AppId) -> Vec<SubjectId> {
        let ends = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = ends.get(app) else { return Vec::new() };
        let now = Timestamp::now();
        own.iter().filter(|(_, end)| **end <= now).map(|(subject, _)| subject.clone()).collect()
    }
}
