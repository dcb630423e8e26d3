//! One photo for one token: enrols or verifies, at most once at a time.

use facegate_api::{CaptureOrder, HeldPhoto, Purpose};
use facegate_domain::{Gates, SessionId, SubjectId};
use facegate_service::{
    Advice, Assessed, CaptureState, EnrollRequest, Enrolled, ImageFault, ImageInput, OpenCapture, ServiceError, Terms,
    VerifyRequest, advice,
};
use serde::Serialize;

use super::token::Token;
use super::{CapturePage, image_of, names};
use crate::fault::Answer;

/// How it went.
#[derive(Serialize)]
pub(crate) struct OutcomeView {
    passed: bool,
    /// A good photo, but not of the subject.
    mismatch: bool,
    advice: Vec<&'static str>,
    attempts_left: u32,
    session_id: String,
}

/// What a photo led to, before it is worded.
struct Outcome {
    passed: bool,
    mismatch: bool,
    advice: Vec<Advice>,
}

/// Enrols or verifies, and gives the token back unless that was the end.
pub(crate) async fn carry_out(
    page: CapturePage,
    capture: OpenCapture,
    order: CaptureOrder,
    session: SessionId,
    token: Token,
    photo: HeldPhoto,
) -> Answer<OutcomeView> {
    let facegate = page.api.facegate();
    let attempts_left = facegate.begin_attempt(token.as_str()).await?;
    let done = attempt(&page, &capture, &order, session, image_of(&capture, photo.bytes.clone())).await;
    let state = match &done {
        Ok(outcome) if outcome.passed => CaptureState::Passed(session),
        _ if attempts_left == 0 => CaptureState::Failed(session),
        _ => CaptureState::Pending,
    };
    facegate.end_attempt(token.as_str(), state).await?;
    let Outcome { passed, mismatch, advice } = done?;
    let session_id = session.to_string();
    Ok(OutcomeView { passed, mismatch, advice: names(&advice), attempts_left, session_id })
}

async fn attempt(
    page: &CapturePage,
    capture: &OpenCapture,
    order: &CaptureOrder,
    session: SessionId,
    image: ImageInput,
) -> Answer<Outcome> {
    let done = match (order.purpose, order.subject()) {
        (Purpose::Verify, Some(subject)) => verify(page, capture, order, session, subject, image).await,
        (Purpose::Verify, None) => Err(ServiceError::SubjectNotFound),
        (Purpose::Enroll, subject) => enroll(page, capture, order, session, subject, image).await,
    };
    match done {
        Ok(assessed) => Ok(Outcome::of(&assessed)),
        Err(ServiceError::Image(ImageFault::NoFace)) => {
            Ok(Outcome { passed: false, mismatch: false, advice: vec![Advice::NoFace] })
        }
        Err(error) => Err(error.into()),
    }
}

async fn enroll(
    page: &CapturePage,
    capture: &OpenCapture,
    order: &CaptureOrder,
    session: SessionId,
    subject_id: Option<SubjectId>,
    image: ImageInput,
) -> Result<Assessed, ServiceError> {
    let request =
        EnrollRequest { image, subject_id, checks: order.checks(), check_duplicate: false, terms: Terms::default() };
    match page.api.facegate().enroll(&capture.app, session, request, None).await? {
        Enrolled::Fresh(answer) => Ok(answer.assessed),
        // Only a request with an idempotency key is answered so.
        Enrolled::Kept(_) => Err(ServiceError::Internal),
    }
}

async fn verify(
    page: &CapturePage,
    capture: &OpenCapture,
    order: &CaptureOrder,
    session: SessionId,
    subject_id: SubjectId,
    image: ImageInput,
) -> Result<Assessed, ServiceError> {
    let request = VerifyRequest { image, subject_id, checks: order.checks(), threshold: order.threshold };
    Ok(page.api.facegate().verify(&capture.app, session, request).await?.assessed)
}

impl Outcome {
    fn of(assessed: &Assessed) -> Self {
        let mismatch = assessed.failed == Gates::MATCH;
        Self { passed: assessed.failed.is_empty(), mismatch, advice: advice(&assessed.analysis) }
    }
}
