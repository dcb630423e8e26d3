//! Where a head looks, estimated from five landmarks and the proportions of an average head.

use crate::report::{Landmarks, Point};

/// Distance between the eyes of an average adult in mm (Dodgson 2004: mean 63).
const EYES: f32 = 63.0;
/// Below the eyes' line: tip of the nose and corners of the mouth, mm. Together with the depths they put the landmarks
/// of a frontal face where the alignment's reference points are.
const NOSE_DOWN: f32 = 32.0;
const MOUTH_DOWN: f32 = 65.0;
/// In front of the eyes' plane, mm.
const NOSE_DEPTH: f32 = 38.0;
const MOUTH_DEPTH: f32 = 20.0;

/// Angles in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    /// Positive: towards the right of the image.
    pub yaw: f32,
    /// Positive: down.
    pub pitch: f32,
    /// Positive: the head leans clockwise in the image.
    pub roll: f32,
}

/// Good to some ten degrees for heads that are less than 45° away from the camera; yaw and pitch are limited to ±90.
pub(crate) fn estimate(landmarks: &Landmarks) -> Pose {
    let eyes = middle(landmarks.left_eye, landmarks.right_eye);
    let mouth = middle(landmarks.mouth_left, landmarks.mouth_right);
    let (across, down) = (minus(landmarks.right_eye, landmarks.left_eye), minus(mouth, eyes));
    // The eyes' line alone: the face's axis is skewed by a turned head, because the mouth lies in front of the eyes.
    let roll = across.y.atan2(across.x);
    let upright = |p: Point| Point { x: p.x * roll.cos() + p.y * roll.sin(), y: p.y * roll.cos() - p.x * roll.sin() };
    let (eyes_wide, axis) = (upright(across).x.max(1e-3), upright(down).y.max(1e-3));
    let nose = upright(minus(landmarks.nose, eyes));
    let height = (nose.y / axis).clamp(-1.0, 2.0);
    // At the nose's height the axis between eyes and mouth lies `depth` in front of the eyes' plane.
    let depth = MOUTH_DEPTH * NOSE_DOWN / MOUTH_DOWN;
    let aside = (nose.x - upright(down).x * height) / eyes_wide;
    let yaw = (aside * EYES / (NOSE_DEPTH - depth)).atan();
    let lowering = (MOUTH_DOWN * height - NOSE_DOWN) / (NOSE_DEPTH - MOUTH_DEPTH * height).max(1.0);
    Pose { yaw: yaw.to_degrees(), pitch: lowering.atan().to_degrees(), roll: roll.to_degrees() }
}

fn middle(a: Point, b: Point) -> Point {
    Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 }
}

fn minus(a: Point, b: Point) -> Point {
    Point { x: a.x - b.x, y: a.y - b.y }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The average head turned in space and seen from far away.
    fn seen(yaw: f32, pitch: f32, roll: f32) -> Landmarks {
        let (sy, cy) = yaw.to_radians().sin_cos();
        let (sp, cp) = pitch.to_radians().sin_cos();
        let (sr, cr) = roll.to_radians().sin_cos();
        let project = |x: f32, y: f32, z: f32| {
            let (x, z) = (x * cy + z * sy, z * cy - x * sy);
            let y = y * cp + z * sp;
            Point { x: 100.0 + x * cr - y * sr, y: 100.0 + x * sr + y * cr }
        };
        Landmarks::from_points([
            project(-EYES / 2.0, 0.0, 0.0),
            project(EYES / 2.0, 0.0, 0.0),
            project(0.0, NOSE_DOWN, NOSE_DEPTH),
            project(-25.0, MOUTH_DOWN, MOUTH_DEPTH),
            project(25.0, MOUTH_DOWN, MOUTH_DEPTH),
        ])
    }

    #[test]
    fn angles_of_a_turned_head_are_found_again() {
        for (yaw, pitch, roll) in [
            (0.0, 0.0, 0.0),
            (30.0, 0.0, 0.0),
            (-20.0, 0.0, 10.0),
            (0.0, 20.0, 0.0),
            (0.0, -15.0, -30.0),
            (0.0, 0.0, 90.0),
        ] {
            let pose = estimate(&seen(yaw, pitch, roll));
            let near = |a: f32, b: f32| (a - b).abs() < 4.0;
            assert!(
                near(pose.yaw, yaw) && near(pose.pitch, pitch) && near(pose.roll, roll),
                "{pose:?} for {yaw} {pitch} {roll}"
            );
        }
    }

    #[test]
    fn landmarks_that_coincide_give_numbers() {
        let pose = estimate(&Landmarks::default());
        assert!(pose.yaw.is_finite() && pose.pitch.is_finite() && pose.roll.is_finite());
    }
}
