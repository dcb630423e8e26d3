//! Templates in memory, in step with a store that no other server writes to.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::thread::available_parallelism;

use async_trait::async_trait;
use facegate_domain::{App, AppId, ModelId, SubjectId, Template};
use facegate_gallery::{Commit, Committed, Erasure, Gallery, MAX_TEMPLATES, Neighbour, StoreError, Unlike};
use tokio::sync::{Mutex, MutexGuard, Semaphore};

use super::Lookup;
use super::ends::Ends;
use super::gates::Gates;
use super::shelves::Shelves;
use crate::matcher::Filled;
use crate::{Models, ServiceError};

/// Locks shared by all subjects: enough that two subjects rarely wait for each other.
const LOCKS: usize = 256;

/// Indexes in step with the store.
pub(crate) struct InMemory {
    shelves: Arc<Shelves>,
    gates: Gates,
    subject_locks: Vec<Mutex<()>>,
    app_locks: Vec<Mutex<()>>,
    ends: Ends,
    /// One scan a core: more at once would only be more threads that wait for it, and stay. Small apps have turns of their own,
    /// and do not wait for what large ones ask.
    turns: Turns,
    hasher: RandomState,
}

/// Templates of an app whose scan is over in less time than it takes to wait: about 0.2 ms.
const FEW: usize = 20_000;

/// Who may scan at the moment.
struct Turns {
    few: Arc<Semaphore>,
    many: Arc<Semaphore>,
}

impl Turns {
    fn new(cores: usize) -> Self {
        Self { few: Arc::new(Semaphore::new(cores)), many: Arc::new(Semaphore::new(cores)) }
    }

    /// Those for an app with so many templates.
    fn of(&self, templates: usize) -> Arc<Semaphore> {
        if templates <= FEW { self.few.clone() } else { self.many.clone() }
    }
}

impl InMemory {
    /// For templates of these models. Empty until [`InMemory::fill`].
    pub(crate) fn new(models: &Models) -> Self {
        Self {
            shelves: Arc::new(Shelves::new(models)),
            gates: Gates::default(),
            subject_locks: locks(),
            app_locks: locks(),
            ends: Ends::default(),
            turns: Turns::new(available_parallelism().map_or(1, usize::from)),
            hasher: RandomState::new(),
        }
    }

    /// Loads every stored template of these apps; to be called before the first request. Apps whose model is not decided are
    /// loaded when it is.
    pub(crate) async fn fill(&self, apps: &[App], gallery: &dyn Gallery) -> Result<Filled, StoreError> {
        let known: HashMap<&AppId, &ModelId> =
            apps.iter().filter_map(|app| Some((&app.id, app.model.as_ref()?))).collect();
        let (mut filled, mut after) = (Filled::default(), None);
        loop {
            let batch = gallery.templates(after.as_ref(), MAX_TEMPLATES).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.cursor);
            for stored in &batch {
                let Some(model) = known.get(&stored.app) else { continue };
                self.ends.set(&stored.app, &stored.subject_id, stored.expires_at);
                let own = stored.template.model() == *model;
                match own && self.shelves.put(&stored.app, &stored.subject_id, &stored.template) {
                    true => filled.indexed += 1,
                    false => filled.foreign += 1,
                }
            }
        }
        known.into_iter().for_each(|(app, model)| self.gates.set(app, model));
        Ok(filled)
    }

    /// Puts the app's templates of its present model into memory, and nothing else of it; gives that model. `default`: for
    /// an app whose model is not decided.
    async fn load(&self, gallery: &dyn Gallery, app: &AppId, default: &ModelId) -> Result<ModelId, ServiceError> {
        'anew: loop {
            self.shelves.clear(app);
            let (mut after, mut model) = (None, None);
            loop {
                let batch = gallery.templates_of(app, after.as_ref(), MAX_TEMPLATES).await?;
                let now = batch.model.unwrap_or_else(|| default.clone());
                if *model.get_or_insert_with(|| now.clone()) != now {
                    continue 'anew;
                }
                let Some(last) = batch.templates.last() else { return Ok(now) };
                after = Some(last.cursor);
                for stored in batch.templates.iter().filter(|stored| *stored.template.model() == now) {
                    self.ends.set(app, &stored.subject_id, stored.expires_at);
                    self.shelves.put(app, &stored.subject_id, &stored.template);
                }
            }
        }
    }

    /// Holds the app at this model, whose templates are in memory then.
    async fn hold(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        model: &ModelId,
    ) -> Result<super::gates::Held, ServiceError> {
        self.gates.hold(app, model, || self.load(gallery, app, model)).await
    }

    /// Scans the app's whole gallery: on a thread that may block.
    async fn scan(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        // With the scan, not with its request: who leaves does not end it.
        let turn = self.turns.of(self.shelves.count(app, probe.model())).acquire_owned().await;
        let turn = turn.map_err(|_| ServiceError::Internal)?;
        let expired = self.ends.expired(app);
        let (shelves, app, probe, wanted) = (self.shelves.clone(), app.clone(), probe.clone(), limit + expired.len());
        let scan = move || {
            let _turn = turn;
            shelves.search(&app, &probe, wanted, min_score)
        };
        match tokio::task::spawn_blocking(scan).await {
            Ok(Ok(mut found)) => {
                found.retain(|found| !expired.contains(&found.subject_id));
                found.truncate(limit);
                Ok(found)
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the probe is of another model than the index");
                Err(ServiceError::Internal)
            }
            Err(_) => Err(ServiceError::Internal),
        }
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

#[async_trait]
impl Lookup for InMemory {
    fn held(&self) -> Option<usize> {
        Some(self.shelves.total())
    }

    async fn count(&self, gallery: &dyn Gallery, app: &AppId, model: &ModelId) -> Result<u64, ServiceError> {
        let _held = self.hold(gallery, app, model).await?;
        Ok(self.shelves.count(app, model) as u64)
    }

    async fn search(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        let _held = self.hold(gallery, app, probe.model()).await?;
        self.scan(app, probe, limit, min_score).await
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
        let _held = self.hold(gallery, app, template.model()).await?;
        let _one_by_one = if unlike.is_some() { Some(self.lock_app(app).await) } else { None };
        if let Some(min_score) = unlike {
            let alike = self.scan(app, &template, 2, min_score).await?;
            if let Some(other) = alike.into_iter().find(|found| found.subject_id != subject) {
                return Ok(Unlike::Enrolled(other.subject_id));
            }
        }
        let _in_order = self.lock_subject(app, &subject).await;
        let committed = gallery.commit(app, commit).await?;
        if !matches!(committed, Committed::Replayed(_)) {
            self.ends.set(app, &subject, end);
            self.shelves.put(app, &subject, &template);
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
        let _held = self.gates.hold_any(app).await;
        let _in_order = self.lock_subject(app, subject).await;
        let removed = gallery.erase(app, subject, how).await?;
        // Kept if only its end was looked at, and it has been put off.
        if removed || !how.only_if_due {
            self.shelves.remove(app, subject);
            self.ends.set(app, subject, None);
        }
        Ok(removed)
    }
}

fn locks() -> Vec<Mutex<()>> {
    (0..LOCKS).map(|_| Mutex::new(())).collect()
}
