//! What a sandbox app answers, as a model that remembers who was enrolled.

use std::collections::BTreeMap;

use crate::rules::named;
use crate::{Body, Endpoint, Person, Scene, code, scene};

/// One sandbox app.
#[derive(Debug, Default)]
pub struct Sandbox {
    /// The letter of each subject.
    enrolled: BTreeMap<String, char>,
}

/// Why there is no analysis.
const NO_FACE: &str = "FACE_NOT_DETECTED";
const NO_SCENE: &str = "INVALID_SANDBOX_IMAGE";
const NOT_FOUND: &str = "INVALID_PAYLOAD_SUBJECT_ID";

impl Sandbox {
    /// The `error_code` of the answer, empty on success, and what the request changes.
    pub fn answer(&mut self, endpoint: Endpoint, body: &[u8], query: Option<&str>) -> String {
        if let Some(code) = code(endpoint, body, true, query) {
            return code.to_owned();
        }
        let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
        let Some(body) = Body::parse(body, true, query) else { return "INVALID_PAYLOAD".to_owned() };
        let answered = match endpoint {
            Endpoint::Delete => deleted(named(&body).unwrap_or_default()),
            Endpoint::Compare => self.compared(&body),
            _ => self.shown(endpoint, &body),
        };
        match answered {
            Ok(0) => String::new(),
            Ok(failed) => format!("FAIL_ON_{failed}"),
            Err(code) => code.to_owned(),
        }
    }

    /// The endpoints with one photo.
    fn shown(&mut self, endpoint: Endpoint, body: &Body) -> Result<u8, &'static str> {
        let subject = body.text("subject_id");
        let claimed = match endpoint {
            Endpoint::Verify => Some(self.letter(subject.unwrap_or_default()).ok_or(NOT_FOUND)?),
            _ => None,
        };
        let person = person(body, "image", "INVALID_PAYLOAD_IMAGE_SIZE")?;
        let failed = person.fails(body.flags(endpoint.liveness()));
        match (endpoint, subject) {
            (Endpoint::Enroll, Some(subject)) if failed == 0 => {
                self.enrolled.insert(subject.to_owned(), person.letter);
            }
            _ => {}
        }
        Ok(claimed.map_or(failed, |letter| matched(failed, letter == person.letter, body)))
    }

    fn compared(&self, body: &Body) -> Result<u8, &'static str> {
        let first = person(body, "image_1", "INVALID_PAYLOAD_IMAGE_1_SIZE")?;
        let second = person(body, "image_2", "INVALID_PAYLOAD_IMAGE_2_SIZE")?;
        let flags = body.flags(true);
        Ok(matched(first.fails(flags) | second.fails(flags), first.letter == second.letter, body))
    }

    /// Whose face a subject has: what was enrolled, or what the name means.
    fn letter(&self, subject: &str) -> Option<char> {
        self.enrolled.get(subject).copied().or_else(|| scenario(subject))
    }
}

fn person(body: &Body, field: &str, too_large: &'static str) -> Result<Person, &'static str> {
    match scene(body.text(field).unwrap_or_default()) {
        Some(Scene::Person(person)) => Ok(person),
        Some(Scene::NoFace) => Err(NO_FACE),
        Some(Scene::TooLarge) => Err(too_large),
        None => Err(NO_SCENE),
    }
}

/// 16 stands alone: only where every gate has passed. Nobody is below a threshold of 0.
fn matched(failed: u8, same: bool, body: &Body) -> u8 {
    let below = !same && body.number("threshold") != Some(0.0);
    if failed == 0 && below { 16 } else { failed }
}

fn scenario(subject: &str) -> Option<char> {
    match subject {
        "SUB_EXIST" => Some('A'),
        _ => ('A'..='J').find(|letter| subject == format!("SUB_EXIST_{letter}")),
    }
}

fn deleted(subject: &str) -> Result<u8, &'static str> {
    match subject {
        "SUB_NOT_EXIST" => Err(NOT_FOUND),
        other => scenario(other).map(|_| 0).ok_or("INVALID_SANDBOX_SUBJECT_ID"),
    }
}
