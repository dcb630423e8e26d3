//! Every app's shelf of templates, behind locks that a search holds only while it scans its own app.

use std::collections::HashMap;

use facegate_domain::{AppId, ModelId, ModelMismatch, SubjectId, Template};

use crate::shelf::Shelf;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, PoisonError, RwLock};

/// A subject that resembles the probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The subject.
    pub subject_id: SubjectId,
    /// Cosine of probe and template, −1..1.
    pub score: f32,
}

/// The templates of one model, of every app. Templates of other models are refused, so nothing is mixed.
pub struct Index {
    model: ModelId,
    apps: RwLock<HashMap<AppId, Arc<Place>>>,
}

/// An app's shelf.
struct Place {
    shelf: RwLock<Shelf>,
    /// How many templates are on it, for who must not wait for a scan to know.
    count: AtomicUsize,
}

impl Index {
    /// An empty index for templates of `model`.
    pub fn new(model: ModelId) -> Self {
        Self { model, apps: RwLock::default() }
    }

    /// The model whose templates it holds.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Adds a subject's template or replaces it: the old one is never found again once this returns.
    pub fn put(&self, app: &AppId, subject: &SubjectId, template: &Template) -> Result<(), ModelMismatch> {
        self.accepts(template)?;
        let place = match self.place(app) {
            Some(place) => place,
            None => {
                let mut apps = self.apps.write().unwrap_or_else(PoisonError::into_inner);
                let empty = || Arc::new(Place::new(template.values().len()));
                apps.entry(app.clone()).or_insert_with(empty).clone()
            }
        };
        place.change(|shelf| shelf.put(subject.as_str(), template.values()))
    }

    /// Removes a subject. `false` if it was not there.
    pub fn remove(&self, app: &AppId, subject: &SubjectId) -> bool {
        self.place(app).is_some_and(|place| place.change(|shelf| shelf.remove(subject.as_str())))
    }

    /// Removes an app with all its templates.
    pub fn remove_app(&self, app: &AppId) {
        self.apps.write().unwrap_or_else(PoisonError::into_inner).remove(app);
    }

    /// The at most `limit` subjects with a cosine of at least `min_score`, best first, ties by subject id.
    pub fn search(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Match>, ModelMismatch> {
        self.accepts(probe)?;
        let Some(place) = self.place(app) else { return Ok(Vec::new()) };
        let shelf = place.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let found = shelf.nearest(probe.values(), limit, min_score)?;
        // Ids were parsed on their way in; what does not parse any more cannot be named and is left out.
        let matched =
            |(id, score): (&str, f32)| SubjectId::parse(id).ok().map(|subject_id| Match { subject_id, score });
        Ok(found.into_iter().filter_map(matched).collect())
    }

    /// Templates of one app. Waits for no scan.
    pub fn count(&self, app: &AppId) -> usize {
        self.place(app).map_or(0, |place| place.count.load(Ordering::Relaxed))
    }

    /// Templates of all apps. Waits for no scan.
    pub fn total(&self) -> usize {
        let apps = self.apps.read().unwrap_or_else(PoisonError::into_inner);
        apps.values().map(|place| place.count.load(Ordering::Relaxed)).sum()
    }

    fn place(&self, app: &AppId) -> Option<Arc<Place>> {
        self.apps.read().unwrap_or_else(PoisonError::into_inner).get(app).cloned()
    }

    fn accepts(&self, template: &Template) -> Result<(), ModelMismatch> {
        if *template.model() == self.model { Ok(()) } else { Err(ModelMismatch) }
    }
}

impl Place {
    fn new(dimension: usize) -> Self {
        Self { shelf: RwLock::new(Shelf::new(dimension)), count: AtomicUsize::new(0) }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let done = change(&mut shelf);
        self.count.store(shelf.len(), Ordering::Relaxed);
        done
    }
}
