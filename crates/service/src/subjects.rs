//! Subjects that are enrolled: reading, listing, deleting.

use facegate_domain::{App, ModelId, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Erasure, SubjectRecord, SubjectSummary};
use facegate_vision::Wants;

use crate::enroll::to_the_end;
use crate::sandbox::{self, SandboxSubject};
use crate::{Facegate, ImageInput, ServiceError, Tenant};

impl Facegate {
    /// Removes a subject with its template and photo. [`ServiceError::SubjectNotFound`] if it is not enrolled.
    pub async fn delete_subject(
        &self,
        app: &Tenant,
        session: SessionId,
        subject: &SubjectId,
    ) -> Result<(), ServiceError> {
        if Self::is_sandbox(app) {
            // The contract's rule, also for ids that were enrolled: only the scenarios can be deleted.
            return match sandbox::subject(subject.as_str()) {
                Some(SandboxSubject::Exists(_)) => Ok(()),
                Some(SandboxSubject::Missing) => Err(ServiceError::SubjectNotFound),
                None => Err(ServiceError::SandboxSubject),
            };
        }
        let (gallery, matcher) = (self.gallery.clone(), self.matcher.clone());
        let (app_id, subject) = (app.id.clone(), subject.clone());
        let erasure = Erasure::requested(app.actor(), session, Timestamp::now());
        let removed = to_the_end(async move { matcher.delete(&*gallery, &app_id, &subject, &erasure).await });
        match removed.await?? {
            true => Ok(()),
            false => Err(ServiceError::SubjectNotFound),
        }
    }

    /// One subject's record. [`ServiceError::SubjectNotFound`] if it is not enrolled.
    pub async fn subject(&self, app: &App, subject: &SubjectId) -> Result<SubjectRecord, ServiceError> {
        self.gallery.subject(&app.id, subject).await?.ok_or(ServiceError::SubjectNotFound)
    }

    /// A page of subjects in the order of their ids, after `after`, and whether there are more.
    pub async fn subjects(
        &self,
        app: &App,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<(Vec<SubjectSummary>, bool), ServiceError> {
        let mut page = self.gallery.subjects(&app.id, after, limit + 1).await?;
        let more = page.len() > limit;
        page.truncate(limit);
        Ok((page, more))
    }

    /// Whether there is such a subject.
    pub(crate) async fn is_enrolled(&self, app: &App, subject: &SubjectId) -> Result<bool, ServiceError> {
        let stored = self.gallery.subject(&app.id, subject).await?.is_some();
        Ok(stored || Self::scenario_template(app, subject).is_some())
    }

    /// The photo that a subject was enrolled with, if it is kept.
    pub(crate) async fn photo_of(&self, app: &App, subject: &SubjectId) -> Result<Option<Vec<u8>>, ServiceError> {
        Ok(self.gallery.photo(&app.id, subject).await?)
    }

    /// A subject's template of the model `wanted`. One that another model made is made again from the photo, if that
    /// was kept; templates of two models are never compared. [`ServiceError::ModelChanged`] if the app uses another model
    /// than this by now.
    pub(crate) async fn template_of(
        &self,
        app: &App,
        subject: &SubjectId,
        wanted: &ModelId,
    ) -> Result<Template, ServiceError> {
        let record = match self.gallery.subject(&app.id, subject).await? {
            Some(record) => record,
            None => return Self::scenario_template(app, subject).ok_or(ServiceError::SubjectNotFound),
        };
        if record.template.model() == wanted {
            return Ok(record.template);
        }
        if self.has_left(app, wanted).await? {
            return Err(ServiceError::ModelChanged);
        }
        let photo = self.photo_of(app, subject).await?.ok_or(ServiceError::StaleTemplate)?;
        let wants = Wants { template: true, ..Wants::default() };
        let made = self.analyze(app, ImageInput::Bytes(photo.into()), wants).await;
        // What is wrong is wrong with the photo of then, and nothing about the present request.
        let (mut analysis, _) = made.map_err(|error| match error {
            ServiceError::Image(_) => ServiceError::StaleTemplate,
            other => other,
        })?;
        let made = analysis.faces.first_mut().and_then(|face| face.template.take());
        made.filter(|template| template.model() == wanted).ok_or(ServiceError::StaleTemplate)
    }

    fn scenario_template(app: &App, subject: &SubjectId) -> Option<Template> {
        match sandbox::subject(subject.as_str()) {
            Some(SandboxSubject::Exists(letter)) if Self::is_sandbox(app) => sandbox::template(letter),
            _ => None,
        }
    }
}
