//! Finding templates, wherever they are, and what a cosine between two of them means.

use std::sync::Arc;

use facegate_domain::{AppId, Calibration, ModelId, SubjectId, Template};
use facegate_gallery::{Commit, Erasure, Gallery, Neighbour, StoreError, Unlike, VectorSearch};

use crate::ServiceError;
use crate::lookup::{InMemory, InStore, Lookup};

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
    lookup: Box<dyn Lookup>,
    calibration: Calibration,
}

impl Matcher {
    /// For templates of one model, kept in memory, with the meaning of the model's cosines. Empty: for a store without
    /// subjects. The store must have no other writer of subjects.
    pub fn new(model: ModelId, calibration: Calibration) -> Self {
        Self { lookup: Box::new(InMemory::new(model)), calibration }
    }

    /// The same with every template of the store; to be made before the first request.
    pub async fn filled(
        model: ModelId,
        calibration: Calibration,
        gallery: &dyn Gallery,
    ) -> Result<(Self, Filled), StoreError> {
        let memory = InMemory::new(model);
        let filled = memory.fill(gallery).await?;
        Ok((Self { lookup: Box::new(memory), calibration }, filled))
    }

    /// For templates that stay in a store, which may have any number of servers.
    pub fn in_store(store: Arc<dyn VectorSearch>, calibration: Calibration) -> Self {
        Self { lookup: Box::new(InStore(store)), calibration }
    }

    /// How cosines become similarities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Templates held in this process's memory; `None` if the store searches.
    pub(crate) fn held(&self) -> Option<usize> {
        self.lookup.held()
    }

    /// The similarity that the app's gallery asks for, so that of 100 strangers at most one is taken for somebody.
    pub(crate) async fn recommended(&self, app: &AppId, model: &ModelId) -> Result<f64, ServiceError> {
        let count = self.lookup.count(app, model).await?;
        Ok(self.calibration.search_threshold(usize::try_from(count).unwrap_or(usize::MAX)))
    }

    /// The best `limit` subjects with at least this similarity, best first.
    pub(crate) async fn search(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_similarity: f64,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        self.lookup.search(app, probe, limit, self.calibration.cosine(min_similarity)).await
    }

    /// Commits; what is enrolled can be found when this returns. With `new_face` only if the face is not enrolled under
    /// another subject.
    pub(crate) async fn commit(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        commit: Commit,
        new_face: bool,
    ) -> Result<Unlike, ServiceError> {
        let unlike = match &commit.enrolment {
            Some(enrolment) if new_face => {
                let similarity = self.recommended(app, enrolment.template.model()).await?;
                Some(self.calibration.cosine(similarity))
            }
            _ => None,
        };
        self.lookup.commit(gallery, app, commit, unlike).await
    }

    /// Deletes a subject; it cannot be found any more when this returns. `false` if there was none.
    pub(crate) async fn delete(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        subject: &SubjectId,
        how: &Erasure,
    ) -> Result<bool, ServiceError> {
        self.lookup.delete(gallery, app, subject, how).await
    }
}
