//! The payload of the endpoints that take a photo and nothing else: liveness, detect.

use facegate_service::{Checks, ImageInput};
use utoipa::ToSchema;

use super::{Flags, ImageRules, Payload};
use crate::{ApiError, ErrorCode};

const FIELDS: &[&str] = &{
    let [a, b, c, d, e, f, g] = Flags::FIELDS;
    ["image", a, b, c, d, e, f, g]
};

/// Reads a body; the first of the contract's payload codes that applies is the error. With `always_live`, liveness is
/// what the endpoint is for and cannot be turned off.
pub(crate) fn observe(body: &[u8], rules: ImageRules, always_live: bool) -> Result<(ImageInput, Checks), ApiError> {
    let payload = Payload::parse(body, FIELDS)?;
    let image = payload.text("image")?;
    let flags = Flags::read(&payload, true)?;
    payload.require_values(&[&image])?;
    let image = rules.read(&image.ok_or(ErrorCode::MissingImage)?)?;
    let flags = if always_live { flags.with_liveness() } else { flags };
    Ok((image, flags.checks()?))
}

/// A photo.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct ObserveBody {
    /// JPEG or PNG of at most 5 MiB: base64, a data URI, or an `http(s)` URL; sandbox apps: a scenario name.
    #[schema(min_length = 1)]
    image: String,
    #[serde(flatten)]
    flags: super::FlagsBody,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<ObserveBody>(FIELDS);
    }
}
