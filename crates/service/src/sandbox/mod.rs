//! Sandbox apps: the image field names a scenario and the answer follows from it, so that integrators can test every
//! path without photographs. No model runs; everything else (gates, quotas, enrolled subjects) is as in real apps. The
//! "template" of a person is a unit vector of its own, so persons match exactly when their letters agree.

mod scenario;
mod synthetic;

use facegate_domain::{ModelId, Template};
use facegate_vision::{Analysis, Wants};

use crate::ImageFault;

pub use scenario::{NoScenario, Person, Scenario};

/// What a scenario answers.
pub(crate) fn analysis(scenario: &Scenario, wants: Wants) -> Result<Analysis, ImageFault> {
    match scenario {
        Scenario::NoFace => Err(ImageFault::NoFace),
        Scenario::ExceedsLimit => Err(ImageFault::TooLarge),
        Scenario::Person(person) => Ok(person.analysis(wants)),
    }
}

/// The model of sandbox templates; never compared with a real one.
pub(crate) fn model() -> ModelId {
    ModelId::new("sandbox", "0")
}

/// Subject ids that mean something without having been enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxSubject {
    /// `SUB_EXIST` (person A) or `SUB_EXIST_A`..`SUB_EXIST_J`: the letter.
    Exists(char),
    /// `SUB_NOT_EXIST`.
    Missing,
}

/// The meaning of a subject id in sandbox apps, if it has one.
pub fn subject(id: &str) -> Option<SandboxSubject> {
    match id {
        "SUB_EXIST" => Some(SandboxSubject::Exists('A')),
        "SUB_NOT_EXIST" => Some(SandboxSubject::Missing),
        _ => {
            let mut letters = id.strip_prefix("SUB_EXIST_")?.chars();
            let letter = letters.next().filter(|letter| ('A'..='J').contains(letter))?;
            letters.next().is_none().then_some(SandboxSubject::Exists(letter))
        }
    }
}

/// The template of the person with this letter.
pub(crate) fn template(identity: char) -> Option<Template> {
    let values = ('A'..='J').map(|letter| f32::from(u8::from(letter == identity))).collect();
    Template::new(model(), values).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_match_when_their_letters_agree() {
        let cosine = |a, b| template(a).unwrap().cosine(&template(b).unwrap());
        assert_eq!((cosine('A', 'A'), cosine('C', 'J')), (Ok(1.0), Ok(0.0)));
        assert_eq!(template('K'), None);
    }

    #[test]
    fn three_kinds_of_ids_mean_something() {
        assert_eq!(subject("SUB_EXIST"), Some(SandboxSubject::Exists('A')));
        assert_eq!(subject("SUB_EXIST_J"), Some(SandboxSubject::Exists('J')));
        assert_eq!(subject("SUB_NOT_EXIST"), Some(SandboxSubject::Missing));
        for other in ["", "SUB", "SUB_EXIST_", "SUB_EXIST_K", "SUB_EXIST_AB", "sub_exist"] {
            assert_eq!(subject(other), None, "{other}");
        }
    }
}
