//! The payload of `POST /v1/face/search`.

use facegate_service::SearchRequest;
use utoipa::ToSchema;

use super::{Flags, ImageRules, Matching, Payload};
use crate::{ApiError, ErrorCode};

const FIELDS: &[&str] = &{
    let [a, b, c, d, e, f, g] = Flags::FIELDS;
    ["image", "limit", "threshold", "return_image", "return_thresholds", a, b, c, d, e, f, g]
};

/// Most candidates of one answer.
const MAX_LIMIT: f64 = 10.0;

/// Reads a body; the first of the contract's payload codes that applies is the error.
pub(crate) fn search(body: &[u8], rules: ImageRules) -> Result<(SearchRequest, Matching), ApiError> {
    let payload = Payload::parse(body, FIELDS)?;
    let image = payload.text("image")?;
    let (flags, matching) = (Flags::read(&payload, true)?, Matching::read(&payload)?);
    let limit = payload.number("limit")?.unwrap_or(1.0);
    // Together no more than one photo that may be sent.
    let photo_bytes = if payload.flag("return_image")?.unwrap_or(false) { rules.max_bytes } else { 0 };
    payload.require_values(&[&image])?;
    let image = rules.read(&image.ok_or(ErrorCode::MissingImage)?)?;
    let checks = flags.checks()?;
    if !(1.0..=MAX_LIMIT).contains(&limit) || limit.fract() != 0.0 {
        return Err(ErrorCode::Limit.into());
    }
    let threshold = matching.threshold()?;
    Ok((SearchRequest { image, checks, limit: limit as usize, threshold, photo_bytes }, matching))
}

/// Whom to look for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct SearchBody {
    /// JPEG or PNG of at most 5 MiB: base64, a data URI, or an `http(s)` URL; sandbox apps: a scenario name.
    #[schema(min_length = 1)]
    image: String,
    /// Most candidates.
    #[schema(minimum = 1, maximum = 10, default = 1)]
    limit: Option<u32>,
    /// Answer with the enrolled photos too, the best match's first, together no larger than one that may be sent.
    #[schema(default = false)]
    return_image: Option<bool>,
    #[serde(flatten)]
    matching: super::MatchingBody,
    #[serde(flatten)]
    flags: super::FlagsBody,
}

#[cfg(test)]
mod tests {
    use facegate_domain::AppMode;

    use super::*;

    fn parse(body: &str) -> Result<SearchRequest, ApiError> {
        search(body.as_bytes(), ImageRules { mode: AppMode::Live, max_bytes: 1000 }).map(|(request, _)| request)
    }

    #[test]
    fn limits_are_whole_and_1_to_10() {
        for bad in ["0", "11", "-1", "1.5", "1e300"] {
            let error = parse(&format!(r#"{{"image":"AAAA","limit":{bad}}}"#)).unwrap_err();
            assert_eq!(error.code, ErrorCode::Limit, "{bad}");
        }
        assert_eq!(parse(r#"{"image":"AAAA","limit":"3"}"#).unwrap_err().code, ErrorCode::InvalidPayload);
        assert_eq!(parse(r#"{"image":"AAAA","limit":10}"#).unwrap().limit, 10);
        let defaults = parse(r#"{"image":"AAAA","limit":null,"return_image":null}"#).unwrap();
        assert_eq!((defaults.limit, defaults.threshold, defaults.photo_bytes), (1, 82.0, 0));
    }

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<SearchBody>(FIELDS);
    }
}
