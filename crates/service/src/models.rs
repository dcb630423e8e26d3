//! The template models that this server can compute, and which of them an app uses.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use facegate_domain::{App, AppId, Calibration, ModelId};
use facegate_gallery::{Gallery, MAX_SUBJECTS, SubjectSummary};

use crate::{Assessed, Facegate, ServiceError, Tenant};

/// A model, with the meaning of its cosines.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// How its cosines become similarities.
    pub calibration: Calibration,
}

/// Models in the order in which the engine numbers their profiles; the first is for new apps.
#[derive(Debug)]
pub struct Models {
    all: Vec<Model>,
    first: Model,
}

impl Models {
    /// In the engine's order.
    pub fn new(first: Model, others: impl IntoIterator<Item = Model>) -> Self {
        let all = std::iter::once(first.clone()).chain(others).collect();
        Self { all, first }
    }

    /// The one for new apps.
    pub fn first(&self) -> &Model {
        &self.first
    }

    /// Every one.
    pub fn all(&self) -> &[Model] {
        &self.all
    }

    /// A model and its number.
    pub fn find(&self, id: &ModelId) -> Option<(usize, &Model)> {
        self.all.iter().enumerate().find(|(_, model)| model.id == *id)
    }

    /// The meaning of a model's cosines; sandbox templates borrow the first one's.
    pub(crate) fn calibration(&self, id: &ModelId) -> &Calibration {
        &self.find(id).map_or(&self.first, |(_, model)| model).calibration
    }

    /// The model of an app that has none on record, by some of its subjects: that of the latest of them that can be
    /// computed. An earlier version did not record it, and served by its one model whatever subjects had.
    pub fn latest(&self, some: &[SubjectSummary]) -> Option<&Model> {
        let can = some.iter().filter_map(|subject| Some((subject.updated_at, self.find(&subject.model)?.1)));
        can.max_by_key(|(at, _)| *at).map(|(_, model)| model)
    }
}

/// What was decided about apps without a model on record. Their next enrolment writes it down.
#[derive(Default)]
pub(crate) struct Decided {
    models: Mutex<HashMap<AppId, ModelId>>,
    told: Mutex<Vec<ModelId>>,
}

impl Decided {
    async fn model(&self, gallery: &dyn Gallery, models: &Models, app: &AppId) -> Result<ModelId, ServiceError> {
        if let Some(known) = self.models.lock().unwrap_or_else(PoisonError::into_inner).get(app) {
            return Ok(known.clone());
        }
        let some = gallery.subjects(app, None, MAX_SUBJECTS).await?;
        let model = models.latest(&some).unwrap_or(models.first()).id.clone();
        // Without subjects nothing is decided: an import may bring some.
        if !some.is_empty() {
            self.models.lock().unwrap_or_else(PoisonError::into_inner).insert(app.clone(), model.clone());
        }
        Ok(model)
    }

    /// Whether it is the first time that this model is missed.
    fn is_news(&self, model: &ModelId) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let news = !told.contains(model);
        if news {
            told.push(model.clone());
        }
        news
    }
}

impl Facegate {
    /// The app with its model, also where none is on record.
    pub(crate) async fn with_model(&self, mut app: App) -> Result<App, ServiceError> {
        if app.model.is_none() && !Self::is_sandbox(&app) {
            app.model = Some(self.decided.model(&*self.gallery, self.matcher.models(), &app.id).await?);
        }
        Ok(app)
    }

    /// The number and meaning of the model by which this app's faces are compared. [`ServiceError::Busy`] if this server
    /// cannot compute it: another one may.
    pub(crate) fn model_of(&self, app: &App) -> Result<(usize, &Model), ServiceError> {
        let models = self.matcher.models();
        let Some(id) = app.model.as_ref().filter(|_| !Self::is_sandbox(app)) else { return Ok((0, models.first())) };
        models.find(id).ok_or_else(|| {
            if self.decided.is_news(id) {
                tracing::error!(
                    app = app.id.as_str(),
                    model = id.as_str(),
                    "the app's templates are of a model that this server cannot compute, so its requests are refused: add \
                     the model's profile to the setting `profile`, or move the app with `facegate reembed`"
                );
            }
            ServiceError::Busy
        })
    }

    /// How the cosines of an answer became similarities: by the model of its template.
    pub fn calibration(&self, assessed: &Assessed) -> &Calibration {
        let models = self.matcher.models();
        assessed.template().map_or(&models.first().calibration, |template| models.calibration(template.model()))
    }

    /// Whether the app uses another model than this by now.
    pub(crate) async fn has_left(&self, app: &App, model: &ModelId) -> Result<bool, ServiceError> {
        let now = self.apps.app(&app.id).await?.ok_or(ServiceError::Unauthorized)?;
        Ok(now.model.is_some_and(|now| now != *model))
    }

    /// The same caller's app as it is now.
    pub(crate) async fn again(&self, tenant: &Tenant) -> Result<Tenant, ServiceError> {
        let app = self.apps.app(&tenant.id).await?.ok_or(ServiceError::Unauthorized)?;
        Ok(tenant.with(self.with_model(app).await?))
    }
}

/// Does a piece of work for `$app`, and once more with the app as it is then if it was moved to another model meanwhile.
macro_rules! once_more {
    ($facegate:expr, $app:ident, $work:expr) => {
        match $work.await {
            Err($crate::ServiceError::ModelChanged) => {
                let $app = &$facegate.again($app).await?;
                $work.await
            }
            outcome => outcome,
        }
    };
}

pub(crate) use once_more;

#[cfg(test)]
mod tests {
    use facegate_domain::{SessionId, SubjectId, Timestamp};

    use super::*;

    fn model(name: &str) -> Model {
        let points = vec![(-1.0, 0.0), (0.0, 25.0), (0.35, 82.0), (1.0, 100.0)];
        let calibration = Calibration::new(points, vec![(1e-3, 0.29), (1e-4, 0.35), (1e-5, 0.4)]).unwrap();
        Model { id: ModelId::new(name, "0"), calibration }
    }

    fn subject(name: &str, at: i64) -> SubjectSummary {
        SubjectSummary {
            subject_id: SubjectId::parse("budi").unwrap(),
            created_at: Timestamp(1),
            updated_at: Timestamp(at),
            session_id: SessionId::generate(),
            model: model(name).id,
            nface: 1,
            rotation: 0,
            has_photo: true,
            terms: Default::default(),
        }
    }

    #[test]
    fn an_app_of_before_has_the_latest_model_that_can_be_computed() {
        let models = Models::new(model("new"), [model("old")]);
        let latest = |some: &[SubjectSummary]| models.latest(some).map(|model| model.id.as_str().to_owned());
        assert_eq!(latest(&[]), None);
        assert_eq!(latest(&[subject("old", 5)]).as_deref(), Some("old@0"), "not simply the first");
        assert_eq!(latest(&[subject("new", 4), subject("old", 5)]).as_deref(), Some("old@0"));
        assert_eq!(latest(&[subject("new", 6), subject("old", 5)]).as_deref(), Some("new@0"));
        // What nobody can compute any more was not served by either.
        assert_eq!(latest(&[subject("lost", 9), subject("old", 5)]).as_deref(), Some("old@0"));
        assert_eq!(latest(&[subject("lost", 9)]), None);
    }

    #[test]
    fn models_have_the_engines_numbers() {
        let models = Models::new(model("a"), [model("b")]);
        let number = |name: &str| models.find(&model(name).id).map(|(number, _)| number);
        assert_eq!((number("a"), number("b"), number("c")), (Some(0), Some(1), None));
        assert_eq!(models.first().id, model("a").id);
    }
}
