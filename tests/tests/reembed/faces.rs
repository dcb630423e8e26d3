//! Photographs of faces: labelled ones where they are, else copies of the few that are always there.

use std::path::PathBuf;

use facegate_tests::{App, images, photos, repository};
use futures_util::StreamExt;
use futures_util::stream::iter;
use serde_json::{Value, json};

/// Requests at once while the gallery is filled.
const AT_ONCE: usize = 4;

const PEOPLE: [&str; 10] = [
    photos::OBAMA,
    photos::OBAMA_MORE[0],
    photos::OBAMA_MORE[1],
    photos::BIDEN,
    photos::SMALL,
    photos::PERSON_A,
    photos::PERSON_B,
    photos::PERSON_B_2,
    photos::IMPOSTOR_1,
    photos::IMPOSTOR_2,
];

/// What a request asks for beside templates: nothing.
pub fn bare() -> Value {
    json!({"is_quality": false, "is_attribute": false, "is_liveness": false})
}

/// `bare` with this too.
pub fn with(more: Value) -> Value {
    let mut all = bare();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// Subjects, each with a photo of its own.
pub struct Faces(Vec<Source>);

enum Source {
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl Faces {
    pub fn new(count: usize) -> Self {
        let folder = repository().join("../shared/data/verify_lfw/images");
        let Ok(found) = std::fs::read_dir(&folder) else { return Self::copies(count) };
        let mut paths: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        // Neighbours are of one person: others are wanted too.
        let step = (paths.len() / count).max(1);
        let chosen: Vec<Source> = paths.into_iter().step_by(step).take(count).map(Source::File).collect();
        assert_eq!(chosen.len(), count, "there are not enough photographs");
        Self(chosen)
    }

    /// The people in several qualities, so that each template is a little different.
    fn copies(count: usize) -> Self {
        let pixels: Vec<_> = PEOPLE.iter().map(|name| photos::pixels(name)).collect();
        let copy = |number: usize| {
            let quality = 95 - (number / PEOPLE.len()) as u8;
            Source::Bytes(images::jpeg_of(&pixels[number % PEOPLE.len()], quality.max(30)))
        };
        Self((0..count).map(copy).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn name(&self, number: usize) -> String {
        format!("subject {:04}", number % self.len())
    }

    pub fn photo(&self, number: usize) -> Vec<u8> {
        match &self.0[number % self.len()] {
            Source::File(path) => std::fs::read(path).unwrap(),
            Source::Bytes(bytes) => bytes.clone(),
        }
    }

    /// Enrols a subject under a name.
    pub async fn enrol(&self, app: &App, number: usize, name: &str) {
        app.enroll_file(&self.photo(number), with(json!({"subject_id": name}))).await.expect_enrolled();
    }

    /// Enrols everybody, at the servers in turn.
    pub async fn enrol_all(&self, apps: &[App]) {
        let enrol = |number: usize| async move {
            self.enrol(&apps[number % apps.len()], number, &self.name(number)).await;
        };
        iter(0..self.len()).map(enrol).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }
}
