//! The indexes in memory, one for each model, shared with the threads that scan them.

use facegate_domain::{AppId, ModelId, ModelMismatch, SubjectId, Template};
use facegate_gallery::Neighbour;
use facegate_search::Index;

use crate::{Models, sandbox};

/// An index for each model. Sandbox apps have templates of their own kind.
pub(super) struct Shelves(Vec<Index>);

impl Shelves {
    pub(super) fn new(models: &Models) -> Self {
        let ids = models.all().iter().map(|model| model.id.clone());
        Self(ids.chain([sandbox::model()]).map(Index::new).collect())
    }

    fn of(&self, model: &ModelId) -> Option<&Index> {
        self.0.iter().find(|index| index.model() == model)
    }

    /// Makes a template the subject's only one of its model. `false` if templates of the model are not kept here.
    pub(super) fn put(&self, app: &AppId, subject: &SubjectId, template: &Template) -> bool {
        self.of(template.model()).is_some_and(|index| index.put(app, subject, template).is_ok())
    }

    /// Removes a subject, whatever its template's model.
    pub(super) fn remove(&self, app: &AppId, subject: &SubjectId) {
        for index in &self.0 {
            index.remove(app, subject);
        }
    }

    /// Removes all that there is of an app.
    pub(super) fn clear(&self, app: &AppId) {
        self.0.iter().for_each(|index| index.remove_app(app));
    }

    /// Templates of all apps.
    pub(super) fn total(&self) -> usize {
        self.0.iter().map(Index::total).sum()
    }

    pub(super) fn count(&self, app: &AppId, model: &ModelId) -> usize {
        self.of(model).map_or(0, |index| index.count(app))
    }

    /// The at most `limit` subjects with a cosine of at least `min_score`, best first.
    pub(super) fn search(
        &self,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Result<Vec<Neighbour>, ModelMismatch> {
        let found = self.of(probe.model()).ok_or(ModelMismatch)?.search(app, probe, limit, min_score)?;
        Ok(found.into_iter().map(|found| Neighbour { subject_id: found.subject_id, score: found.score }).collect())
    }
}
