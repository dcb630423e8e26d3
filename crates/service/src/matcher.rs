//! Finding templates, wherever they are, and what a cosine between two of them means.

use std::sync::Arc;

use facegate_domain::{App, AppId, Calibration, ModelId, SubjectId, Template};
use facegate_gallery::{Commit, Erasure, Gallery, Neighbour, StoreError, Unlike, VectorSearch};

use crate::lookup::{InMemory, InStore, Lookup};
use crate::{Model, Models, ServiceError};

/// How many templates were put into memory at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Searchable.
    pub indexed: usize,
    /// Of another model than their app's: not searchable until they are made again.
    pub foreign: usize,
}

/// Compares and finds templates.
pub struct Matcher {
    lookup: Box<dyn Lookup>,
    models: Models,
}

impl Matcher {
    /// For templates of one model, kept in memory, with the meaning of the model's cosines. For a store without
    /// subjects. The store must have no other writer of subjects.
    pub fn new(id: ModelId, calibration: Calibration) -> Self {
        let models = Models::new(Model { id, calibration }, []);
        Self { lookup: Box::new(InMemory::new(&models)), models }
    }

    /// For templates of these models, kept in memory: every one of the store's; `apps` are all that it has. To be made
    /// before the first request.
    pub async fn filled(models: Models, apps: &[App], gallery: &dyn Gallery) -> Result<(Self, Filled), StoreError> {
        let memory = InMemory::new(&models);
        let filled = memory.fill(apps, gallery).await?;
        Ok((Self { lookup: Box::new(memory), models }, filled))
    }

    /// For templates that stay in a store, which may have any number of servers.
    pub fn in_store(store: Arc<dyn VectorSearch>, models: Models) -> Self {
        Self { lookup: Box::new(InStore(store)), models }
    }

    /// The models that can be computed here.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Templates held in this process's memory; `None` if the store searches.
    pub(crate) fn held(&self) -> Option<usize> {
        self.lookup.held()
    }

    /// The similarity that the app's gallery asks for, so that of 100 strangers at most one is taken for somebody.
    pub(crate) async fn recommended(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        model: &ModelId,
    ) -> Result<f64, ServiceError> {
        let count = self.lookup.count(gallery, app, model).await?;
        Ok(self.models.calibration(model).search_threshold(usize::try_from(count).unwrap_or(usize::MAX)))
    }

    /// The best `limit` subjects with at least this similarity, best first. [`ServiceError::ModelChanged`] if the app uses
    /// another model than the probe's by now.
    pub(crate) async fn search(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_similarity: f64,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        let min_score = self.models.calibration(probe.model()).cosine(min_similarity);
        self.lookup.search(gallery, app, probe, limit, min_score).await
    }

    /// Commits; what is enrolled can be found when this returns. With `new_face` only if the face is not enrolled under
    /// another subject. [`ServiceError::ModelChanged`] if the app uses another model than the enrolment's by now.
    pub(crate) async fn commit(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        commit: Commit,
        new_face: bool,
    ) -> Result<Unlike, ServiceError> {
        let unlike = match &commit.enrolment {
            Some(enrolment) if new_face => {
                let model = enrolment.template.model();
                let similarity = self.recommended(gallery, app, model).await?;
                Some(self.models.calibration(model).cosine(similarity))
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
