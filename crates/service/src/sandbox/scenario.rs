//! The grammar of scenario names.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A photo that a sandbox app pretends to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// `NO_FACE_PHOTO`.
    NoFace,
    /// `IMAGE_EXCEED_LIMIT`.
    ExceedsLimit,
    /// `LIVE_PERSON…` or `SPOOF_PERSON…`.
    Person(Person),
}

/// `LIVE_PERSON[_BLUR|_DARK|_BLURDARK][_<any of M,V,S in that order>]_<A..J>_<1..9>`, or `SPOOF_PERSON…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// A live person, not a spoof.
    pub live: bool,
    /// The photo is blurred.
    pub blur: bool,
    /// The photo is dark.
    pub dark: bool,
    /// `M`: wears a mask.
    pub mask: bool,
    /// `V`: wears a veil.
    pub veil: bool,
    /// `S`: wears sunglasses.
    pub sunglasses: bool,
    /// Who it is, `A`..`J`; photos of the same letter match.
    pub identity: char,
    /// Faces in the photo, 1..=9.
    pub faces: u8,
}

/// The text is not a scenario.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a sandbox scenario")]
pub struct NoScenario;

impl FromStr for Scenario {
    type Err = NoScenario;

    fn from_str(text: &str) -> Result<Self, NoScenario> {
        match text {
            "NO_FACE_PHOTO" => Ok(Self::NoFace),
            "IMAGE_EXCEED_LIMIT" => Ok(Self::ExceedsLimit),
            _ => person(text).map(Self::Person).ok_or(NoScenario),
        }
    }
}

fn person(text: &str) -> Option<Person> {
    let (live, rest) = match text.strip_prefix("LIVE_PERSON_") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("SPOOF_PERSON_")?),
    };
    let (rest, faces) = rest.rsplit_once('_')?;
    let (rest, identity) = match rest.rsplit_once('_') {
        Some(("", _)) => return None,
        Some(parts) => parts,
        None => ("", rest),
    };
    let faces = faces.parse().ok().filter(|n| faces.len() == 1 && (1..=9).contains(n))?;
    let identity = identity.chars().next().filter(|c| identity.len() == 1 && ('A'..='J').contains(c))?;
    let (quality, worn) = match rest.split_once('_') {
        Some((quality, worn)) if !worn.is_empty() => (quality, worn),
        Some(_) => return None,
        None if matches!(rest, "BLUR" | "DARK" | "BLURDARK") => (rest, ""),
        None => ("", rest),
    };
    let (blur, dark) = match quality {
        // An empty quality before an underscore would be a doubled underscore.
        "" if !rest.contains('_') => (false, false),
        "BLUR" => (true, false),
        "DARK" => (false, true),
        "BLURDARK" => (true, true),
        _ => return None,
    };
    let (mask, left) = take(worn, 'M');
    let (veil, left) = take(left, 'V');
    let (sunglasses, left) = take(left, 'S');
    left.is_empty().then_some(Person { live, blur, dark, mask, veil, sunglasses, identity, faces })
}

fn take(text: &str, letter: char) -> (bool, &str) {
    text.strip_prefix(letter).map_or((false, text), |rest| (true, rest))
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.live { "LIVE_PERSON" } else { "SPOOF_PERSON" })?;
        f.write_str(match (self.blur, self.dark) {
            (false, false) => "",
            (true, false) => "_BLUR",
            (false, true) => "_DARK",
            (true, true) => "_BLURDARK",
        })?;
        let worn: String = [(self.mask, 'M'), (self.veil, 'V'), (self.sunglasses, 'S')]
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, letter)| *letter)
            .collect();
        if !worn.is_empty() {
            write!(f, "_{worn}")?;
        }
        write!(f, "_{}_{}", self.identity, self.faces)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn any_person() -> impl Strategy<Value = Person> {
        (any::<[bool; 6]>(), 0..10u8, 1..=9u8).prop_map(|(b, who, faces)| Person {
            live: b[0],
            blur: b[1],
            dark: b[2],
            mask: b[3],
            veil: b[4],
            sunglasses: b[5],
            identity: char::from(b'A' + who),
            faces,
        })
    }

    proptest! {
        #[test]
        fn every_scenario_is_read_as_it_is_written(person in any_person()) {
            prop_assert_eq!(person.to_string().parse(), Ok(Scenario::Person(person)));
        }

        #[test]
        fn what_is_read_is_written_the_same(text in "(LIVE|SPOOF)_PERSON[_A-KMVS0-9BLURDK]{0,12}") {
            if let Ok(Scenario::Person(person)) = text.parse() {
                prop_assert_eq!(person.to_string(), text);
            }
        }
    }

    #[test]
    fn the_documented_example_is_understood() {
        let Ok(Scenario::Person(p)) = "LIVE_PERSON_BLUR_MV_A_1".parse() else { panic!("not understood") };
        assert!(p.live && p.blur && !p.dark && p.mask && p.veil && !p.sunglasses);
        assert_eq!((p.identity, p.faces), ('A', 1));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "LIVE_PERSON",
            "LIVE_PERSON_",
            "LIVE_PERSON_A",
            "LIVE_PERSON_1",
            "LIVE_PERSON_A_0",
            "LIVE_PERSON_A_10",
            "LIVE_PERSON_K_1",
            "LIVE_PERSON__A_1",
            "LIVE_PERSON_VM_A_1",
            "LIVE_PERSON_M_BLUR_A_1",
            "LIVE_PERSON_MM_A_1",
            "LIVE_PERSON_DARKBLUR_A_1",
            "LIVE_PERSON_BLUR__A_1",
            "live_person_A_1",
            "LIVE_PERSON_A_1 ",
            "LIVE_PERSON_AB_1",
            "LIVE_PERSON_BLUR_DARK_A_1",
            "NO_FACE",
            "LIVE_PERSON_A_+1",
            "LIVE_PERSON_É_1",
        ] {
            assert_eq!(text.parse::<Scenario>(), Err(NoScenario), "{text}");
        }
    }
}
