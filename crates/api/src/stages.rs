//! Single steps of a request, for benches and fuzz targets only (feature `stages`): the server never calls them one by one.

use facegate_domain::{AppMode, SubjectId};
use facegate_service::{Checks, EnrollRequest, IdempotencyKey, ImageInput};
use http::HeaderMap;

use crate::{ApiError, CaptureOrder, Endpoint, call, once, payload};

/// The body of an enrolment for a live app, parsed: JSON, rules, and base64 to bytes.
///
/// # Errors
/// The contract's payload codes.
pub fn enroll_payload(body: &[u8]) -> Result<EnrollRequest, ApiError> {
    payload::enroll(body, payload::ImageRules { mode: AppMode::Live, max_bytes: 5 << 20 })
}

/// What a body says, whichever endpoint it was for.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// One image, or two to compare.
    pub images: Vec<ImageInput>,
    /// Whom it names.
    pub subject: Option<SubjectId>,
    /// Flags and gates.
    pub checks: Checks,
    /// 0..=100, of the endpoints that match.
    pub threshold: Option<f64>,
    /// 1..=10, of search.
    pub limit: Option<usize>,
}

/// The body of any endpoint that takes a photo, parsed. `max_bytes`: most decoded bytes of an image.
///
/// # Errors
/// The contract's payload codes.
pub fn payload(endpoint: Endpoint, body: &[u8], mode: AppMode, max_bytes: usize) -> Result<Parsed, ApiError> {
    let rules = payload::ImageRules { mode, max_bytes };
    let observed =
        |(image, checks)| Parsed { images: vec![image], subject: None, checks, threshold: None, limit: None };
    Ok(match endpoint {
        Endpoint::Enroll => {
            let read = payload::enroll(body, rules)?;
            Parsed { subject: read.subject_id, ..observed((read.image, read.checks)) }
        }
        Endpoint::Verify => {
            let (read, _) = payload::verify(body, rules)?;
            let (subject, threshold) = (Some(read.subject_id), Some(read.threshold));
            Parsed { subject, threshold, ..observed((read.image, read.checks)) }
        }
        Endpoint::Compare => {
            let (read, _) = payload::compare(body, rules)?;
            let (images, threshold) = (read.images.to_vec(), Some(read.threshold));
            Parsed { images, subject: None, checks: read.checks, threshold, limit: None }
        }
        Endpoint::Search => {
            let (read, _) = payload::search(body, rules)?;
            let (threshold, limit) = (Some(read.threshold), Some(read.limit));
            Parsed { threshold, limit, ..observed((read.image, read.checks)) }
        }
        Endpoint::Liveness => observed(payload::observe(body, rules, true)?),
        Endpoint::Detect => observed(payload::observe(body, rules, false)?),
    })
}

/// The subject that a deletion names.
///
/// # Errors
/// The contract's payload codes.
pub fn delete_payload(body: &[u8], query: &str) -> Result<SubjectId, ApiError> {
    payload::delete_subject(body, query)
}

/// The body that orders a capture, and for how many seconds; `origins` as in the settings.
///
/// # Errors
/// The contract's payload codes.
pub fn capture_payload(body: &[u8], origins: &[String]) -> Result<(CaptureOrder, u32), ApiError> {
    payload::capture(body, origins)
}

/// An image field for a live app.
///
/// # Errors
/// `INVALID_PAYLOAD_IMAGE_MISSING`.
pub fn image(text: &str, max_bytes: usize) -> Result<ImageInput, ApiError> {
    payload::ImageRules { mode: AppMode::Live, max_bytes }.read(text)
}

/// The query of a list of subjects: how many, and after whom.
///
/// # Errors
/// `INVALID_PAYLOAD_LIMIT`, `INVALID_CURSOR`.
pub fn page(query: &str) -> Result<(usize, Option<SubjectId>), ApiError> {
    payload::Page::parse(query).map(|page| (page.limit, page.after))
}

/// The cursor behind this subject.
pub fn cursor(last: &SubjectId) -> String {
    payload::cursor(last)
}

/// App-ID and API-Key as they are presented to the service.
pub fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    call::credentials(headers)
}

/// The `Idempotency-Key` header.
///
/// # Errors
/// `INVALID_IDEMPOTENCY_KEY`.
pub fn idempotency_key(header: Option<&str>) -> Result<Option<IdempotencyKey>, ApiError> {
    once::key(header)
}
