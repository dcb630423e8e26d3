//! Components of image quality that operators of enrolment stations know from ISO/IEC 29794-5 and OFIQ, as far as they
//! can be measured here: each a raw value and a score from 0 (bad) to 100 (good). Nothing is decided by them.
//!
//! The names and the curves marked OFIQ follow the reference implementation of the standard (BSI's Open Source Face
//! Image Quality); the raw values come from our own landmarks and networks, so the scores are akin, not equal.

use std::ops::Range;

use crate::blur::FACE;
use crate::luma::Luma;
use crate::pose;
use crate::report::{Component, Components, Landmarks, Point};

/// Luma up to which a pixel is as good as black, and from which it is as good as white (OFIQ).
const BLACK: f32 = 25.0;
const WHITE: f32 = 247.0;
/// Shares of black and white pixels in the face at which nothing is left of the score.
const TOO_BLACK: f32 = 0.5;
const TOO_WHITE: f32 = 0.25;
/// The head is about this many times higher than the way from the eyes to the mouth (230 mm / 65 mm).
const HEAD_HEIGHT: f32 = 3.5;
/// Strength of the template that scores 50, and what changes the odds by e. Of 2,334 LFW photos 0.9 / 3.4 / 11 % score below
/// 25 / 50 / 75 with the profile `fast`, 1.1 / 4.3 / 11 % with `accurate`; the median is 97 (`unified_score` of `facegate eval
/// quality --details`). A low score says that the networks see little of a face, as of a masked or cropped one, not that
/// it is blurred.
const STRENGTH: f32 = 0.85;
const STRENGTH_STEP: f32 = 0.05;
/// Steps of the brightness histograms that are compared.
const BINS: usize = 16;

/// What the components are measured on.
pub(crate) struct Subject<'a> {
    /// The aligned face.
    pub face: &'a Luma,
    /// In pixels of the whole picture.
    pub landmarks: &'a Landmarks,
    /// Width and height of the whole picture.
    pub picture: (f32, f32),
    /// See `Embedded::strength`.
    pub strength: f32,
    /// Detail in decibels and blur score of the face, see `Blur`.
    pub sharpness: (f32, f32),
}

pub(crate) fn measure(subject: &Subject<'_>) -> Components {
    let pose = pose::estimate(subject.landmarks);
    let black = share(subject.face, |luma| luma <= BLACK);
    let white = share(subject.face, |luma| luma >= WHITE);
    let uniformity = uniformity(subject.face);
    let eyes = subject.landmarks.eye_distance() / pose.yaw.to_radians().cos().max(0.3);
    let head = head_size(subject.landmarks, subject.picture.1);
    let off_centre = off_centre(subject.landmarks, subject.picture);
    let towards = |angle: f32| component(angle, 100.0 * angle.to_radians().cos().max(0.0).powi(2)); // OFIQ
    Components {
        unified: component(subject.strength, 100.0 * sigmoid(subject.strength, STRENGTH, STRENGTH_STEP)),
        sharpness: component(subject.sharpness.0, 100.0 * (1.0 - subject.sharpness.1)),
        illumination_uniformity: component(uniformity, 100.0 * uniformity.powf(0.3)), // OFIQ
        under_exposure: component(black, 100.0 * (1.0 - black / TOO_BLACK)),
        over_exposure: component(white, 100.0 * (1.0 - white / TOO_WHITE)),
        inter_eye_distance: component(eyes, 100.0 * sigmoid(eyes, 70.0, 20.0)), // OFIQ
        head_size: component(head, 100.0 * plateau(head, [0.05, 0.25, 0.8, 1.3])),
        yaw: towards(pose.yaw),
        pitch: towards(pose.pitch),
        roll: towards(pose.roll),
        centring: component(off_centre, 100.0 * (1.0 - off_centre)),
    }
}

fn component(raw: f32, score: f32) -> Component {
    let finite = |value: f32| if value.is_finite() { value } else { 0.0 };
    Component { raw: finite(raw), score: finite(score).clamp(0.0, 100.0) }
}

fn sigmoid(value: f32, middle: f32, width: f32) -> f32 {
    1.0 / (1.0 + ((middle - value) / width).exp())
}

/// 0 outside of the outer bounds, 1 between the inner ones, straight between.
fn plateau(value: f32, [low, good, fine, high]: [f32; 4]) -> f32 {
    ((value - low) / (good - low)).min((high - value) / (high - fine)).clamp(0.0, 1.0)
}

/// Share of the face's pixels.
fn share(face: &Luma, counts: impl Fn(f32) -> bool) -> f32 {
    let inside = face.within(&FACE);
    let (all, some) = inside.fold((0u32, 0u32), |(all, some), v| (all + 1, some + u32::from(counts(v))));
    some as f32 / all.max(1) as f32
}

/// What the brightness histograms of the face's left and right half have in common, 0..1.
fn uniformity(face: &Luma) -> f32 {
    let (mut left, mut right) = ([0.0f32; BINS], [0.0f32; BINS]);
    for span in FACE.iter() {
        let middle = span.start - span.start % face.width + face.width / 2;
        let count = |halves: &mut [f32; BINS], half: Range<usize>| {
            face.within(&[half]).for_each(|luma| halves[(luma as usize * BINS / 256).min(BINS - 1)] += 1.0);
        };
        count(&mut left, span.start..middle.clamp(span.start, span.end));
        count(&mut right, middle.clamp(span.start, span.end)..span.end);
    }
    let (l, r) = (left.iter().sum::<f32>().max(1.0), right.iter().sum::<f32>().max(1.0));
    left.iter().zip(&right).map(|(a, b)| (a / l).min(b / r)).sum()
}

/// Height of the head as a share of the picture's.
fn head_size(landmarks: &Landmarks, height: f32) -> f32 {
    let [left, right, _, mouth_left, mouth_right] = landmarks.points();
    let (x, y) = (
        (mouth_left.x + mouth_right.x - left.x - right.x) / 2.0,
        (mouth_left.y + mouth_right.y - left.y - right.y) / 2.0,
    );
    x.hypot(y) * HEAD_HEIGHT / height.max(1.0)
}

/// Distance of the face from the middle of the picture, as a share of half its diagonal.
fn off_centre(landmarks: &Landmarks, (width, height): (f32, f32)) -> f32 {
    let points = landmarks.points();
    let mean = |pick: fn(&Point) -> f32| points.iter().map(pick).sum::<f32>() / points.len() as f32;
    let (dx, dy) = (mean(|p| p.x) - width / 2.0, mean(|p| p.y) - height / 2.0);
    dx.hypot(dy) / (width / 2.0).hypot(height / 2.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::SIDE;

    const N: usize = SIDE as usize;

    fn measured(luma: impl Fn(usize, usize) -> f32, shift: f32, strength: f32) -> Components {
        let face = Luma { width: N, values: (0..N * N).map(|i| luma(i % N, i / N)).collect() };
        let at = |x: f32, y: f32| Point { x: x + shift, y };
        let landmarks = Landmarks::from_points([
            at(170.0, 200.0),
            at(230.0, 200.0),
            at(200.0, 231.0),
            at(175.0, 262.0),
            at(225.0, 262.0),
        ]);
        measure(&Subject {
            face: &face,
            landmarks: &landmarks,
            picture: (400.0, 460.0),
            strength,
            sharpness: (-19.0, 0.2),
        })
    }

    #[test]
    fn a_good_photo_scores_high_everywhere() {
        let c = measured(|x, y| 90.0 + ((x * 7 + y * 13) % 60) as f32, 0.0, 1.0);
        for (name, component) in c.named() {
            let least = if name == "inter_eye_distance" { 35.0 } else { 75.0 };
            assert!(component.score >= least, "{name}: {component:?}");
        }
    }

    #[test]
    fn each_fault_lowers_its_own_score() {
        let good = measured(|_, _| 120.0, 0.0, 1.0);
        let side_light = measured(|x, _| if x < N / 2 { 40.0 } else { 200.0 }, 0.0, 1.0);
        assert!(side_light.illumination_uniformity.score < 10.0 && good.illumination_uniformity.score > 99.0);
        assert_eq!(measured(|_, _| 10.0, 0.0, 1.0).under_exposure.score, 0.0);
        assert_eq!(measured(|_, _| 250.0, 0.0, 1.0).over_exposure.score, 0.0);
        assert!(measured(|_, _| 120.0, 150.0, 1.0).centring.score < good.centring.score - 30.0);
    }

    #[test]
    fn the_stronger_the_template_the_higher_the_unified_score() {
        let score = |strength| measured(|_, _| 120.0, 0.0, strength).unified.score;
        let scores = [0.0, 0.7, 0.8, 0.85, 0.9, 1.02, 1.3].map(score);
        assert!(scores.is_sorted_by(|a, b| a < b), "{scores:?}");
        assert!(scores[1] < 10.0 && (scores[3] - 50.0).abs() < 0.1 && scores[5] > 95.0, "{scores:?}");
    }
}
