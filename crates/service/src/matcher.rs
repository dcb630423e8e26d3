//! Templates in memory, in step with the store, and what a cosine between two of them means.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use facegate_domain::{AppId, Calibration, ModelId, SubjectId, Template};
use facegate_gallery::{Gallery, MAX_TEMPLATES, StoreError};
use facegate_search::{Index, Match};
use tokio::sync::{Mutex, MutexGuard};

use crate::{ServiceError, sandbox};

/// Locks shared by all subjects: enough that two subjects rarely wait for each other.
const LOCKS: usize = 256;

/// How many templates were put into memory at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Searchable.
    pub indexed: usize,
    /// Made by another model: not searchable until they are made again.
    pub foreign: usize,
}

/// Compares and finds templates.
pub struct Matcher {
    index: Index,
    /// Sandbox apps have templates of their own kind, so they search apart.
    sandbox: Index,
    calibration: Calibration,
    subject_locks: Vec<Mutex<()>>,
    app_locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Matcher {
    /// For templates of one model, with the meaning of its cosines. Empty until [`Matcher::fill`].
    pub fn new(model: ModelId, calibration: Calibration) -> Self {
        Self {
            index: Index::new(model),
            sandbox: Index::new(sandbox::model()),
            calibration,
            subject_locks: locks(),
            app_locks: locks(),
            hasher: RandomState::new(),
        }
    }

    /// Loads every stored template; to be called before the first request.
    pub async fn fill(&self, gallery: &dyn Gallery) -> Result<Filled, StoreError> {
        let (mut filled, mut after) = (Filled::default(), None);
        loop {
            let batch = gallery.templates(after.as_ref(), MAX_TEMPLATES).await?;
            let Some(last) = batch.last() else { return Ok(filled) };
            after = Some(last.cursor);
            for stored in &batch {
                match self.put(&stored.app, &stored.subject_id, &stored.template) {
                    true => filled.indexed += 1,
                    false => filled.foreign += 1,
                }
            }
        }
    }

    /// How cosines become similarities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Templates of one app that can be found.
    pub fn count(&self, app: &AppId) -> usize {
        self.index.count(app) + self.sandbox.count(app)
    }

    /// Makes a template the subject's only one. `false` if it is of another model than this server's: then the subject
    /// cannot be found, but neither can what was there before.
    pub(crate) fn put(&self, app: &AppId, subject: &SubjectId, template: &Template) -> bool {
        let kept = self.index_of(template).put(app, subject, template).is_ok();
        if !kept {
            self.index.remove(app, subject);
        }
        kept
    }

    pub(crate) fn remove(&self, app: &AppId, subject: &SubjectId) {
        self.index.remove(app, subject);
        self.sandbox.remove(app, subject);
    }

    /// The best `limit` subjects with at least this similarity, best first. Scans the app's whole gallery: on a thread
    /// that may block.
    pub(crate) async fn search(
        self: &Arc<Self>,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_similarity: f64,
    ) -> Result<Vec<Match>, ServiceError> {
        let (matcher, app, probe) = (self.clone(), app.clone(), probe.clone());
        let min_score = self.calibration.cosine(min_similarity);
        let scan = move || matcher.index_of(&probe).search(&app, &probe, limit, min_score);
        match tokio::task::spawn_blocking(scan).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::error!(%error, "the probe is of another model than the index");
                Err(ServiceError::Internal)
            }
            Err(_) => Err(ServiceError::Internal),
        }
    }

    /// Held while a subject is written to the store and to memory, so that both see concurrent writes in one order.
    pub(crate) async fn lock_subject(&self, app: &AppId, subject: &SubjectId) -> MutexGuard<'_, ()> {
        self.subject_locks[self.hasher.hash_one((app, subject)) as usize % LOCKS].lock().await
    }

    /// Held from the search for a duplicate until the enrolment can be found, so that of two enrolments of one face the
    /// later one sees the earlier. Taken before a subject's lock, never after.
    pub(crate) async fn lock_app(&self, app: &AppId) -> MutexGuard<'_, ()> {
        self.app_locks[self.hasher.hash_one(app) as usize % LOCKS].lock().await
    }

    fn index_of(&self, template: &Template) -> &Index {
        if template.model() == self.sandbox.model() { &self.sandbox } else { &self.index }
    }
}

fn locks() -> Vec<Mutex<()>> {
    (0..LOCKS).map(|_| Mutex::new(())).collect()
}
