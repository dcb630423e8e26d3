//! The payload of `POST /v1/face/compare`.

use facegate_service::CompareRequest;
use utoipa::ToSchema;

use super::{Flags, ImageRules, Matching, Payload};
use crate::{ApiError, ErrorCode};

const FIELDS: &[&str] = &{
    let [a, b, c, d, e, f, g] = Flags::FIELDS;
    ["image_1", "image_2", "threshold", "return_thresholds", a, b, c, d, e, f, g]
};

/// Reads a body; of two faults of one kind the first image's is told.
pub(crate) fn compare(body: &[u8], rules: ImageRules) -> Result<(CompareRequest, Matching), ApiError> {
    let payload = Payload::parse(body, FIELDS)?;
    let (first, second) = (payload.text("image_1")?, payload.text("image_2")?);
    let (flags, matching) = (Flags::read(&payload, true)?, Matching::read(&payload)?);
    payload.require_values(&[&first, &second])?;
    let first = first.ok_or(ErrorCode::MissingImage1)?;
    let second = second.ok_or(ErrorCode::MissingImage2)?;
    let read = |text: &str, code: ErrorCode| rules.read(text).map_err(|_| ApiError::from(code));
    let images = [read(&first, ErrorCode::Image1Missing)?, read(&second, ErrorCode::Image2Missing)?];
    let checks = flags.checks()?;
    Ok((CompareRequest { images, checks, threshold: matching.threshold()? }, matching))
}

/// Two photos.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct CompareBody {
    /// JPEG or PNG of at most 5 MiB: base64, a data URI, or an `http(s)` URL; sandbox apps: a scenario name.
    #[schema(min_length = 1)]
    image_1: String,
    /// JPEG or PNG of at most 5 MiB: base64, a data URI, or an `http(s)` URL; sandbox apps: a scenario name.
    #[schema(min_length = 1)]
    image_2: String,
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
            (r#"{"image":"AAAA"}"#, "INVALID_PAYLOAD"),
            (r#"{"image_1":"","image_2":""}"#, "INVALID_PAYLOAD"),
            (r#"{"image_2":"AAAA"}"#, "MISSING_PAYLOAD_IMAGE_1"),
            (r#"{"image_1":"AAAA","image_2":null}"#, "MISSING_PAYLOAD_IMAGE_2"),
            (r#"{"image_1":"","image_2":"AAAA"}"#, "INVALID_PAYLOAD_IMAGE_1_MISSING"),
            (r#"{"image_1":"AAAA","image_2":"?"}"#, "INVALID_PAYLOAD_IMAGE_2_MISSING"),
            (r#"{"image_1":"AAAA","image_2":"AAAA","threshold":1e9}"#, "INVALID_PAYLOAD_THRESHOLD"),
        ] {
            let error = compare(body.as_bytes(), ImageRules { mode: AppMode::Live, max_bytes: 1000 }).unwrap_err();
            assert_eq!(error.code.as_str(), expected, "{body}");
        }
    }

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<CompareBody>(FIELDS);
    }
}
