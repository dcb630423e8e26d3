//! Where templates are found: in this process's memory, in step with a store that it has for itself, or in a store that
//! many servers share. The use cases cannot tell.

mod ends;
mod gates;
mod memory;
mod shelves;
mod stored;

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_gallery::{Commit, Erasure, Gallery, Neighbour, Unlike};

use crate::ServiceError;

pub(crate) use memory::InMemory;
pub(crate) use stored::InStore;

/// Finds templates, and writes so that they can be found or not any more when the write returns.
#[async_trait]
pub(crate) trait Lookup: Send + Sync {
    /// Templates in this process's memory, if they are there.
    fn held(&self) -> Option<usize>;

    /// Templates of one app and model that can be found.
    async fn count(&self, gallery: &dyn Gallery, app: &AppId, model: &ModelId) -> Result<u64, ServiceError>;

    /// The best `limit` subjects with at least this cosine, best first, ties by subject id. [`ServiceError::ModelChanged`]
    /// if the app uses another model than the probe's.
    async fn search(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, ServiceError>;

    /// Commits; with `unlike` only if no other subject has a cosine of at least this with the enrolment. Of two
    /// enrolments of one face at the same time the later one sees the earlier.
    async fn commit(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        commit: Commit,
        unlike: Option<f32>,
    ) -> Result<Unlike, ServiceError>;

    /// Deletes a subject. `false` if there was none.
    async fn delete(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        subject: &SubjectId,
        how: &Erasure,
    ) -> Result<bool, ServiceError>;
}
