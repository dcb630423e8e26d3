//! The payload of `POST /v1/face/verify`.

use facegate_service::VerifyRequest;
use utoipa::ToSchema;

use super::{Flags, ImageRules, Matching, Payload, subject_id};
use crate::{ApiError, ErrorCode};

const FIELDS: &[&str] = &{
    let [a, b, c, d, e, f, g] = Flags::FIELDS;
    ["image", "subject_id", "threshold", "return_thresholds", a, b, c, d, e, f, g]
};

/// Reads a body; the first of the contract's payload codes that applies is the error.
pub(crate) fn verify(body: &[u8], rules: ImageRules) -> Result<(VerifyRequest, Matching), ApiError> {
    let payload = Payload::parse(body, FIELDS)?;
    let (image, subject) = (payload.text("image")?, payload.text("subject_id")?);
    let (flags, matching) = (Flags::read(&payload, true)?, Matching::read(&payload)?);
    payload.require_values(&[&image, &subject])?;
    let image = rules.read(&image.ok_or(ErrorCode::MissingImage)?)?;
    let subject_id = match subject {
        Some(text) => subject_id(&text)?,
        None if payload.is_null("subject_id") => return Err(ErrorCode::SubjectIdMissing.into()),
        None => return Err(ErrorCode::MissingSubjectId.into()),
    };
    let checks = flags.checks()?;
    Ok((VerifyRequest { image, subject_id, checks, threshold: matching.threshold()? }, matching))
}

/// Who it claims to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct VerifyBody {
    /// JPEG or PNG of at most 5 MiB: base64, a data URI, or an `http(s)` URL; sandbox apps: a scenario name.
    #[schema(min_length = 1)]
    image: String,
    /// Whose template the face is held against.
    #[schema(min_length = 1, max_length = 255)]
    subject_id: String,
    #[serde(flatten)]
    matching: super::MatchingBody,
    #[serde(flatten)]
    flags: super::FlagsBody,
}

#[cfg(test)]
mod tests {
    use facegate_domain::AppMode;

    use super::*;

    #[test]
    fn the_first_code_that_applies_is_the_answer() {
        for (body, expected) in [
            ("{}", "INVALID_PAYLOAD"),
            (r#"{"image":"","subject_id":""}"#, "INVALID_PAYLOAD"),
            (r#"{"image":"AAAA","subject_id":"a","threshold":"82"}"#, "INVALID_PAYLOAD"),
            (r#"{"subject_id":"a"}"#, "MISSING_PAYLOAD_IMAGE"),
            (r#"{"image":"","subject_id":"a"}"#, "INVALID_PAYLOAD_IMAGE_MISSING"),
            (r#"{"image":"AAAA"}"#, "MISSING_PAYLOAD_SUBJECT_ID"),
            (r#"{"image":"AAAA","subject_id":null}"#, "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
            (r#"{"image":"AAAA","subject_id":" "}"#, "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
            (r#"{"image":"AAAA","subject_id":"a\u0000"}"#, "INVALID_PAYLOAD_SUBJECT_ID"),
            (
                r#"{"image":"AAAA","subject_id":"a","is_liveness":false,"validate_liveness":true,"threshold":101}"#,
                "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY",
            ),
            (r#"{"image":"AAAA","subject_id":"a","threshold":100.1}"#, "INVALID_PAYLOAD_THRESHOLD"),
            (r#"{"image":"AAAA","subject_id":"a","threshold":-1}"#, "INVALID_PAYLOAD_THRESHOLD"),
        ] {
            let error = verify(body.as_bytes(), ImageRules { mode: AppMode::Live, max_bytes: 1000 }).unwrap_err();
            assert_eq!(error.code.as_str(), expected, "{body}");
        }
    }

    #[test]
    fn liveness_is_on_and_the_threshold_82_by_default() {
        let body = br#"{"image":"AAAA","subject_id":"a","threshold":null,"is_liveness":null}"#;
        let (request, matching) = verify(body, ImageRules { mode: AppMode::Live, max_bytes: 1000 }).unwrap();
        assert!(request.checks.liveness && !matching.return_thresholds);
        assert_eq!(request.threshold, 82.0);
    }

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<VerifyBody>(FIELDS);
    }
}
