//! Answers of the endpoints that compare faces: verify, compare, search.

use std::collections::BTreeMap;

use bytes::Bytes;
use facegate_domain::{Calibration, SessionId};
use facegate_service::{Candidate, CompareAnswer, Resemblance, SearchAnswer, VerifyAnswer};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::{FaceBlocks, Outcome, round};

/// `fmr_1e-4` → similarity.
type Thresholds = BTreeMap<String, f64>;

/// How alike two faces are.
#[derive(Debug, Serialize, ToSchema)]
struct ResemblanceBlock {
    /// The similarity reaches the threshold.
    similarity_status: bool,
    /// 0..100; 82 is a false match rate of 1e-4.
    similarity: f64,
    /// If `return_thresholds` was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schema(value_type = BTreeMap<String, f64>)]
    thresholds: Option<Thresholds>,
}

impl ResemblanceBlock {
    fn new(resemblance: &Resemblance, thresholds: Option<&Calibration>) -> Self {
        Self {
            similarity_status: resemblance.matches,
            similarity: shown(resemblance.similarity),
            thresholds: thresholds.map(table),
        }
    }
}

/// Two digits, rounded down: what misses a threshold of 82 is not shown as 82. The last digit forgives the rounding of
/// the cosine of a photo with itself.
fn shown(similarity: f64) -> f64 {
    (similarity * 100.0 + 1e-3).floor() / 100.0
}

fn table(calibration: &Calibration) -> Thresholds {
    calibration.thresholds().map(|(rate, similarity)| (format!("fmr_{rate:e}"), round(similarity, 2))).collect()
}

/// An answered verification.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedAnswer {
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(flatten)]
    resemblance: ResemblanceBlock,
    #[serde(flatten)]
    #[schema(value_type = FaceBlocks)]
    blocks: Option<FaceBlocks>,
}

impl VerifiedAnswer {
    /// Words an answer; with `thresholds` it says what other false match rates ask for.
    pub fn new(session: SessionId, answer: &VerifyAnswer, thresholds: Option<&Calibration>) -> Self {
        Self {
            outcome: Outcome::new(answer.assessed.failed, session),
            resemblance: ResemblanceBlock::new(&answer.resemblance, thresholds),
            blocks: FaceBlocks::new(&answer.assessed.analysis),
        }
    }
}

/// An answered comparison.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedAnswer {
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(flatten)]
    resemblance: ResemblanceBlock,
    #[schema(value_type = FaceBlocks)]
    image_1: Option<FaceBlocks>,
    #[schema(value_type = FaceBlocks)]
    image_2: Option<FaceBlocks>,
}

impl ComparedAnswer {
    /// Words an answer; with `thresholds` it says what other false match rates ask for.
    pub fn new(session: SessionId, answer: &CompareAnswer, thresholds: Option<&Calibration>) -> Self {
        let [first, second] = &answer.assessed;
        Self {
            outcome: Outcome::new(answer.failed, session),
            resemblance: ResemblanceBlock::new(&answer.resemblance, thresholds),
            image_1: FaceBlocks::new(&first.analysis),
            image_2: FaceBlocks::new(&second.analysis),
        }
    }
}

/// An answered search.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchedAnswer {
    #[serde(flatten)]
    outcome: Outcome,
    /// Best first; empty if nobody is alike enough.
    matches: Vec<MatchBlock>,
    /// The similarity that a gallery of this size asks for.
    recommended_threshold: f64,
    /// If `return_thresholds` was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schema(value_type = BTreeMap<String, f64>)]
    thresholds: Option<Thresholds>,
    #[serde(flatten)]
    #[schema(value_type = FaceBlocks)]
    blocks: Option<FaceBlocks>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MatchBlock {
    subject_id: String,
    similarity: f64,
    /// The similarity also reaches what a gallery of this size asks for.
    similarity_status: bool,
    /// Base64 of the enrolled photo, if `return_image` was set and photos are kept. The best matches' come first; all photos of
    /// an answer together are no larger than one that may be sent.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "base64")]
    #[schema(nullable = false, value_type = String)]
    image: Option<Bytes>,
}

impl SearchedAnswer {
    /// Words an answer; with `thresholds` it says what other false match rates ask for.
    pub fn new(session: SessionId, answer: &SearchAnswer, thresholds: Option<&Calibration>) -> Self {
        let recommended = answer.recommended_threshold;
        Self {
            outcome: Outcome::new(answer.assessed.failed, session),
            matches: answer.candidates.iter().map(|found| MatchBlock::new(found, recommended)).collect(),
            recommended_threshold: round(recommended, 2),
            thresholds: thresholds.map(table),
            blocks: FaceBlocks::new(&answer.assessed.analysis),
        }
    }
}

impl MatchBlock {
    fn new(found: &Candidate, recommended: f64) -> Self {
        Self {
            subject_id: found.subject_id.as_str().to_owned(),
            similarity: shown(found.similarity),
            similarity_status: found.similarity >= recommended,
            image: found.photo.clone(),
        }
    }
}

/// Encoded only while it is written, so that an answer is not held twice.
fn base64<S: Serializer>(photo: &Option<Bytes>, to: S) -> Result<S::Ok, S::Error> {
    match photo {
        Some(photo) => to.serialize_str(&base64_simd::STANDARD.encode_to_string(photo)),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misses_a_threshold_is_shown_below_it() {
        assert_eq!(shown(81.9999), 81.99);
        assert_eq!(shown(82.0), 82.0);
        assert_eq!(shown(99.999_999), 100.0);
        assert_eq!(shown(0.0), 0.0);
    }
}
