//! Templates in memory, in step with a store that no other server writes to.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SubjectId, Template, Timestamp};
use facegate_gallery::{Commit, Committed, Erasure, Gallery, MAX_TEMPLATES, Neighbour, StoreError, Unlike};
use facegate_search::Index;
use tokio::sync::{Mutex, MutexGuard};

use super::Lookup;
use crate::matcher::Filled;
use crate::{ServiceError, sandbox};

/// Locks shared by all subjects: enough that two subjects rarely wait for each other.
const LOCKS: usize = 256;

/// The indexes, shared with the threads that scan them.
struct Shelves {
    index: Index,
    /// Sandbox apps have templates of their own kind, so they search apart.
    sandbox: Index,
}

/// Indexes in step with the store.
pub(crate) struct InMemory {
    shelves: Arc<Shelves>,
    subject_locks: Vec<Mutex<()>>,
    app_locks: Vec<Mutex<()>>,
    /// Subjects of each app that expire some time; few, and found no more from that moment on.
    ends: RwLock<HashMap<AppId, HashMap<SubjectId, Timestamp>>>,
    hasher: RandomState,
}

impl InMemory {
    /// For templates of one model. Empty until [`InMemory::fill`].
    pub(crate) fn new(model: ModelId) -> Self {
        Self {
            shelves: Arc::new(Shelves { index: Index::new(model), sandbox: Index::new(sandbox::model()) }),
            subject_locks: locks(),
            app_locks: locks(),
            ends: RwLock::default(),
            hasher: RandomState::new(),
        }
    }

    /// Loads every stored template; to be called before the first request.
    pub(crate) async fn fill(&self, gallery: &dyn Gallery) -> Result<Filled, StoreError> {
        let (mut filled, mut after) = (Filled::default(), None);
        loop {
            let batch = gallery.templates(after.as_ref(), MAX_TEMPLATES).await?;
            let Some(last) = batch.last() else { return Ok(filled) };
            after = Some(last.cursor);
            for stored in &batch {
                self.set_end(&stored.app, &stored.subject_id, stored.expires_at);
                match self.put(&stored.app, &stored.subject_id, &stored.template) {
                    true => filled.indexed += 1,
                    false => filled.foreign += 1,
                }
            }
        }
    }

    /// Makes a template the subject's only one. `false` if it is of another model than this server's: then the subject
    /// cannot be found, but neither can what was there before.
    fn put(&self, app: &AppId, subject: &SubjectId, template: &Template) -> bool {
        let kept = self.shelves.of(template.model()).put(app, subject, template).is_ok();
        if !kept {
            self.shelves.index.remove(app, subject);
        }
        kept
    }

    /// When the subject expires, if it does.
    fn set_end(&self, app: &AppId, subject: &SubjectId, end: Option<Timestamp>) {
        // Most subjects never do: nothing is written for them.
        let known = || self.ends.read().unwrap_or_else(PoisonError::into_inner).get(app).is_some();
        if end.is_none() && !known() {
            return;
        }
        let mut ends = self.ends.write().unwrap_or_else(PoisonError::into_inner);
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
    fn expired(&self, app: &AppId) -> Vec<SubjectId> {
        let ends = self.ends.read().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = ends.get(app) else { return Vec::new() };
        let now = Timestamp::now();
        own.iter().filter(|(_, end)| **end <= now).map(|(subject, _)| subject.clone()).collect()
    }

    /// Held while a subject is written to the store and to memory, so that both see concurrent writes in one order.
    async fn lock_subject(&self, app: &AppId, subject: &SubjectId) -> MutexGuard<'_, ()> {
        self.subject_locks[self.hasher.hash_one((app, subject)) as usize % LOCKS].lock().await
    }

    /// Held from the search for a duplicate until the enrolment can be found. Taken before a subject's lock, never
    /// after.
    async fn lock_app(&self, app: &AppId) -> MutexGuard<'_, ()> {
        self.app_locks[self.hasher.hash_one(app) as usize % LOCKS].lock().await
    }
}

impl Shelves {
    fn of(&self, model: &ModelId) -> &Index {
        if model == self.sandbox.model() { &self.sandbox } else { &self.index }
    }
}

#[async_trait]
impl Lookup for InMemory {
    fn held(&self) -> Option<usize> {
        Some(self.shelves.index.total() + self.shelves.sandbox.total())
    }

    async fn count(&self, app: &AppId, model: &ModelId) -> Result<u64, ServiceError> {
        Ok(self.shelves.of(model).count(app) as u64)
    }

    /// Scans the app's whole gallery: on a thread that may block.
    async fn search(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        let expired = self.expired(app);
        let (shelves, app, probe, wanted) = (self.shelves.clone(), app.clone(), probe.clone(), limit + expired.len());
        let scan = move || shelves.of(probe.model()).search(&app, &probe, wanted, min_score);
        match tokio::task::spawn_blocking(scan).await {
            Ok(Ok(found)) => Ok(found
                .into_iter()
                .filter(|found| !expired.contains(&found.subject_id))
                .take(limit)
                .map(|found| Neighbour { subject_id: found.subject_id, score: found.score })
                .collect()),
            Ok(Err(error)) => {
                tracing::error!(%error, "the probe is of another model than the index");
                Err(ServiceError::Internal)
            }
            Err(_) => Err(ServiceError::Internal),
        }
    }

    /// Store first, then memory.
    async fn commit(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        commit: Commit,
        unlike: Option<f32>,
    ) -> Result<Unlike, ServiceError> {
        let Some((subject, template, end)) =
            commit.enrolment.as_ref().map(|new| (new.subject_id.clone(), new.template.clone(), new.terms.expires_at))
        else {
            return Ok(Unlike::Committed(gallery.commit(app, commit).await?));
        };
        let _one_by_one = if unlike.is_some() { Some(self.lock_app(app).await) } else { None };
        if let Some(min_score) = unlike {
            let alike = self.search(app, &template, 2, min_score).await?;
            if let Some(other) = alike.into_iter().find(|found| found.subject_id != subject) {
                return Ok(Unlike::Enrolled(other.subject_id));
            }
        }
        let _in_order = self.lock_subject(app, &subject).await;
        let committed = gallery.commit(app, commit).await?;
        if !matches!(committed, Committed::Replayed(_)) {
            self.set_end(app, &subject, end);
            self.put(app, &subject, &template);
        }
        Ok(Unlike::Committed(committed))
    }

    async fn delete(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        subject: &SubjectId,
        how: &Erasure,
    ) -> Result<bool, ServiceError> {
        let _in_order = self.lock_subject(app, subject).await;
        let removed = gallery.erase(app, subject, how).await?;
        // Kept if only its end was looked at, and it has been put off.
        if removed || !how.only_if_due {
            self.shelves.index.remove(app, subject);
            self.shelves.sandbox.remove(app, subject);
            self.set_end(app, subject, None);
        }
        Ok(removed)
    }
}

fn locks() -> Vec<Mutex<()>> {
    (0..LOCKS).map(|_| Mutex::new(())).collect()
}
