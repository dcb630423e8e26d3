//! Search in the store itself, for backends that can.

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SubjectId, Template};

use crate::{Commit, Committed, Gallery, StoreError};

/// A subject that resembles a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// The subject.
    pub subject_id: SubjectId,
    /// Cosine of probe and template, −1..1; the same bits as [`Template::cosine`] gives.
    pub score: f32,
}

/// What became of a commit that was to enrol a new face only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// It was written.
    Committed(Committed),
    /// Nothing was written: the face is enrolled as this subject.
    Enrolled(SubjectId),
}

/// A gallery that finds templates by itself, so that no server needs them in memory.
#[async_trait]
pub trait VectorSearch: Gallery {
    /// The at most `limit` subjects whose template has a cosine of at least `min_score` with the probe, best first, ties
    /// by subject id. Templates of other models than the probe's are not looked at. [`StoreError::OtherModel`] if the app
    /// has another model by now, so that no answer is of two models.
    ///
    /// Exact for small apps. Beyond the size that the operator chose a store may answer from an index, which can miss a
    /// few; the scores of what it finds are exact all the same.
    async fn nearest(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, StoreError>;

    /// How many templates of this model the app has. Of large apps the figure may be up to a minute old.
    async fn searchable(&self, app: &AppId, model: &ModelId) -> Result<u64, StoreError>;

    /// Commits unless another subject's template has a cosine of at least `min_score` with the enrolment's. Of racing
    /// enrolments of one face one is written, on whatever server they are. A repetition ([`Commit::remember`]) gets the
    /// first answer, whatever is enrolled by now.
    async fn commit_unlike(&self, app: &AppId, commit: Commit, min_score: f32) -> Result<Unlike, StoreError>;
}
