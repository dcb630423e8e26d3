//! Single steps of a request, for benches only (feature `stages`).

use facegate_domain::AppMode;
use facegate_service::EnrollRequest;

use crate::{ApiError, payload};

/// The body of an enrolment for a live app, parsed: JSON, rules, and base64 to bytes.
///
/// # Errors
/// The contract's payload codes.
pub fn enroll_payload(body: &[u8]) -> Result<EnrollRequest, ApiError> {
    payload::enroll(body, payload::ImageRules { mode: AppMode::Live, max_bytes: 5 << 20 })
}
