//! Enrolling a subject.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use facegate_domain::{App, AppId, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Charge, Commit, Committed, Enrolment, Gallery, Terms, Unlike};
use facegate_metrics::{Metrics, Stage};
use facegate_vision::Wants;
use sha2::{Digest, Sha256};
use tracing::Instrument as _;

use crate::models::once_more;
use crate::once::same_request;
use crate::{Assessed, Checks, EngineError, Facegate, ImageInput, Matcher, Once, ServiceError, Tenant, times};

/// A parsed request to enrol.
#[derive(Clone, Debug)]
pub struct EnrollRequest {
    /// The photo.
    pub image: ImageInput,
    /// The caller's id for the person; generated if there is none.
    pub subject_id: Option<SubjectId>,
    /// What to compute and which gates to apply.
    pub checks: Checks,
    /// Refuse a face that is enrolled under another subject.
    pub check_duplicate: bool,
    /// On what terms the subject is kept.
    pub terms: Terms,
}

/// An answered request: enrolled if `assessed.failed` is empty, otherwise nothing was stored.
#[derive(Clone, Debug)]
pub struct EnrollAnswer {
    /// The subject, as given or generated.
    pub subject_id: SubjectId,
    /// What was found.
    pub assessed: Assessed,
}

/// What to send.
#[derive(Debug)]
pub enum Enrolled {
    /// A fresh answer.
    Fresh(EnrollAnswer),
    /// The answer to a repeatable request as it was worded and kept, now or the first time.
    Kept(Vec<u8>),
}

/// The last step, which must run to its end once it has begun.
struct Write {
    gallery: Arc<dyn Gallery>,
    matcher: Arc<Matcher>,
    app: AppId,
    check_duplicate: bool,
    commit: Commit,
    metrics: Arc<Metrics>,
}

impl Facegate {
    /// Enrols a subject or replaces one that is enrolled. When this returns `Ok` without failed gates, the enrolment
    /// is durable and can be found. A unit of each quota concerned is taken exactly when this returns `Ok`, and with
    /// `once` only the first time.
    pub async fn enroll(
        &self,
        app: &Tenant,
        session: SessionId,
        request: EnrollRequest,
        once: Option<Once>,
    ) -> Result<Enrolled, ServiceError> {
        if let Some(once) = &once
            && let Some(first) = self.repeated(app, once).await?
        {
            return Ok(Enrolled::Kept(first));
        }
        Self::check_quotas(app, Self::charge(app, true, request.checks.liveness))?;
        let EnrollRequest { image, subject_id, .. } = request;
        let image = self.got(app, image).await?;
        let request =
            EnrollRequest { image, subject_id: Some(subject_id.unwrap_or_else(SubjectId::generate)), ..request };
        let once = once.as_ref();
        once_more!(self, app, self.enroll_with(app, session, &request, once))
    }

    /// By the model that the app has at the moment.
    async fn enroll_with(
        &self,
        app: &Tenant,
        session: SessionId,
        request: &EnrollRequest,
        once: Option<&Once>,
    ) -> Result<Enrolled, ServiceError> {
        let EnrollRequest { image, subject_id, checks, check_duplicate, terms } = request;
        let (assessed, photo) = self.assess(app, image.clone(), checks, true).await?;
        let subject = subject_id.clone().unwrap_or_else(SubjectId::generate);
        let at = Timestamp::now();
        let enrolment = match assessed.failed.is_empty() {
            true => {
                let next_template = self.next_template(app, &photo).await?;
                let enrolment = self.enrolment(app, &subject, session, at, &assessed, photo)?;
                Some(Enrolment { terms: terms.clone(), next_template, ..enrolment })
            }
            false => None,
        };
        let answer = EnrollAnswer { subject_id: subject.clone(), assessed };
        let remember = once.map(|once| once.remember(&answer, &subject, at));
        let kept = remember.as_ref().map(|remember| remember.answer.clone());
        let charge = Self::charge(app, true, checks.liveness);
        let write = Write {
            gallery: self.gallery.clone(),
            matcher: self.matcher.clone(),
            app: app.id.clone(),
            check_duplicate: *check_duplicate,
            commit: Commit { charge, enrolment, remember, by: app.actor() },
            metrics: self.metrics.clone(),
        };
        match (to_the_end(write.run()).await??, once) {
            // A race between two repetitions: the other one was first.
            (Some(Committed::Replayed(first)), Some(once)) => {
                Ok(Enrolled::Kept(same_request(first, &once.fingerprint)?))
            }
            _ => Ok(kept.map_or(Enrolled::Fresh(answer), Enrolled::Kept)),
        }
    }

    /// The template of the model to which the app is being moved, if this server can compute it. Where there is none the
    /// photo that is kept will do later.
    async fn next_template(&self, app: &App, photo: &Bytes) -> Result<Option<Template>, ServiceError> {
        let next = app.next_model.as_ref().filter(|_| !Self::is_sandbox(app));
        let Some((profile, _)) = next.and_then(|next| self.matcher.models().find(next)) else { return Ok(None) };
        let wants = Wants { template: true, profile, ..Wants::default() };
        match self.engine.analyze(photo.clone(), wants).await {
            Ok(analyzed) => Ok(analyzed.analysis.faces.into_iter().next().and_then(|face| face.template)),
            Err(EngineError::Busy) if !self.options.keep_photos => Err(ServiceError::Busy),
            Err(_) => Ok(None),
        }
    }

    fn enrolment(
        &self,
        app: &App,
        subject: &SubjectId,
        session_id: SessionId,
        at: Timestamp,
        assessed: &Assessed,
        photo: Bytes,
    ) -> Result<Enrolment, ServiceError> {
        let keep = self.options.keep_photos && !Self::is_sandbox(app);
        Ok(Enrolment {
            subject_id: subject.clone(),
            at,
            session_id,
            template: assessed.template()?.clone(),
            next_template: None,
            nface: u32::try_from(assessed.analysis.faces.len()).unwrap_or(u32::MAX),
            rotation: assessed.analysis.rotation,
            photo_sha256: Sha256::digest(&photo).into(),
            photo: keep.then(|| photo.into()),
            terms: Terms::default(),
        })
    }
}

impl Write {
    /// `None` if there was nothing to write.
    async fn run(self) -> Result<Option<Committed>, ServiceError> {
        let Self { gallery, matcher, app, check_duplicate, commit, metrics } = self;
        if commit.charge == Charge::default() && commit.enrolment.is_none() && commit.remember.is_none() {
            return Ok(None);
        }
        let begun = Instant::now();
        let committed = matcher.commit(&*gallery, &app, commit, check_duplicate).await;
        times::tell(&metrics, Stage::Store, begun.elapsed());
        match committed? {
            Unlike::Committed(committed) => Ok(Some(committed)),
            Unlike::Enrolled(other) => Err(ServiceError::Duplicate(other)),
        }
    }
}

/// Runs a write to its end even when the client leaves and the request's future is dropped: the index in memory must
/// never be cut off from the store.
pub(crate) async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = T> + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::spawn(write.in_current_span()).await.map_err(|error| {
        tracing::error!(panicked = error.is_panic(), "a write did not come to its end");
        ServiceError::Internal
    })
}
