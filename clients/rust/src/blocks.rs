//! The blocks that describe a photo and its faces. Fields that a later server adds are ignored.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What was found and computed of a photo; the measures are of the largest, most central face.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct FaceBlocks {
    /// Faces in the photo.
    pub nface: u32,
    /// Degrees clockwise (0, 90, 180, 270) by which the photo had to be turned to find the face.
    pub rotation: u16,
    /// Where the face is.
    pub bounding_box: BoundingBox,
    /// Eyes, nose, corners of the mouth.
    pub face_landmark: FaceLandmark,
    /// What was asked for.
    #[serde(flatten)]
    pub measures: FaceMeasures,
}

/// What the `is_*` flags ask for; `None` where they do not.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct FaceMeasures {
    /// `is_quality`.
    pub image_quality: Option<ImageQuality>,
    /// `is_attribute`.
    pub attributes: Option<Attributes>,
    /// `is_liveness`.
    pub liveness: Option<Liveness>,
}

/// A rectangle in pixels of the upright photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field says what it is")]
pub struct BoundingBox {
    pub top_left_x: i64,
    pub top_left_y: i64,
    pub bottom_right_x: i64,
    pub bottom_right_y: i64,
    pub width: i64,
    pub height: i64,
}

/// Points in pixels of the upright photo; left and right as seen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field says what it is")]
pub struct FaceLandmark {
    pub left_eye_x: i64,
    pub left_eye_y: i64,
    pub right_eye_x: i64,
    pub right_eye_y: i64,
    pub nose_x: i64,
    pub nose_y: i64,
    pub mouth_left_x: i64,
    pub mouth_left_y: i64,
    pub mouth_right_x: i64,
    pub mouth_right_y: i64,
}

/// Whether the photo is good enough. Scores are 0..1; the decision is at 0.5.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ImageQuality {
    /// The face is blurred.
    pub blur: bool,
    /// How blurred.
    pub blur_score: f64,
    /// The face is too dark.
    pub dark: bool,
    /// How dark.
    pub dark_score: f64,
    /// The photo has no colours.
    pub grayscale: bool,
    /// More detail by name: `unified`, `sharpness`, `yaw` and so on.
    #[serde(default)]
    pub components: BTreeMap<String, Component>,
}

/// One component of image quality.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Component {
    /// What was measured.
    pub raw: f64,
    /// 0 (bad) to 100 (good).
    pub score: f64,
}

/// What the person wears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field says what it is")]
pub struct Attributes {
    pub sunglasses_on: bool,
    pub mask_on: bool,
    pub veil_on: bool,
    pub hat_on: bool,
    /// Glasses of any kind, clear or dark.
    #[serde(default)]
    pub eyeglasses_on: bool,
}

/// Whether a live person was photographed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Liveness {
    /// The decision.
    pub status: bool,
    /// 0..100.
    pub probability: f64,
    /// The photo does not allow a sure answer; `concerns` says why.
    #[serde(default)]
    pub low_confidence: bool,
    /// `face_too_close`, `face_too_small`, `face_covered`.
    #[serde(default)]
    pub concerns: Vec<String>,
}
