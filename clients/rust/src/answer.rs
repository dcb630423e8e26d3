//! The answers of each endpoint. Fields that a later server adds are ignored.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{BoundingBox, FaceBlocks, FaceLandmark, FaceMeasures, Outcome, Photo, SubjectId};

/// `fmr_1e-4` → the similarity, 0..100, at which false matches are that rare.
pub type Thresholds = BTreeMap<String, f64>;

/// Answer of enroll.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Enrolled {
    /// Whether the face was enrolled.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Whom it was enrolled for; `None` when a gate failed and nothing was stored.
    pub subject_id: Option<SubjectId>,
    /// What was found.
    #[serde(flatten)]
    pub blocks: FaceBlocks,
}

/// Answer of delete: the subject is gone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Deleted {
    /// Unix seconds with a fraction.
    pub timestamp: f64,
    /// The request's id, which leads to the receipt; empty if the server gave none.
    #[serde(skip)]
    pub erasure_id: String,
}

/// The receipt of a deletion.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Erasure {
    /// The request that deleted.
    pub erasure_id: String,
    /// When it was deleted, Unix seconds.
    pub erased_at: f64,
    /// The subject's name in the server's audit log.
    pub subject_pseudonym: String,
    /// How many of each kind were removed: templates, photos, index_entries, answers.
    pub removed: BTreeMap<String, u64>,
}

/// How alike two faces are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Resemblance {
    /// The similarity reaches the threshold.
    pub similarity_status: bool,
    /// 0..100; 82 is one false match in 10,000 comparisons.
    pub similarity: f64,
    /// If `return_thresholds` was set.
    pub thresholds: Option<Thresholds>,
}

/// Answer of verify.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Verified {
    /// Whether all gates passed and the face is the subject's.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Face against subject.
    #[serde(flatten)]
    pub resemblance: Resemblance,
    /// What was found.
    #[serde(flatten)]
    pub blocks: FaceBlocks,
}

/// Answer of compare.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Compared {
    /// Whether all gates passed and both faces are one person's.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Face against face.
    #[serde(flatten)]
    pub resemblance: Resemblance,
    /// What was found in the first photo.
    pub image_1: FaceBlocks,
    /// What was found in the second.
    pub image_2: FaceBlocks,
}

/// Answer of search.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Searched {
    /// Whether all gates passed.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Best first; empty if nobody is alike enough.
    pub matches: Vec<Match>,
    /// The similarity that a gallery of this size asks for.
    pub recommended_threshold: Option<f64>,
    /// If `return_thresholds` was set.
    pub thresholds: Option<Thresholds>,
    /// What was found.
    #[serde(flatten)]
    pub blocks: FaceBlocks,
}

/// A subject that resembles the probe.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Match {
    /// Who.
    pub subject_id: SubjectId,
    /// 0..100.
    pub similarity: f64,
    /// The similarity also reaches what a gallery of this size asks for.
    pub similarity_status: bool,
    /// The enrolled photo, if `return_image` was set and the server keeps photos.
    pub image: Option<Photo>,
}

/// Answer of liveness; `blocks.measures.liveness` is always there.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Observed {
    /// Whether all gates passed.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What was found.
    #[serde(flatten)]
    pub blocks: FaceBlocks,
}

/// Answer of detect.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Detected {
    /// Whether all gates passed.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How many faces there are.
    pub nface: u32,
    /// Degrees clockwise (0, 90, 180, 270) by which the photo had to be turned to find them.
    pub rotation: u16,
    /// The largest, most central one first.
    pub faces: Vec<DetectedFace>,
}

/// One face of a photo.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct DetectedFace {
    /// The detector's confidence, 0..1.
    pub confidence: f64,
    /// Where it is.
    pub bounding_box: BoundingBox,
    /// Eyes, nose, corners of the mouth.
    pub face_landmark: FaceLandmark,
    /// What was asked for.
    #[serde(flatten)]
    pub measures: FaceMeasures,
}

/// The record of an enrolled subject, without photo and template.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Subject {
    /// Who.
    pub subject_id: SubjectId,
    /// First enrolment, Unix seconds.
    pub created_at: f64,
    /// Latest enrolment, Unix seconds.
    pub updated_at: f64,
    /// The model that made the template.
    pub model: String,
    /// Faces in the enrolled photo.
    pub nface: u32,
    /// How the enrolled photo had to be turned, degrees clockwise.
    pub rotation: u16,
    /// Whether the photo is kept.
    pub has_image: bool,
}

/// A page of subjects, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct SubjectsPage {
    /// The page.
    pub subjects: Vec<Subject>,
    /// Leads to the next page; `None` on the last one.
    pub next_cursor: Option<String>,
}
