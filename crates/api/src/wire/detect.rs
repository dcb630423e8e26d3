//! Answers of `/v1/face/liveness` and `/v1/face/detect`.

use facegate_domain::SessionId;
use facegate_service::Assessed;
use serde::Serialize;
use utoipa::ToSchema;

use super::{FaceBlock, FaceBlocks, Outcome, round};

/// A photo that was measured.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObservedAnswer {
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(flatten)]
    #[schema(value_type = FaceBlocks)]
    blocks: Option<FaceBlocks>,
}

impl ObservedAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, assessed: &Assessed) -> Self {
        Self { outcome: Outcome::new(assessed.failed, session), blocks: FaceBlocks::new(&assessed.analysis) }
    }
}

/// Every face of a photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetectedAnswer {
    #[serde(flatten)]
    outcome: Outcome,
    nface: usize,
    rotation: u16,
    faces: Vec<DetectedFace>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DetectedFace {
    /// The detector's confidence, 0..1.
    confidence: f64,
    #[serde(flatten)]
    face: FaceBlock,
}

impl DetectedAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, assessed: &Assessed) -> Self {
        let analysis = &assessed.analysis;
        let faces = analysis.faces.iter().map(|face| DetectedFace {
            confidence: round(face.confidence.into(), 4),
            face: FaceBlock::new(face, analysis),
        });
        Self {
            outcome: Outcome::new(assessed.failed, session),
            nface: analysis.faces.len(),
            rotation: analysis.rotation,
            faces: faces.collect(),
        }
    }
}
