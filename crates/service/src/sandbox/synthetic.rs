//! The analysis that a scenario's photo would give.

use facegate_vision::{
    Analysis, Attributes, BoundingBox, Component, Components, Concerns, FaceReport, Landmarks, Liveness, Point,
    Quality, Times, Wants,
};

use super::Person;

/// Side of the square photo that a scenario stands for, in pixels.
const SIDE: u16 = 600;

impl Person {
    /// The analysis that such a photo would give: what is wanted is there.
    pub fn analysis(&self, wants: Wants) -> Analysis {
        let faces = (0..u16::from(self.faces)).map(|n| self.face(n, n == 0 || wants.every_face, wants)).collect();
        Analysis { width: SIDE.into(), height: SIDE.into(), rotation: 0, faces, times: Times::default() }
    }

    /// The n-th face, placed in a grid of 3 × 3 cells of 200 px.
    fn face(&self, n: u16, measured: bool, wants: Wants) -> FaceReport {
        let (left, top) = (f32::from(n % 3 * 200 + 40), f32::from(n / 3 * 200 + 30));
        let at = |x: f32, y: f32| Point { x: left + x, y: top + y };
        let score = |bad: bool| if bad { 0.9 } else { 0.1 };
        FaceReport {
            bounding_box: BoundingBox { left, top, right: left + 120.0, bottom: top + 140.0 },
            landmarks: Landmarks {
                left_eye: at(35.0, 50.0),
                right_eye: at(85.0, 50.0),
                nose: at(60.0, 80.0),
                mouth_left: at(40.0, 110.0),
                mouth_right: at(80.0, 110.0),
            },
            confidence: 0.9,
            quality: (measured && wants.quality).then(|| Quality {
                blur: self.blur,
                blur_score: score(self.blur),
                dark: self.dark,
                dark_score: score(self.dark),
                grayscale: false,
                components: self.components(),
            }),
            attributes: (measured && wants.attributes).then(|| Attributes {
                sunglasses: self.sunglasses,
                sunglasses_score: score(self.sunglasses),
                mask: self.mask,
                mask_score: score(self.mask),
                veil: self.veil,
                veil_score: score(self.veil),
                hat: false,
                hat_score: score(false),
                eyeglasses: self.sunglasses,
                eyeglasses_score: score(self.sunglasses),
            }),
            liveness: (measured && wants.liveness).then(|| Liveness {
                live: self.live,
                probability: score(self.live),
                concerns: Concerns { covered: self.mask && wants.attributes, ..Concerns::default() },
            }),
            template: if measured && wants.template { super::template(self.identity) } else { None },
        }
    }

    /// Good ones, but for what the scenario names.
    fn components(&self) -> Components {
        let good = Component { raw: 0.0, score: 90.0 };
        let unless = |bad: bool| if bad { Component { raw: 0.0, score: 10.0 } } else { good };
        Components {
            unified: unless(self.blur || self.dark || self.mask || self.veil || self.sunglasses),
            sharpness: unless(self.blur),
            illumination_uniformity: good,
            under_exposure: unless(self.dark),
            over_exposure: good,
            inter_eye_distance: good,
            head_size: good,
            yaw: good,
            pitch: good,
            roll: good,
            centring: good,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sandbox::scenario::tests::any_person;

    proptest! {
        #[test]
        fn the_analysis_has_what_is_wanted_inside_the_photo(person in any_person(), quality: bool, liveness: bool) {
            let analysis = person.analysis(Wants { quality, liveness, ..Wants::default() });
            prop_assert_eq!(analysis.faces.len(), usize::from(person.faces));
            prop_assert_eq!(analysis.faces[0].quality.is_some(), quality);
            prop_assert_eq!(analysis.faces[0].liveness.map(|l| l.live), liveness.then_some(person.live));
            for face in &analysis.faces {
                prop_assert!(face.bounding_box.right <= 600.0 && face.bounding_box.bottom <= 600.0);
            }
        }
    }
}
