//! What an evaluation keeps of the engine's report: the only file that knows its fields. A new measurement is a line here.

use std::collections::BTreeMap;

use facegate_domain::Template;
use facegate_vision::{Analysis, FaceReport, Landmarks};
use serde::{Deserialize, Serialize};

/// What became of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one face was found.
    Face,
    /// The photo is good and no face was found in it.
    NoFace,
    /// The server refuses the file: not a JPEG or PNG within the limits.
    Refused,
    /// The engine failed.
    Failed,
}

/// The numbers of one photo, those of its first face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What became of it.
    pub outcome: Outcome,
    /// Faces found.
    pub faces: usize,
    /// Degrees clockwise by which it was turned to find them.
    pub rotation: u16,
    /// Named numbers, as the server has them before it rounds them.
    pub scores: BTreeMap<String, f32>,
    /// Named decisions at the shipped thresholds.
    pub flags: BTreeMap<String, bool>,
    /// The template, if it was wanted.
    #[serde(skip)]
    pub template: Option<Template>,
}

/// Measures of a photo's worth for comparisons, and whether a higher value is better. Those that the pipeline does not
/// give are left out of a report.
pub const QUALITY_MEASURES: &[(&str, bool)] = &[
    ("unified", true),
    ("sharpness", true),
    ("illumination_uniformity_score", true),
    ("yaw_score", true),
    ("pitch_score", true),
    ("blur_score", false),
    ("dark_score", false),
    ("detector_score", true),
    ("inter_eye_distance", true),
];

/// The attributes: column of the labels, flag, and score.
pub const ATTRIBUTES: &[(&str, &str)] = &[
    ("sunglasses", "sunglasses_score"),
    ("mask", "mask_score"),
    ("veil", "veil_score"),
    ("hat", "hat_score"),
    ("eyeglasses", "eyeglasses_score"),
];

/// The quality flags, each with its score if it has one.
pub const QUALITY_FLAGS: &[(&str, Option<&str>)] =
    &[("blur", Some("blur_score")), ("dark", Some("dark_score")), ("grayscale", None)];

/// The liveness flag and score.
pub const LIVENESS: (&str, &str) = ("live", "live_score");

/// Aligned pixels per pixel of the photo.
pub const ALIGNED_SCALE: &str = "aligned_scale";

impl Measurement {
    /// Of a photo without an analysis.
    pub fn without(outcome: Outcome) -> Self {
        let (scores, flags) = (BTreeMap::new(), BTreeMap::new());
        Self { outcome, faces: 0, rotation: 0, scores, flags, template: None }
    }

    /// Of an analysed photo.
    pub fn of(analysis: &Analysis) -> Self {
        let Some(face) = analysis.faces.first() else { return Self::without(Outcome::NoFace) };
        let mut m = Self::without(Outcome::Face);
        (m.faces, m.rotation) = (analysis.faces.len(), analysis.rotation);
        m.template.clone_from(&face.template);
        m.read(face);
        m
    }

    fn read(&mut self, face: &FaceReport) {
        self.score("detector_score", face.confidence);
        self.score(ALIGNED_SCALE, aligned_scale(&face.landmarks));
        if let Some(q) = &face.quality {
            self.flag("blur", q.blur);
            self.score("blur_score", q.blur_score);
            self.flag("dark", q.dark);
            self.score("dark_score", q.dark_score);
            self.flag("grayscale", q.grayscale);
            for (name, component) in q.components.named() {
                self.score(name, component.raw);
                self.score(&format!("{name}_score"), component.score);
            }
        }
        if let Some(a) = &face.attributes {
            self.flag("sunglasses", a.sunglasses);
            self.score("sunglasses_score", a.sunglasses_score);
            self.flag("mask", a.mask);
            self.score("mask_score", a.mask_score);
            self.flag("veil", a.veil);
            self.score("veil_score", a.veil_score);
            self.flag("hat", a.hat);
            self.score("hat_score", a.hat_score);
            self.flag("eyeglasses", a.eyeglasses);
            self.score("eyeglasses_score", a.eyeglasses_score);
        }
        if let Some(live) = &face.liveness {
            self.flag(LIVENESS.0, live.live);
            self.score(LIVENESS.1, live.probability);
        }
    }

    fn score(&mut self, name: &str, value: f32) {
        self.scores.insert(name.to_owned(), value);
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.flags.insert(name.to_owned(), value);
    }
}

/// Scale of the least-squares similarity from the landmarks to the aligned face's reference points (ArcFace's; the same
/// as in `vision::align`): |Σ p̄·q| ÷ Σ |p|² over centred points as complex numbers.
fn aligned_scale(l: &Landmarks) -> f32 {
    const REFERENCE: [(f32, f32); 5] =
        [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)];
    let points = [l.left_eye, l.right_eye, l.nose, l.mouth_left, l.mouth_right].map(|p| (p.x, p.y));
    let centred = |list: [(f32, f32); 5]| {
        let (x, y) = list.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / 5.0, sum.1 + p.1 / 5.0));
        list.map(|p| (p.0 - x, p.1 - y))
    };
    let (mut re, mut im, mut square) = (0.0, 0.0, 0.0);
    for (p, q) in centred(points).into_iter().zip(centred(REFERENCE)) {
        re += p.0 * q.0 + p.1 * q.1;
        im += p.0 * q.1 - p.1 * q.0;
        square += p.0 * p.0 + p.1 * p.1;
    }
    if square > 0.0 { f32::hypot(re, im) / square } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use facegate_vision::Point;

    use super::*;

    #[test]
    fn the_scale_is_that_of_the_similarity() {
        // The reference points, turned by 30° and three times as large.
        let (sin, cos) = 30f32.to_radians().sin_cos();
        let at = |x: f32, y: f32| Point { x: 3.0 * (cos * x - sin * y) + 7.0, y: 3.0 * (sin * x + cos * y) - 2.0 };
        let l = Landmarks {
            left_eye: at(38.2946, 51.6963),
            right_eye: at(73.5318, 51.5014),
            nose: at(56.0252, 71.7366),
            mouth_left: at(41.5493, 92.3655),
            mouth_right: at(70.7299, 92.2041),
        };
        assert!((aligned_scale(&l) - 1.0 / 3.0).abs() < 1e-5);
    }
}
