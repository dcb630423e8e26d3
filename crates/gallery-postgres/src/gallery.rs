//! The gallery's traits: each call is one piece of work on a connection, done again where that helps.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SubjectId, Template, Timestamp};
use facegate_gallery::{
    AppTemplates, Commit, Committed, Due, Erasure, Gallery, IdempotencyKey, Neighbour, Remembered, StoreError,
    StoredTemplate, SubjectRecord, SubjectSummary, TemplateCursor, Unlike, VectorSearch,
};

use crate::commit::Plan;
use crate::error::{Failure, Outcome};
use crate::retry::{read, write};
use crate::{PostgresStore, answers, commit, pages, subjects, terms};

/// A commit not longer ago than this shows that the store can be written.
const FRESH: Duration = Duration::from_secs(5);

impl PostgresStore {
    async fn commit_if(&self, app: &AppId, new: &Commit, unlike: Option<f32>) -> Result<Unlike, StoreError> {
        let enrolment = new.enrolment.as_ref();
        let model = self.shared.number_of(enrolment.map(|new| new.template.model())).await?;
        let next_model = enrolment.and_then(|new| new.next_template.as_ref()).map(Template::model);
        let next_model = self.shared.number_of(next_model).await?;
        let plan = Plan { app, commit: new, model, next_model, unlike };
        let outcome = write!(self.shared, app, |transaction| commit::write(&self.shared, &transaction, &plan));
        if outcome.is_ok() {
            *self.shared.last_write.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        outcome
    }

    fn wrote_lately(&self) -> bool {
        self.shared.last_write.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < FRESH)
    }
}

#[async_trait]
impl Gallery for PostgresStore {
    async fn commit(&self, app: &AppId, commit: Commit) -> Result<Committed, StoreError> {
        match self.commit_if(app, &commit, None).await? {
            Unlike::Committed(committed) => Ok(committed),
            Unlike::Enrolled(_) => Err(StoreError::Corrupt("a commit was refused that had no condition".to_owned())),
        }
    }

    async fn subject(&self, app: &AppId, id: &SubjectId) -> Result<Option<SubjectRecord>, StoreError> {
        read!(self.shared, |client| subjects::read(
            client,
            &self.shared.vault,
            app,
            id,
            self.shared.options.clock.now()
        ))
    }

    async fn photo_bytes(&self, app: &AppId, id: &SubjectId) -> Result<Option<usize>, StoreError> {
        let now = self.shared.options.clock.now();
        read!(self.shared, |client| subjects::photo_bytes(client, app, id, now))
    }

    async fn photo(&self, app: &AppId, id: &SubjectId) -> Result<Option<Vec<u8>>, StoreError> {
        read!(self.shared, |client| subjects::read_photo(
            client,
            &self.shared.vault,
            app,
            id,
            self.shared.options.clock.now()
        ))
    }

    async fn remembered(
        &self,
        app: &AppId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<Remembered>, StoreError> {
        read!(self.shared, |client| answers::find(&*client, &self.shared.vault, app, key, now))
    }

    async fn subjects(
        &self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectSummary>, StoreError> {
        read!(self.shared, |client| pages::subjects(client, app, after, limit, self.shared.options.clock.now()))
    }

    async fn templates(&self, after: Option<&TemplateCursor>, limit: usize) -> Result<Vec<StoredTemplate>, StoreError> {
        read!(self.shared, |client| pages::templates(
            client,
            &self.shared.vault,
            None,
            after.copied(),
            limit,
            self.shared.options.clock.now()
        ))
    }

    async fn templates_of(
        &self,
        app: &AppId,
        after: Option<&TemplateCursor>,
        limit: usize,
    ) -> Result<AppTemplates, StoreError> {
        let (vault, now) = (&self.shared.vault, self.shared.options.clock.now());
        read!(self.shared, |client| pages::templates_of(client, vault, app, after.copied(), limit, now))
    }

    async fn erase(&self, app: &AppId, id: &SubjectId, how: &Erasure) -> Result<bool, StoreError> {
        write!(self.shared, app, |transaction| subjects::delete(&self.shared, &transaction, app, id, how))
    }

    fn now(&self) -> Timestamp {
        self.shared.options.clock.now()
    }

    async fn due(&self, limit: usize) -> Result<Vec<Due>, StoreError> {
        read!(self.shared, |client| terms::due(client, self.shared.options.clock.now(), limit))
    }

    async fn touch(&self, app: &AppId, ids: &[SubjectId]) -> Result<(), StoreError> {
        read!(self.shared, |client| terms::touch(client, app, ids, self.shared.options.clock.now()))
    }

    async fn count(&self, app: &AppId) -> Result<u64, StoreError> {
        read!(self.shared, |client| subjects::count(client, app, self.shared.options.clock.now()))
    }

    async fn check(&self) -> Result<(), StoreError> {
        // Probes may come often and from anybody: they cost a write only when no request has shown that writing works.
        let write = !self.wrote_lately();
        read!(self.shared, |client| probe(client, write))?;
        if write {
            *self.shared.last_write.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        Ok(())
    }
}

#[async_trait]
impl VectorSearch for PostgresStore {
    async fn nearest(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, StoreError> {
        read!(self.shared, |client| self.shared.nearest_in(&*client, app, probe, limit, min_score))
    }

    async fn searchable(&self, app: &AppId, model: &ModelId) -> Result<u64, StoreError> {
        read!(self.shared, |client| self.shared.size(&*client, app, model))
    }

    async fn commit_unlike(&self, app: &AppId, commit: Commit, min_score: f32) -> Result<Unlike, StoreError> {
        self.commit_if(app, &commit, Some(min_score)).await
    }
}

/// A real read, and a real write all the way to the disk that changes nothing anybody reads.
async fn probe(client: &deadpool_postgres::Client, write: bool) -> Outcome<()> {
    let sql = match write {
        true => "UPDATE store SET probe = probe + 1",
        false => "SELECT FROM store",
    };
    let statement = client.prepare_cached(sql).await?;
    match client.execute(&statement, &[]).await? {
        1 => Ok(()),
        _ => Err(Failure::unreadable("schema version")),
    }
}
