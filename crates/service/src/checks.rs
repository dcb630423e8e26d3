//! What a request asks to be computed and which gates it sets; shared by every endpoint that takes a photo.

use facegate_domain::Gates;
use facegate_vision::{Analysis, Wants};

/// What to compute for the answer, and which of it decides.
///
/// A gate whose measurement is not asked for cannot be passed; the payload rules refuse such a request earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Blur, dark, grayscale.
    pub quality: bool,
    /// Sunglasses, mask, veil, hat.
    pub attributes: bool,
    /// Passive liveness.
    pub liveness: bool,
    /// Requested gates.
    pub gates: Gates,
}

impl Checks {
    /// What the engine has to compute for these checks, with a template or without.
    pub fn wants(&self, template: bool) -> Wants {
        Wants {
            template,
            quality: self.quality,
            attributes: self.attributes,
            liveness: self.liveness,
            every_face: false,
            profile: 0,
        }
    }

    /// The requested gates that the photo fails; all of them are evaluated, on the first face.
    pub fn failed(&self, analysis: &Analysis) -> Gates {
        let face = analysis.faces.first();
        // What was not measured does not pass.
        let spoof = face.and_then(|f| f.liveness).is_none_or(|l| !l.live);
        let covered = face.and_then(|f| f.attributes).is_none_or(|a| a.sunglasses || a.mask);
        let poor = face.and_then(|f| f.quality).is_none_or(|q| q.blur || q.dark || q.grayscale);
        let crowd = analysis.faces.len() > 1;
        let failing =
            [(Gates::LIVENESS, spoof), (Gates::ATTRIBUTE, covered), (Gates::QUALITY, poor), (Gates::NFACE, crowd)];
        let all: Gates = failing.iter().filter(|(_, fails)| *fails).map(|(gate, _)| *gate).collect();
        all & self.gates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Scenario;

    const ALL: Checks = Checks { quality: true, attributes: true, liveness: true, gates: Gates::REQUESTABLE };

    fn failed(checks: Checks, scenario: &str) -> u8 {
        let Ok(Scenario::Person(person)) = scenario.parse() else { panic!("{scenario} names no person") };
        checks.failed(&person.analysis(checks.wants(false))).bits()
    }

    #[test]
    fn every_combination_of_faults_gives_its_number() {
        for n in 0..16u8 {
            let head = if n & 1 != 0 { "SPOOF" } else { "LIVE" };
            let quality = if n & 4 != 0 { "_BLUR" } else { "" };
            let worn = if n & 2 != 0 { "_M" } else { "" };
            let count = if n & 8 != 0 { 2 } else { 1 };
            assert_eq!(failed(ALL, &format!("{head}_PERSON{quality}{worn}_A_{count}")), n);
        }
    }

    #[test]
    fn only_requested_gates_count() {
        let worst = "SPOOF_PERSON_BLURDARK_MVS_B_3";
        for bits in 0..16 {
            let gates = Gates::from_bits_truncate(bits);
            assert_eq!(failed(Checks { gates, ..ALL }, worst), bits);
        }
    }

    #[test]
    fn each_fault_of_a_gate_is_enough_and_veils_pass() {
        for (scenario, expected) in [
            ("LIVE_PERSON_DARK_A_1", 4),
            ("LIVE_PERSON_BLURDARK_A_1", 4),
            ("LIVE_PERSON_S_A_1", 2),
            ("LIVE_PERSON_V_A_1", 0),
        ] {
            assert_eq!(failed(ALL, scenario), expected, "{scenario}");
        }
    }

    #[test]
    fn what_was_not_measured_does_not_pass() {
        let unmeasured = Checks { quality: false, attributes: false, liveness: false, gates: Gates::REQUESTABLE };
        assert_eq!(failed(unmeasured, "LIVE_PERSON_A_1"), 7);
    }
}
