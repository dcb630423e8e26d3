//! What to tell the person in front of the camera, from what was measured.

use facegate_vision::{Analysis, FaceReport};

/// Height of the head as a share of the photo's height below which a person should come closer.
const FAR: f32 = 0.2;
/// Height of the head as a share of the photo's height above which a person should move back.
const NEAR: f32 = 0.9;
/// Degrees by which a head may be turned or bent before a person should look at the camera.
const TURNED: f32 = 30.0;

/// One thing to say, most helpful first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// There is no face.
    NoFace,
    /// There are several faces.
    OneFaceOnly,
    /// The face is small.
    MoveCloser,
    /// The face fills the picture.
    MoveBack,
    /// The head is turned away.
    LookAtTheCamera,
    /// The picture is dark.
    MoreLight,
    /// The picture is blurred.
    HoldStill,
    /// The picture is black and white.
    UseColour,
    /// Sunglasses hide the eyes.
    TakeOffSunglasses,
    /// A mask hides the face.
    TakeOffMask,
    /// It does not look like a person in front of the camera.
    BeLive,
}

impl Advice {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::OneFaceOnly => "one_face_only",
            Self::MoveCloser => "move_closer",
            Self::MoveBack => "move_back",
            Self::LookAtTheCamera => "look_at_the_camera",
            Self::MoreLight => "more_light",
            Self::HoldStill => "hold_still",
            Self::UseColour => "use_colour",
            Self::TakeOffSunglasses => "take_off_sunglasses",
            Self::TakeOffMask => "take_off_mask",
            Self::BeLive => "be_live",
        }
    }
}

/// Everything that could be better about the first face, of what was measured.
pub fn advice(analysis: &Analysis) -> Vec<Advice> {
    let Some(face) = analysis.faces.first() else { return vec![Advice::NoFace] };
    let crowd = (analysis.faces.len() > 1, Advice::OneFaceOnly);
    let said = [crowd].into_iter().chain(place(face)).chain(picture(face)).chain(worn(face));
    said.filter_map(|(applies, advice)| applies.then_some(advice)).collect()
}

fn place(face: &FaceReport) -> [(bool, Advice); 3] {
    let measured = face.quality.map(|quality| quality.components);
    let concerns = face.liveness.map(|liveness| liveness.concerns).unwrap_or_default();
    let is = |test: &dyn Fn(&facegate_vision::Components) -> bool| measured.as_ref().is_some_and(test);
    let near = concerns.too_close || is(&|c| c.head_size.raw > NEAR);
    let far = concerns.too_small || is(&|c| (0.001..FAR).contains(&c.head_size.raw));
    let turned = is(&|c| c.yaw.raw.abs() > TURNED || c.pitch.raw.abs() > TURNED);
    [(far && !near, Advice::MoveCloser), (near, Advice::MoveBack), (turned, Advice::LookAtTheCamera)]
}

fn picture(face: &FaceReport) -> [(bool, Advice); 3] {
    let is = |test: fn(&facegate_vision::Quality) -> bool| face.quality.as_ref().is_some_and(test);
    [(is(|q| q.dark), Advice::MoreLight), (is(|q| q.blur), Advice::HoldStill), (is(|q| q.grayscale), Advice::UseColour)]
}

fn worn(face: &FaceReport) -> [(bool, Advice); 3] {
    let is = |test: fn(&facegate_vision::Attributes) -> bool| face.attributes.as_ref().is_some_and(test);
    [
        (is(|a| a.sunglasses), Advice::TakeOffSunglasses),
        (is(|a| a.mask), Advice::TakeOffMask),
        (face.liveness.is_some_and(|l| !l.live), Advice::BeLive),
    ]
}

#[cfg(test)]
mod tests {
    use facegate_vision::Wants;

    use super::*;
    use crate::sandbox;

    fn of(scenario: &str) -> Vec<&'static str> {
        let wants = Wants { quality: true, attributes: true, liveness: true, ..Wants::default() };
        let analysis = sandbox::analysis(&scenario.parse().unwrap(), wants).unwrap();
        advice(&analysis).into_iter().map(Advice::as_str).collect()
    }

    #[test]
    fn each_fault_has_its_advice_and_a_good_photo_has_none() {
        assert_eq!(of("LIVE_PERSON_A_1"), Vec::<&str>::new());
        let all = ["one_face_only", "more_light", "hold_still", "take_off_sunglasses", "take_off_mask", "be_live"];
        assert_eq!(of("SPOOF_PERSON_BLURDARK_MS_A_2"), all);
    }
}
