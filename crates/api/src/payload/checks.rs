//! The `is_*` and `validate_*` flags, the same for every endpoint that takes a photo.

use facegate_domain::Gates;
use facegate_service::Checks;
use utoipa::ToSchema;

use super::Payload;
use crate::{ApiError, ErrorCode};

/// The flags as sent, types checked, dependencies not yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    quality: (bool, bool),
    attribute: (bool, bool),
    liveness: (bool, bool),
    nface: bool,
}

impl Flags {
    /// Names of the flags, for an endpoint's list of recognised fields.
    pub const FIELDS: [&'static str; 7] = [
        "is_quality",
        "is_attribute",
        "is_liveness",
        "validate_quality",
        "validate_attribute",
        "validate_liveness",
        "validate_nface",
    ];

    /// Reads the flags; `is_liveness` has a default that depends on the endpoint.
    pub fn read(payload: &Payload<'_>, liveness_default: bool) -> Result<Self, ApiError> {
        let flag = |name, default| payload.flag(name).map(|found| found.unwrap_or(default));
        Ok(Self {
            quality: (flag("is_quality", true)?, flag("validate_quality", false)?),
            attribute: (flag("is_attribute", true)?, flag("validate_attribute", false)?),
            liveness: (flag("is_liveness", liveness_default)?, flag("validate_liveness", false)?),
            nface: flag("validate_nface", false)?,
        })
    }

    /// The same with liveness computed, whatever was sent.
    pub fn with_liveness(self) -> Self {
        Self { liveness: (true, self.liveness.1), ..self }
    }

    /// The checks, if nothing is validated that is not computed.
    pub fn checks(&self) -> Result<Checks, ApiError> {
        for ((computed, validated), code) in [
            (self.quality, ErrorCode::QualityDependency),
            (self.attribute, ErrorCode::AttributeDependency),
            (self.liveness, ErrorCode::LivenessDependency),
        ] {
            if validated && !computed {
                return Err(code.into());
            }
        }
        let mut gates = Gates::empty();
        gates.set(Gates::QUALITY, self.quality.1);
        gates.set(Gates::ATTRIBUTE, self.attribute.1);
        gates.set(Gates::LIVENESS, self.liveness.1);
        gates.set(Gates::NFACE, self.nface);
        Ok(Checks { quality: self.quality.0, attributes: self.attribute.0, liveness: self.liveness.0, gates })
    }
}

/// The flags as the documentation shows them, with their endpoint's default of `is_liveness`.
macro_rules! flags_body {
    ($(#[$doc:meta])* $name:ident, $liveness:literal) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "documents what `Flags` reads")]
        pub(crate) struct $name {
            /// Compute blur, dark and grayscale.
            #[schema(default = true)]
            is_quality: Option<bool>,
            /// Detect sunglasses, mask, veil, hat, eyeglasses.
            #[schema(default = true)]
            is_attribute: Option<bool>,
            /// Compute passive liveness.
            #[schema(default = $liveness)]
            is_liveness: Option<bool>,
            /// Gate: neither blurred, dark nor grayscale. Needs `is_quality`.
            #[schema(default = false)]
            validate_quality: Option<bool>,
            /// Gate: neither sunglasses nor mask. Needs `is_attribute`.
            #[schema(default = false)]
            validate_attribute: Option<bool>,
            /// Gate: the face is live. Needs `is_liveness`.
            #[schema(default = false)]
            validate_liveness: Option<bool>,
            /// Gate: no more than one face.
            #[schema(default = false)]
            validate_nface: Option<bool>,
        }
    };
}

flags_body!(
    /// The `is_*` and `validate_*` flags, liveness on by default.
    FlagsBody,
    true
);
flags_body!(
    /// The `is_*` and `validate_*` flags, liveness off by default.
    EnrollFlagsBody,
    false
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<FlagsBody>(&Flags::FIELDS);
    }
}
