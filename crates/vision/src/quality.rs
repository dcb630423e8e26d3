//! Blur, dark and grayscale, measured on the aligned face and, where the face alone would mislead, on the picture.

use facegate_image::Pixels;

use crate::blur::{self, FACE};
use crate::components::{self, Subject};
use crate::luma::{Luma, colourfulness};
use crate::report::{Landmarks, Quality};

/// Brightest 1 % of a face below which it is dark if the picture is dark too. A rule on the mean of the face would
/// refuse dark skin in good light; highlights on dark skin are still bright.
const DARK_FACE: f32 = 110.0;
/// Brightest 1 % of the picture, for the same rule.
const DARK_PICTURE: f32 = 150.0;
/// Brightest 1 % of a face below which it is dark whatever the picture.
const DARK_FACE_ALWAYS: f32 = 90.0;
/// Mean colour difference below which face and picture are black and white.
const GRAY: f32 = 6.0;

/// A face and the picture that it is in.
pub(crate) struct Scene<'a> {
    /// The aligned face.
    pub face: &'a Pixels,
    /// The whole picture at a small size.
    pub picture: &'a Pixels,
    /// In pixels of the full-size picture.
    pub landmarks: &'a Landmarks,
    /// Width and height of the full-size picture.
    pub size: (f32, f32),
    /// See `Embedded::strength`.
    pub strength: f32,
}

/// Measures everything that is called image quality.
pub(crate) fn measure(scene: &Scene<'_>) -> Quality {
    let (face, picture) = (scene.face, scene.picture);
    let whole = 0..picture.data().len() / 3;
    let whole = std::slice::from_ref(&whole);
    let luma = Luma::of(face);
    let blur = blur::measure(&luma);
    let blur_score = blur.score;
    let dark_score = darkness(luma.p99(&FACE), Luma::of(picture).p99(whole));
    let grayscale = colourfulness(face, &FACE) < GRAY && colourfulness(picture, whole) < GRAY;
    let components = components::measure(&Subject {
        face: &luma,
        landmarks: scene.landmarks,
        picture: scene.size,
        strength: scene.strength,
        sharpness: (blur.detail, blur_score),
    });
    Quality { blur: blur_score > 0.5, blur_score, dark: dark_score > 0.5, dark_score, grayscale, components }
}

/// 0..1, dark above 0.5: how far the brightest parts stay below what the rules ask for.
fn darkness(face: f32, picture: f32) -> f32 {
    let ratio = (face / DARK_FACE).max(picture / DARK_PICTURE).min(face / DARK_FACE_ALWAYS);
    1.0 / (1.0 + ratio.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decision_is_the_rule() {
        for face in (0..=255).step_by(5) {
            for picture in (0..=255).step_by(5) {
                let (f, p) = (face as f32, picture as f32);
                let rule = (f < DARK_FACE && p < DARK_PICTURE) || f < DARK_FACE_ALWAYS;
                assert_eq!(darkness(f, p) > 0.5, rule, "face {face}, picture {picture}");
            }
        }
    }
}
