//! Sandbox apps: the image field names a scenario and the answer follows from it, so that integrators can test every
//! path without photographs. No model runs and nothing is stored; quotas and gates behave as in real apps.

mod scenario;
mod synthetic;

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

/// The subjects that a sandbox app can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxSubject {
    /// `SUB_EXIST`.
    Exists,
    /// `SUB_NOT_EXIST`.
    Missing,
}

/// The subject behind a sandbox subject id, if it names one.
pub fn subject(id: &str) -> Option<SandboxSubject> {
    match id {
        "SUB_EXIST" => Some(SandboxSubject::Exists),
        "SUB_NOT_EXIST" => Some(SandboxSubject::Missing),
        _ => None,
    }
}
