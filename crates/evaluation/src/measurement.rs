//! What an evaluation keeps of the engine's report: the only file that knows its fields. A new measurement is a line here.

use std::collections::BTreeMap;

use facegate_domain::Template;
use facegate_vision::{Analysis, FaceReport};
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

/// Left, top, right and bottom of the face's box in pixels of the upright photo.
pub const BOX: [&str; 4] = ["box_left", "box_top", "box_right", "box_bottom"];

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
        // Landmarks that coincide have no scale: such a face is taken as it is.
        self.score(ALIGNED_SCALE, face.landmarks.aligned_scale().unwrap_or(1.0));
        let b = &face.bounding_box;
        BOX.into_iter().zip([b.left, b.top, b.right, b.bottom]).for_each(|(name, edge)| self.score(name, edge));
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
