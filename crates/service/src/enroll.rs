//! Enrolling and deleting a subject.

use bytes::Bytes;
use facegate_domain::{App, SessionId, SubjectId, Timestamp};
use facegate_gallery::{Charge, Commit, Enrolment};
use sha2::{Digest, Sha256};

use crate::sandbox::{self, SandboxSubject};
use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError};

/// A parsed request to enrol.
#[derive(Clone, Debug)]
pub struct EnrollRequest {
    /// The photo.
    pub image: ImageInput,
    /// The caller's id for the person; generated if there is none.
    pub subject_id: Option<SubjectId>,
    /// What to compute and which gates to apply.
    pub checks: Checks,
}

/// An answered request: enrolled if `assessed.failed` is empty, otherwise nothing was stored.
#[derive(Clone, Debug)]
pub struct EnrollAnswer {
    /// The subject, as given or generated.
    pub subject_id: SubjectId,
    /// What was found.
    pub assessed: Assessed,
}

impl Facegate {
    /// Enrols a subject or replaces one that is enrolled. When this returns `Ok` without failed gates, the enrolment
    /// is durable. A unit of each quota concerned is taken exactly when this returns `Ok`.
    pub async fn enroll(
        &self,
        app: &App,
        session: SessionId,
        request: EnrollRequest,
    ) -> Result<EnrollAnswer, ServiceError> {
        let EnrollRequest { image, subject_id, checks } = request;
        let charge = Self::charge(app, true, checks.liveness);
        Self::check_quotas(app, charge)?;
        let (mut assessed, photo) = self.assess(app, image, &checks, true).await?;
        let subject_id = subject_id.unwrap_or_else(SubjectId::generate);
        let enrolment = match photo {
            Some(photo) if assessed.failed.is_empty() => {
                Some(self.enrolment(&subject_id, session, &mut assessed, photo)?)
            }
            // Refused by a gate, or a sandbox app: units only.
            _ => None,
        };
        self.commit(app, Commit { charge, enrolment, ..Commit::default() }).await?;
        Ok(EnrollAnswer { subject_id, assessed })
    }

    /// Removes a subject with its template and photo. [`ServiceError::SubjectNotFound`] if it is not enrolled.
    pub async fn delete_subject(&self, app: &App, subject: &SubjectId) -> Result<(), ServiceError> {
        if Self::is_sandbox(app) {
            return match sandbox::subject(subject.as_str()) {
                Some(SandboxSubject::Exists) => Ok(()),
                Some(SandboxSubject::Missing) => Err(ServiceError::SubjectNotFound),
                None => Err(ServiceError::SandboxSubject),
            };
        }
        let (gallery, app, subject) = (self.gallery.clone(), app.id.clone(), subject.clone());
        match to_the_end(async move { gallery.delete_subject(&app, &subject).await }).await?? {
            true => Ok(()),
            false => Err(ServiceError::SubjectNotFound),
        }
    }

    fn enrolment(
        &self,
        subject_id: &SubjectId,
        session_id: SessionId,
        assessed: &mut Assessed,
        photo: Bytes,
    ) -> Result<Enrolment, ServiceError> {
        let nface = u32::try_from(assessed.analysis.faces.len()).unwrap_or(u32::MAX);
        let Some(template) = assessed.analysis.faces.first_mut().and_then(|face| face.template.take()) else {
            tracing::error!("the engine gave no template");
            return Err(ServiceError::Internal);
        };
        Ok(Enrolment {
            subject_id: subject_id.clone(),
            at: Timestamp::now(),
            session_id,
            template,
            nface,
            rotation: assessed.analysis.rotation,
            photo_sha256: Sha256::digest(&photo).into(),
            photo: self.options.keep_photos.then(|| photo.into()),
        })
    }

    pub(crate) async fn commit(&self, app: &App, commit: Commit) -> Result<(), ServiceError> {
        if commit.charge == Charge::default() && commit.enrolment.is_none() {
            return Ok(());
        }
        let (gallery, app) = (self.gallery.clone(), app.id.clone());
        to_the_end(async move { gallery.commit(&app, commit).await }).await??;
        Ok(())
    }
}

/// Runs a write to its end even when the client leaves and the request's future is dropped: what follows a write in
/// the same task (an index in memory) must never be cut off from it.
async fn to_the_end<T: Send + 'static>(write: impl Future<Output = T> + Send + 'static) -> Result<T, ServiceError> {
    tokio::spawn(write).await.map_err(|error| {
        tracing::error!(panicked = error.is_panic(), "a write did not come to its end");
        ServiceError::Internal
    })
}
