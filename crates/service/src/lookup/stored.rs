//! Templates stay in the store, which finds them itself: every server sees what any of them has written.

use std::sync::Arc;

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_gallery::{Commit, Erasure, Gallery, Neighbour, Unlike, VectorSearch};

use super::Lookup;
use crate::ServiceError;

/// A store that searches.
pub(crate) struct InStore(pub(crate) Arc<dyn VectorSearch>);

#[async_trait]
impl Lookup for InStore {
    fn held(&self) -> Option<usize> {
        None
    }

    async fn count(&self, _: &dyn Gallery, app: &AppId, model: &ModelId) -> Result<u64, ServiceError> {
        Ok(self.0.searchable(app, model).await?)
    }

    async fn search(
        &self,
        _: &dyn Gallery,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        Ok(self.0.nearest(app, probe, limit, min_score).await?)
    }

    async fn commit(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        commit: Commit,
        unlike: Option<f32>,
    ) -> Result<Unlike, ServiceError> {
        match unlike {
            Some(min_score) => Ok(self.0.commit_unlike(app, commit, min_score).await?),
            None => Ok(Unlike::Committed(gallery.commit(app, commit).await?)),
        }
    }

    async fn delete(
        &self,
        gallery: &dyn Gallery,
        app: &AppId,
        subject: &SubjectId,
        how: &Erasure,
    ) -> Result<bool, ServiceError> {
        Ok(gallery.erase(app, subject, how).await?)
    }
}
