//! The blocks that describe a photo and its faces.

use facegate_vision::{Analysis, Attributes, BoundingBox, FaceReport, Landmarks, Liveness, Quality};
use serde::Serialize;
use utoipa::ToSchema;

use super::components::ComponentsBlock;

/// Everything that was found and computed of a photo's first face.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaceBlocks {
    nface: usize,
    rotation: u16,
    #[serde(flatten)]
    face: FaceBlock,
}

/// One face. Blocks that were not asked for are absent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaceBlock {
    bounding_box: BoxBlock,
    face_landmark: LandmarkBlock,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    image_quality: Option<QualityBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attributes: Option<AttributesBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    liveness: Option<LivenessBlock>,
}

#[derive(Debug, Serialize, ToSchema)]
struct BoxBlock {
    top_left_x: u32,
    top_left_y: u32,
    bottom_right_x: u32,
    bottom_right_y: u32,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct LandmarkBlock {
    left_eye_x: u32,
    left_eye_y: u32,
    right_eye_x: u32,
    right_eye_y: u32,
    nose_x: u32,
    nose_y: u32,
    mouth_left_x: u32,
    mouth_left_y: u32,
    mouth_right_x: u32,
    mouth_right_y: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct QualityBlock {
    blur: bool,
    blur_score: f64,
    dark: bool,
    dark_score: f64,
    grayscale: bool,
    components: ComponentsBlock,
}

#[derive(Debug, Serialize, ToSchema)]
struct AttributesBlock {
    sunglasses_on: bool,
    mask_on: bool,
    veil_on: bool,
    hat_on: bool,
    /// Glasses of any kind, clear or dark.
    eyeglasses_on: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct LivenessBlock {
    status: bool,
    probability: f64,
    /// The photo does not allow a sure answer; `concerns` says why.
    low_confidence: bool,
    concerns: Vec<ConcernBlock>,
}

#[derive(Debug, Serialize, ToSchema)]
enum ConcernBlock {
    #[serde(rename = "face_too_close")]
    TooClose,
    #[serde(rename = "face_too_small")]
    TooSmall,
    #[serde(rename = "face_covered")]
    Covered,
}

impl FaceBlocks {
    /// The blocks of an analysis; `None` only for one without faces, which does not get this far.
    pub fn new(analysis: &Analysis) -> Option<Self> {
        let face = FaceBlock::new(analysis.faces.first()?, analysis);
        Some(Self { nface: analysis.faces.len(), rotation: analysis.rotation, face })
    }
}

impl FaceBlock {
    /// The blocks of one face of an analysis.
    pub fn new(face: &FaceReport, analysis: &Analysis) -> Self {
        let (width, height) = (analysis.width, analysis.height);
        Self {
            bounding_box: BoxBlock::new(&face.bounding_box, width, height),
            face_landmark: LandmarkBlock::new(&face.landmarks, width, height),
            image_quality: face.quality.as_ref().map(QualityBlock::new),
            attributes: face.attributes.as_ref().map(AttributesBlock::new),
            liveness: face.liveness.as_ref().map(LivenessBlock::new),
        }
    }
}

impl BoxBlock {
    fn new(found: &BoundingBox, width: u32, height: u32) -> Self {
        let (left, right) = (pixel(found.left, width), pixel(found.right, width));
        let (top, bottom) = (pixel(found.top, height), pixel(found.bottom, height));
        Self {
            top_left_x: left,
            top_left_y: top,
            bottom_right_x: right,
            bottom_right_y: bottom,
            width: right.saturating_sub(left),
            height: bottom.saturating_sub(top),
        }
    }
}

impl LandmarkBlock {
    fn new(found: &Landmarks, width: u32, height: u32) -> Self {
        let x = |value| pixel(value, width.saturating_sub(1));
        let y = |value| pixel(value, height.saturating_sub(1));
        Self {
            left_eye_x: x(found.left_eye.x),
            left_eye_y: y(found.left_eye.y),
            right_eye_x: x(found.right_eye.x),
            right_eye_y: y(found.right_eye.y),
            nose_x: x(found.nose.x),
            nose_y: y(found.nose.y),
            mouth_left_x: x(found.mouth_left.x),
            mouth_left_y: y(found.mouth_left.y),
            mouth_right_x: x(found.mouth_right.x),
            mouth_right_y: y(found.mouth_right.y),
        }
    }
}

impl QualityBlock {
    fn new(q: &Quality) -> Self {
        let (blur_score, dark_score) = (round(q.blur_score.into(), 4), round(q.dark_score.into(), 4));
        let components = ComponentsBlock::new(&q.components);
        Self { blur: q.blur, blur_score, dark: q.dark, dark_score, grayscale: q.grayscale, components }
    }
}

impl AttributesBlock {
    fn new(a: &Attributes) -> Self {
        Self {
            sunglasses_on: a.sunglasses,
            mask_on: a.mask,
            veil_on: a.veil,
            hat_on: a.hat,
            eyeglasses_on: a.eyeglasses,
        }
    }
}

impl LivenessBlock {
    fn new(l: &Liveness) -> Self {
        let concerns = [
            (l.concerns.too_close, ConcernBlock::TooClose),
            (l.concerns.too_small, ConcernBlock::TooSmall),
            (l.concerns.covered, ConcernBlock::Covered),
        ];
        Self {
            status: l.live,
            probability: round(f64::from(l.probability) * 100.0, 2),
            low_confidence: l.concerns.any(),
            concerns: concerns.into_iter().filter_map(|(there, concern)| there.then_some(concern)).collect(),
        }
    }
}

/// A whole pixel inside the picture; a detector may point a little outside.
fn pixel(value: f32, most: u32) -> u32 {
    // The cast of a float saturates and takes NaN to 0.
    (value.round() as u32).min(most)
}

pub(crate) fn round(value: f64, digits: i32) -> f64 {
    let factor = 10f64.powi(digits);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use facegate_vision::Concerns;

    use super::*;

    #[test]
    fn coordinates_are_whole_and_inside_the_picture() {
        let found = BoundingBox { left: -3.2, top: 10.4, right: 99.6, bottom: 250.0 };
        let block = BoxBlock::new(&found, 90, 200);
        assert_eq!((block.top_left_x, block.top_left_y), (0, 10));
        assert_eq!((block.bottom_right_x, block.bottom_right_y), (90, 200));
        assert_eq!((block.width, block.height), (90, 190));
        assert_eq!(pixel(f32::NAN, 5), 0);
    }

    #[test]
    fn scores_are_rounded() {
        let concerns = Concerns { too_small: true, covered: true, ..Concerns::default() };
        let live = LivenessBlock::new(&Liveness { live: true, probability: 0.987_654, concerns });
        assert_eq!(
            serde_json::to_value(&live).unwrap(),
            serde_json::json!({"status": true, "probability": 98.77, "low_confidence": true,
                               "concerns": ["face_too_small", "face_covered"]})
        );
        assert_eq!(round(f64::from(0.1f32), 4), 0.1);
    }
}
