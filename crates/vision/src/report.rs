//! What is known about a photo and each of its faces after analysis.

use std::time::Duration;

use facegate_domain::Template;

/// A point in pixels of the upright photo (after EXIF orientation and [`Analysis::rotation`]), origin top left.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// A face's box in the pixels of [`Point`]; may reach a little outside the photo.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BoundingBox {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge, > left.
    pub right: f32,
    /// Bottom edge, > top.
    pub bottom: f32,
}

/// Five landmarks; left and right as seen in the image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Landmarks {
    /// The eye on the left of the image.
    pub left_eye: Point,
    /// The eye on the right of the image.
    pub right_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// The corner of the mouth on the left of the image.
    pub mouth_left: Point,
    /// The corner of the mouth on the right of the image.
    pub mouth_right: Point,
}

/// Image quality at the face. Scores are 0..1 with the decision at 0.5; higher is worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// The face is blurred.
    pub blur: bool,
    /// How blurred.
    pub blur_score: f32,
    /// The face and the picture are too dark.
    pub dark: bool,
    /// How dark.
    pub dark_score: f32,
    /// The picture is black and white.
    pub grayscale: bool,
    /// More detail, for people; nothing is decided by it.
    pub components: Components,
}

/// One component of image quality.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Component {
    /// What was measured, in the unit that [`Components`] tells.
    pub raw: f32,
    /// 0 (bad) to 100 (good).
    pub score: f32,
}

/// Components of image quality after ISO/IEC 29794-5.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Components {
    /// How much of a face the embedding networks see: the length of their output before normalisation, about 1 for an
    /// ordinary good photo. Predicts failed matches better than any other component.
    pub unified: Component,
    /// Fine detail in the direction with the least, decibels relative to coarse detail: about −19 for good photos, less is
    /// blurred.
    pub sharpness: Component,
    /// What the brightness of the face's two halves has in common, 0..1.
    pub illumination_uniformity: Component,
    /// Share of black pixels in the face, 0..1.
    pub under_exposure: Component,
    /// Share of white pixels in the face, 0..1.
    pub over_exposure: Component,
    /// Pixels of the full-size photo between the eyes, as if the head looked at the camera.
    pub inter_eye_distance: Component,
    /// Height of the head as a share of the photo's height, estimated.
    pub head_size: Component,
    /// Degrees to the right of the image, estimated.
    pub yaw: Component,
    /// Degrees down, estimated.
    pub pitch: Component,
    /// Degrees that the head leans clockwise.
    pub roll: Component,
    /// Distance of the face from the middle of the photo, as a share of half its diagonal.
    pub centring: Component,
}

impl Components {
    /// All with their names, in a fixed order.
    pub fn named(&self) -> [(&'static str, Component); 11] {
        [
            ("unified", self.unified),
            ("sharpness", self.sharpness),
            ("illumination_uniformity", self.illumination_uniformity),
            ("under_exposure", self.under_exposure),
            ("over_exposure", self.over_exposure),
            ("inter_eye_distance", self.inter_eye_distance),
            ("head_size", self.head_size),
            ("yaw", self.yaw),
            ("pitch", self.pitch),
            ("roll", self.roll),
            ("centring", self.centring),
        ]
    }
}

/// What is worn on the face or head. Scores are probabilities 0..1; the flags compare them with the manifest's thresholds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attributes {
    /// Dark glasses that hide the eyes.
    pub sunglasses: bool,
    /// Probability of sunglasses.
    pub sunglasses_score: f32,
    /// A mask over mouth and nose.
    pub mask: bool,
    /// Probability of a mask.
    pub mask_score: f32,
    /// A veil or headscarf.
    pub veil: bool,
    /// Probability of a veil.
    pub veil_score: f32,
    /// A hat, cap or helmet.
    pub hat: bool,
    /// Probability of a hat.
    pub hat_score: f32,
    /// Glasses of any kind before the eyes, clear or dark; for people, no gate asks for it.
    pub eyeglasses: bool,
    /// Probability of glasses.
    pub eyeglasses_score: f32,
}

/// Passive liveness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Liveness {
    /// Judged to be a live person in front of the camera.
    pub live: bool,
    /// Chance of being live, 0..1, with as many live people as attacks; `live` is `probability >= threshold of the manifest`.
    pub probability: f32,
    /// Why the answer may be wrong.
    pub concerns: Concerns,
}

/// What makes a liveness answer unsure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concerns {
    /// The face fills the photo: too little is seen around it.
    pub too_close: bool,
    /// The face has too few pixels.
    pub too_small: bool,
    /// A mask is worn; known only if attributes were measured.
    pub covered: bool,
}

impl Concerns {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.too_close || self.too_small || self.covered
    }
}

/// One face.
#[derive(Clone, Debug)]
pub struct FaceReport {
    /// Where.
    pub bounding_box: BoundingBox,
    /// Eyes, nose, mouth.
    pub landmarks: Landmarks,
    /// The detector's confidence, 0..1.
    pub confidence: f32,
    /// Present if it was wanted.
    pub quality: Option<Quality>,
    /// Present if they were wanted.
    pub attributes: Option<Attributes>,
    /// Present if it was wanted.
    pub liveness: Option<Liveness>,
    /// Present if it was wanted.
    pub template: Option<Template>,
}

/// The answer about one photo: at least one face.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Width of the upright photo in pixels at full size.
    pub width: u32,
    /// Height of the upright photo in pixels at full size.
    pub height: u32,
    /// Degrees clockwise (0, 90, 180, 270) by which the photo, already upright by EXIF, was turned to find the face.
    pub rotation: u16,
    /// Every face found, the largest and most central one first. Never empty.
    pub faces: Vec<FaceReport>,
    /// Where the time went.
    pub times: Times,
}

/// How long the parts of an analysis took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// File to pixels, with the wait for other large photos.
    pub decode: Duration,
    /// Pixels to faces and their landmarks.
    pub detect: Duration,
    /// Aligned faces to templates.
    pub embed: Duration,
    /// Quality, attributes, liveness.
    pub measure: Duration,
}

/// What to compute. What is not wanted is not computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// A template.
    pub template: bool,
    /// Blur, dark, grayscale.
    pub quality: bool,
    /// Sunglasses, mask, veil, hat, eyeglasses.
    pub attributes: bool,
    /// Passive liveness.
    pub liveness: bool,
    /// Measure every face, not only the first.
    pub every_face: bool,
    /// Which of the profiles that were loaded makes the template, from 0. The strength that quality tells of is its too.
    pub profile: usize,
}
