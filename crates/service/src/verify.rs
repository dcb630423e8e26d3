//! Is this the subject it claims to be?

use facegate_domain::{Gates, SessionId, SubjectId, Template};

use crate::limits::Way;
use crate::models::once_more;
use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError, Tenant};

/// A parsed request to verify.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// The probe.
    pub image: ImageInput,
    /// Whose template it is held against.
    pub subject_id: SubjectId,
    /// What to compute and which gates to apply.
    pub checks: Checks,
    /// Similarity from which the faces match, 0..100.
    pub threshold: f64,
}

/// How alike two faces are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resemblance {
    /// Calibrated, 0..100; 82 is a false match rate of 1e-4.
    pub similarity: f64,
    /// `similarity` reaches the threshold.
    pub matches: bool,
}

/// An answered verification.
#[derive(Clone, Debug)]
pub struct VerifyAnswer {
    /// What was found; `failed` is [`Gates::MATCH`] when every requested gate passed and the faces do not match.
    pub assessed: Assessed,
    /// Probe against the subject's template.
    pub resemblance: Resemblance,
}

impl Facegate {
    /// Compares a probe with a subject's template. [`ServiceError::SubjectNotFound`] comes before anything is said
    /// about the image. [`ServiceError::TooManyMismatches`] if too many faces were not the subject's, whether it is enrolled
    /// or not.
    pub async fn verify(
        &self,
        app: &Tenant,
        session: SessionId,
        request: VerifyRequest,
    ) -> Result<VerifyAnswer, ServiceError> {
        self.may_try(app, session, &request.subject_id).await?;
        if !self.is_enrolled(app, &request.subject_id).await? {
            self.mismatched(app, session, &request.subject_id, Way::Verify).await?;
            return Err(ServiceError::SubjectNotFound);
        }
        Self::check_quotas(app, Self::charge(app, false, request.checks.liveness))?;
        let request = VerifyRequest { image: self.got(app, request.image).await?, ..request };
        once_more!(self, app, self.verify_with(app, session, &request))
    }

    /// By the model that the app has at the moment.
    async fn verify_with(
        &self,
        app: &Tenant,
        session: SessionId,
        request: &VerifyRequest,
    ) -> Result<VerifyAnswer, ServiceError> {
        let VerifyRequest { image, subject_id, checks, threshold } = request;
        let charge = Self::charge(app, false, checks.liveness);
        let (mut assessed, _) = self.assess(app, image.clone(), checks, true).await?;
        let enrolled = self.template_of(app, subject_id, assessed.template()?.model()).await?;
        let resemblance = self.resemblance(assessed.template()?, &enrolled, *threshold)?;
        if !resemblance.is_sure() {
            self.mismatched(app, session, subject_id, Way::Verify).await?;
        }
        assessed.failed = with_match(assessed.failed, resemblance);
        if resemblance.matches {
            self.note_use(app, std::slice::from_ref(subject_id)).await;
        }
        self.take(app, charge).await?;
        Ok(VerifyAnswer { assessed, resemblance })
    }

    /// Similarity of two templates and what it means at a threshold.
    pub(crate) fn resemblance(&self, a: &Template, b: &Template, threshold: f64) -> Result<Resemblance, ServiceError> {
        let cosine = a.cosine(b).map_err(|error| {
            tracing::error!(%error, "a probe was about to be compared");
            ServiceError::Internal
        })?;
        let similarity = self.matcher.models().calibration(a.model()).similarity(cosine);
        Ok(Resemblance { similarity, matches: similarity >= threshold })
    }
}

/// The failed gates, or the match if it failed and every gate passed.
pub(crate) fn with_match(failed: Gates, resemblance: Resemblance) -> Gates {
    if failed.is_empty() && !resemblance.matches { Gates::MATCH } else { failed }
}
