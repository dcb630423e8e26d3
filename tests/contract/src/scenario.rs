//! The scenarios of sandbox apps, found by writing every one of them down.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Flags;

/// What a scenario's photo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// `NO_FACE_PHOTO`.
    NoFace,
    /// `IMAGE_EXCEED_LIMIT`.
    TooLarge,
    /// One of the persons.
    Person(Person),
}

/// Who is on a photo, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Not a spoof.
    pub live: bool,
    /// Blurred or dark.
    pub poor: bool,
    /// A mask or sunglasses; a veil is let through.
    pub covered: bool,
    /// `A`..=`J`.
    pub letter: char,
    /// 1..=9.
    pub faces: u8,
}

static SCENES: LazyLock<HashMap<String, Scene>> = LazyLock::new(|| {
    let mut scenes = HashMap::from([
        ("NO_FACE_PHOTO".to_owned(), Scene::NoFace),
        ("IMAGE_EXCEED_LIMIT".to_owned(), Scene::TooLarge),
    ]);
    for (start, live) in [("LIVE", true), ("SPOOF", false)] {
        for quality in ["", "_BLUR", "_DARK", "_BLURDARK"] {
            for worn in ["", "_M", "_V", "_S", "_MV", "_MS", "_VS", "_MVS"] {
                for (letter, faces) in ('A'..='J').flat_map(|letter| (1..=9).map(move |faces| (letter, faces))) {
                    let covered = worn.contains(['M', 'S']);
                    let scene = Scene::Person(Person { live, poor: !quality.is_empty(), covered, letter, faces });
                    scenes.insert(format!("{start}_PERSON{quality}{worn}_{letter}_{faces}"), scene);
                }
            }
        }
    }
    scenes
});

/// What the scenario of this name shows; `None` if there is none.
pub fn scene(name: &str) -> Option<Scene> {
    SCENES.get(name.trim()).copied()
}

impl Person {
    /// The sum of the gates that the photo fails: 1 liveness, 2 attribute, 4 quality, 8 number of faces.
    pub fn fails(&self, flags: Flags) -> u8 {
        u8::from(flags.liveness.1 && !self.live)
            + 2 * u8::from(flags.attribute.1 && self.covered)
            + 4 * u8::from(flags.quality.1 && self.poor)
            + 8 * u8::from(flags.nface && self.faces > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_the_grammar_makes() {
        assert_eq!(SCENES.len(), 2 + 2 * 4 * 8 * 10 * 9);
        let seen = scene("LIVE_PERSON_BLUR_MV_A_1");
        assert_eq!(seen, Some(Scene::Person(Person { live: true, poor: true, covered: true, letter: 'A', faces: 1 })));
        assert_eq!(scene("LIVE_PERSON_VM_A_1"), None);
    }
}
