//! The payload of `POST /v1/face/enroll`.

use facegate_domain::Timestamp;
use facegate_service::{EnrollRequest, Terms};
use utoipa::ToSchema;

use super::{Flags, ImageRules, Payload, subject_id};
use crate::{ApiError, ErrorCode};

const FIELDS: &[&str] = &{
    let [a, b, c, d, e, f, g] = Flags::FIELDS;
    ["image", "subject_id", "check_duplicate", "consent_reference", "expires_at", a, b, c, d, e, f, g]
};

/// Reads a body; the first of the contract's payload codes that applies is the error.
pub(crate) fn enroll(body: &[u8], rules: ImageRules) -> Result<EnrollRequest, ApiError> {
    let payload = Payload::parse(body, FIELDS)?;
    // Types first: a wrong one beats every other fault.
    let (image, subject) = (payload.text("image")?, payload.text("subject_id")?);
    let flags = Flags::read(&payload, false)?;
    let check_duplicate = payload.flag("check_duplicate")?.unwrap_or(false);
    let (consent, end) = (payload.text("consent_reference")?, payload.text("expires_at")?);
    payload.require_values(&[&image, &subject])?;
    let image = rules.read(&image.ok_or(ErrorCode::MissingImage)?)?;
    let subject_id = subject.map(|text| subject_id(&text)).transpose()?;
    let checks = flags.checks()?;
    let terms = Terms {
        consent_reference: consent.map(consent_reference).transpose()?,
        expires_at: end.map(expiry).transpose()?,
    };
    Ok(EnrollRequest { image, subject_id, checks, check_duplicate, terms })
}

fn consent_reference(text: impl AsRef<str>) -> Result<String, ApiError> {
    let text = text.as_ref().trim();
    let fits = (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| ApiError::payload("consent_reference must be 1 to 255 characters without control characters"))
}

fn expiry(text: impl AsRef<str>) -> Result<Timestamp, ApiError> {
    let end = Timestamp::parse(text.as_ref().trim()).filter(|end| *end > Timestamp::now());
    end.ok_or_else(|| ApiError::payload("expires_at must be an ISO 8601 date and time in the future"))
}

/// Whom to enrol.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct EnrollBody {
    /// JPEG or PNG of at most 5 MiB: base64, a data URI, or an `http(s)` URL; sandbox apps: a scenario name.
    #[schema(min_length = 1)]
    image: String,
    /// Your id for the person, generated if absent; one that is enrolled is replaced.
    #[schema(min_length = 1, max_length = 255)]
    subject_id: Option<String>,
    /// Refuse a face that is enrolled under another subject. [ours]
    #[schema(default = false)]
    check_duplicate: Option<bool>,
    /// Your reference to the person's consent; shown in the subject's record. [ours]
    #[schema(min_length = 1, max_length = 255)]
    consent_reference: Option<String>,
    /// ISO 8601 in the future; from then on the subject is not found, and it is deleted soon after. [ours]
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    #[serde(flatten)]
    flags: super::EnrollFlagsBody,
}

#[cfg(test)]
mod tests {
    use facegate_domain::{AppMode, Gates};

    use super::*;

    fn parse(body: &str) -> Result<EnrollRequest, ApiError> {
        enroll(body.as_bytes(), ImageRules { mode: AppMode::Live, max_bytes: 1000 })
    }

    #[test]
    fn the_first_code_that_applies_is_the_answer() {
        let long = format!(r#"{{"image":"AAAA","subject_id":"{}"}}"#, "x".repeat(256));
        for (body, expected) in [
            ("", "INVALID_PAYLOAD"),
            ("{}", "INVALID_PAYLOAD"),
            (r#"{"unknown":1}"#, "INVALID_PAYLOAD"),
            (r#"{"image":null}"#, "INVALID_PAYLOAD"),
            (r#"{"image":null,"subject_id":null,"is_quality":null}"#, "INVALID_PAYLOAD"),
            (r#"{"image":"","subject_id":" "}"#, "INVALID_PAYLOAD"),
            (r#"{"image":1}"#, "INVALID_PAYLOAD"),
            (r#"{"image":"AAAA","is_quality":"true"}"#, "INVALID_PAYLOAD"),
            (r#"{"image":"","validate_nface":0}"#, "INVALID_PAYLOAD"),
            (r#"{"image":"AAAA","subject_id":5}"#, "INVALID_PAYLOAD"),
            (r#"{"image":["AAAA"]}"#, "INVALID_PAYLOAD"),
            (r#"{"image":"AAAA""#, "INVALID_PAYLOAD"),
            (r#"{"subject_id":"a"}"#, "MISSING_PAYLOAD_IMAGE"),
            (r#"{"subject_id":""}"#, "MISSING_PAYLOAD_IMAGE"),
            (r#"{"image":null,"is_quality":false}"#, "MISSING_PAYLOAD_IMAGE"),
            (r#"{"image":""}"#, "INVALID_PAYLOAD_IMAGE_MISSING"),
            (r#"{"image":"?","subject_id":""}"#, "INVALID_PAYLOAD_IMAGE_MISSING"),
            (r#"{"image":"file:///a.jpg"}"#, "INVALID_PAYLOAD_IMAGE_MISSING"),
            (r#"{"image":"AAAA","subject_id":""}"#, "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
            (
                r#"{"image":"AAAA","subject_id":"a\u0000b","validate_quality":true,"is_quality":false}"#,
                "INVALID_PAYLOAD_SUBJECT_ID",
            ),
            (&long, "INVALID_PAYLOAD_SUBJECT_ID"),
            (
                r#"{"image":"AAAA","validate_quality":true,"is_quality":false,"validate_attribute":true,"is_attribute":false}"#,
                "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY",
            ),
            (
                r#"{"image":"AAAA","validate_attribute":true,"is_attribute":false,"validate_liveness":true}"#,
                "INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY",
            ),
            (r#"{"image":"AAAA","validate_liveness":true}"#, "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY"),
        ] {
            assert_eq!(parse(body).unwrap_err().code.as_str(), expected, "{body}");
        }
    }

    #[test]
    fn defaults_are_the_contracts_and_null_is_absent() {
        for body in [
            r#"{"image":"AAAA"}"#,
            r#"{"image":"AAAA","subject_id":null,"is_quality":null,"is_attribute":null,"is_liveness":null,"validate_quality":null,
                "validate_attribute":null,"validate_liveness":null,"validate_nface":null,"extra":{"a":[1]}}"#,
        ] {
            let request = parse(body).unwrap();
            assert_eq!(request.subject_id, None);
            let c = request.checks;
            assert_eq!((c.quality, c.attributes, c.liveness, c.gates), (true, true, false, Gates::empty()));
        }
    }

    #[test]
    fn each_flag_sets_its_gate() {
        for (flags, gates) in [
            (r#""validate_quality":true"#, Gates::QUALITY),
            (r#""validate_attribute":true"#, Gates::ATTRIBUTE),
            (r#""validate_liveness":true,"is_liveness":true"#, Gates::LIVENESS),
            (r#""validate_nface":true"#, Gates::NFACE),
        ] {
            let request = parse(&format!(r#"{{"image":"AAAA","subject_id":" a ",{flags}}}"#)).unwrap();
            assert_eq!(request.checks.gates, gates);
            assert_eq!(request.subject_id.unwrap().as_str(), "a");
        }
    }

    #[test]
    fn terms_are_checked_last_and_change_nothing_else() {
        let future = r#"{"image":"AAAA","consent_reference":" form 7 ","expires_at":"2999-12-31T00:00:00+07:00"}"#;
        let terms = parse(future).unwrap().terms;
        assert_eq!(terms.consent_reference.as_deref(), Some("form 7"));
        assert_eq!(terms.expires_at, Timestamp::parse("2999-12-30T17:00:00Z"));
        assert_eq!(
            parse(r#"{"image":"AAAA","consent_reference":null,"expires_at":null}"#).unwrap().terms,
            Terms::default()
        );
        let long = format!(r#"{{"image":"AAAA","consent_reference":"{}"}}"#, "é".repeat(256));
        for body in [
            r#"{"image":"AAAA","consent_reference":""}"#,
            r#"{"image":"AAAA","consent_reference":"a\nb"}"#,
            r#"{"image":"AAAA","consent_reference":7}"#,
            &long,
            r#"{"image":"AAAA","expires_at":"2020-01-01T00:00:00Z"}"#,
            r#"{"image":"AAAA","expires_at":"tomorrow"}"#,
            r#"{"image":"AAAA","expires_at":""}"#,
            r#"{"image":"AAAA","expires_at":4102444800}"#,
        ] {
            assert_eq!(parse(body).unwrap_err().code.as_str(), "INVALID_PAYLOAD", "{body}");
        }
        let both = r#"{"image":"AAAA","expires_at":"x","validate_quality":true,"is_quality":false}"#;
        assert_eq!(parse(both).unwrap_err().code.as_str(), "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY");
    }

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<EnrollBody>(FIELDS);
    }
}
