//! The fields of every endpoint that compares faces.

use facegate_domain::DEFAULT_THRESHOLD;
use utoipa::ToSchema;

use super::Payload;
use crate::{ApiError, ErrorCode};

/// `threshold` and `return_thresholds`, types checked, range not yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matching {
    threshold: f64,
    /// Answer with the thresholds of several false match rates.
    pub return_thresholds: bool,
}

impl Matching {
    /// Reads the fields.
    pub fn read(payload: &Payload<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            threshold: payload.number("threshold")?.unwrap_or(DEFAULT_THRESHOLD),
            return_thresholds: payload.flag("return_thresholds")?.unwrap_or(false),
        })
    }

    /// The threshold, 0..=100.
    pub fn threshold(&self) -> Result<f64, ApiError> {
        if (0.0..=100.0).contains(&self.threshold) { Ok(self.threshold) } else { Err(ErrorCode::Threshold.into()) }
    }
}

/// The fields of a comparison.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what `Matching` reads")]
pub(crate) struct MatchingBody {
    /// Similarity from which faces match; 82 is one false match in 10,000 comparisons. [ours]
    #[schema(minimum = 0, maximum = 100, default = 82)]
    threshold: Option<f64>,
    /// Answer with the thresholds of several false match rates. [ours]
    #[schema(default = false)]
    return_thresholds: Option<bool>,
}
