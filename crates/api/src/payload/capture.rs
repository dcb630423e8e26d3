//! The payload of `POST /v1/face/capture_tokens`.

use facegate_domain::{DEFAULT_THRESHOLD, Gates};
use utoipa::ToSchema;

use super::{Payload, subject_id};
use crate::capture::{CaptureOrder, Purpose, may_return_to};
use crate::{ApiError, ErrorCode};

/// Seconds that a token is valid if nothing else is asked for.
pub(crate) const DEFAULT_SECONDS: u32 = 600;
/// Least and most of them.
const SECONDS: std::ops::RangeInclusive<f64> = 60.0..=3600.0;
/// Most bytes of an address to return to.
const MAX_URL: usize = 2048;

const FIELDS: &[&str] = &[
    "purpose",
    "subject_id",
    "validate_quality",
    "validate_attribute",
    "validate_liveness",
    "validate_nface",
    "threshold",
    "return_url",
    "origin",
    "expires_in",
];

/// Reads a body: the order, and for how many seconds. `origins`: those that may show the page or be returned to; none: any
/// safe place may be returned to, and nobody may show it.
pub(crate) fn capture(body: &[u8], origins: &[String]) -> Result<(CaptureOrder, u32), ApiError> {
    let payload = Payload::parse(body, FIELDS)?;
    let (purpose, subject) = (payload.text("purpose")?, payload.text("subject_id")?);
    let (return_url, origin) = (payload.text("return_url")?, payload.text("origin")?);
    let purpose = match purpose.as_deref() {
        Some("enroll") => Purpose::Enroll,
        Some("verify") => Purpose::Verify,
        _ => return Err(ApiError::payload("purpose must be \"enroll\" or \"verify\"")),
    };
    let subject = subject.map(|text| subject_id(&text)).transpose()?;
    if purpose == Purpose::Verify && subject.is_none() {
        return Err(ErrorCode::MissingSubjectId.into());
    }
    let threshold = payload.number("threshold")?.unwrap_or(DEFAULT_THRESHOLD);
    if !(0.0..=100.0).contains(&threshold) {
        return Err(ErrorCode::Threshold.into());
    }
    let order = CaptureOrder {
        purpose,
        subject_id: subject.map(|id| id.as_str().to_owned()),
        gates: gates(&payload)?.bits(),
        threshold,
        return_url: return_url.map(|url| check_return(url.into_owned(), origins)).transpose()?,
        origin: origin.map(|origin| check_origin(origin.into_owned(), origins)).transpose()?,
    };
    Ok((order, seconds(&payload)?))
}

fn gates(payload: &Payload<'_>) -> Result<Gates, ApiError> {
    let asked = [
        ("validate_quality", true, Gates::QUALITY),
        ("validate_attribute", true, Gates::ATTRIBUTE),
        ("validate_liveness", false, Gates::LIVENESS),
        ("validate_nface", true, Gates::NFACE),
    ];
    let mut gates = Gates::empty();
    for (name, default, gate) in asked {
        gates.set(gate, payload.flag(name)?.unwrap_or(default));
    }
    Ok(gates)
}

fn check_return(url: String, origins: &[String]) -> Result<String, ApiError> {
    if url.len() <= MAX_URL && may_return_to(&url, origins) {
        return Ok(url);
    }
    Err(ApiError::payload(
        "return_url must be https (or http on this machine), of an origin that capture.origins lists",
    ))
}

fn check_origin(origin: String, origins: &[String]) -> Result<String, ApiError> {
    if origins.contains(&origin) {
        return Ok(origin);
    }
    Err(ApiError::payload("origin must be one that capture.origins lists"))
}

fn seconds(payload: &Payload<'_>) -> Result<u32, ApiError> {
    let seconds = payload.number("expires_in")?.unwrap_or(DEFAULT_SECONDS.into());
    if !SECONDS.contains(&seconds) {
        return Err(ApiError::payload("expires_in must be 60 to 3600 seconds"));
    }
    // A fraction of a second is dropped.
    Ok(seconds as u32)
}

/// What to capture.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct CaptureBody {
    /// Enrol whoever is before the camera, or check that it is the subject.
    purpose: Purpose,
    /// Whom; needed to verify, generated for an enrolment without one.
    #[schema(min_length = 1, max_length = 255)]
    subject_id: Option<String>,
    /// Refuse blurred, dark and grayscale photos.
    #[schema(default = true)]
    validate_quality: Option<bool>,
    /// Refuse sunglasses and masks.
    #[schema(default = true)]
    validate_attribute: Option<bool>,
    /// Refuse what is not live.
    #[schema(default = false)]
    validate_liveness: Option<bool>,
    /// Refuse several faces.
    #[schema(default = true)]
    validate_nface: Option<bool>,
    /// Similarity from which faces match.
    #[schema(minimum = 0, maximum = 100, default = 82)]
    threshold: Option<f64>,
    /// Where the page leads when it is done; `status`, `purpose` and `session_id` are added to its query.
    #[schema(min_length = 1, max_length = 2048)]
    return_url: Option<String>,
    /// The origin whose page shows this one in a frame and is told by `postMessage`.
    #[schema(min_length = 1)]
    origin: Option<String>,
    /// Seconds until the token is worth nothing.
    #[schema(minimum = 60, maximum = 3600, default = 600)]
    expires_in: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> &'static str {
        capture(body.as_bytes(), &["https://bank.example".to_owned()]).err().map_or("", |error| error.code.as_str())
    }

    #[test]
    fn an_order_is_read_with_its_defaults() {
        let (order, seconds) = capture(br#"{"purpose": "enroll", "subject_id": " budi "}"#, &[]).unwrap();
        assert_eq!((order.subject_id.as_deref(), order.gates, seconds), (Some("budi"), 2 + 4 + 8, 600));
        assert!(order.checks().attributes && !order.checks().liveness);
        let text = order.to_text();
        assert!(CaptureOrder::from_text(&text) == Some(order));
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        for (body, expected) in [
            ("{}", "INVALID_PAYLOAD"),
            (r#"{"purpose": "look"}"#, "INVALID_PAYLOAD"),
            (r#"{"purpose": "verify"}"#, "MISSING_PAYLOAD_SUBJECT_ID"),
            (r#"{"purpose": "enroll", "subject_id": ""}"#, "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
            (r#"{"purpose": "enroll", "threshold": 101}"#, "INVALID_PAYLOAD_THRESHOLD"),
            (r#"{"purpose": "enroll", "expires_in": 10}"#, "INVALID_PAYLOAD"),
            (r#"{"purpose": "enroll", "return_url": "https://evil.example/"}"#, "INVALID_PAYLOAD"),
            (r#"{"purpose": "enroll", "origin": "https://evil.example"}"#, "INVALID_PAYLOAD"),
            (r#"{"purpose": "enroll", "return_url": "https://bank.example/x", "origin": "https://bank.example"}"#, ""),
        ] {
            assert_eq!(code(body), expected, "{body}");
        }
    }

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<CaptureBody>(FIELDS);
    }
}
