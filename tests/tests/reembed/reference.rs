//! What servers that only know one of the models answer: an answer of a move must be one of these.

use std::collections::HashMap;
use std::sync::Arc;

use facegate_tests::{App, Setup};
use futures_util::StreamExt;
use futures_util::stream::iter;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::faces::{Faces, with};
use crate::traffic::Model;

/// Subjects that are verified at most.
const VERIFIED: usize = 200;
/// Probes that are searched.
pub const PROBES: usize = 5;
/// The longest list of matches.
const LIMIT: usize = 10;

/// Similarities by one model.
struct Scores {
    verify: Vec<f64>,
    search: Vec<HashMap<String, f64>>,
}

/// By both models.
pub struct Reference {
    old: Scores,
    new: Scores,
}

/// The similarity of a subject and another's photo.
async fn verify(app: &App, faces: &Faces, number: usize) -> f64 {
    let more = with(json!({"subject_id": faces.name(number)}));
    let answer = app.face_file("verify", &faces.photo(number + 1), more).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["similarity"].as_f64().expect("a similarity")
}

/// The subjects like a photo. Names that are nobody's in the reference are left out.
async fn search(app: &App, faces: &Faces, probe: usize) -> HashMap<String, f64> {
    let answer = app.face_file("search", &faces.photo(probe), with(json!({"limit": LIMIT, "threshold": 0}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let matches = answer.body["matches"].as_array().expect("matches");
    assert!(!matches.is_empty(), "nobody is like probe {probe}: {}", answer.body);
    let one = |found: &serde_json::Value| {
        (found["subject_id"].as_str().unwrap().to_owned(), found["similarity"].as_f64().unwrap())
    };
    matches.iter().map(one).filter(|(name, _)| name.starts_with("subject ")).collect()
}

impl Scores {
    async fn of(profile: &str, faces: &Faces) -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Setup::default().data(data.path()).set("PROFILE", profile).start();
        let app = server.live();
        faces.enrol_all(std::slice::from_ref(&app)).await;
        let verify = iter(0..faces.len().min(VERIFIED)).map(|number| verify(&app, faces, number)).buffered(4);
        let verify = verify.collect().await;
        let search = iter(0..PROBES).map(|probe| search(&app, faces, probe)).buffered(4).collect().await;
        Self { verify, search }
    }
}

impl Reference {
    /// Made once for all tests.
    pub async fn shared(faces: &Faces) -> Arc<Self> {
        static MADE: OnceCell<Arc<Reference>> = OnceCell::const_new();
        let make = || async {
            let (old, new) = (Scores::of("fast", faces).await, Scores::of("accurate", faces).await);
            // Answers are rounded.
            let same = old.verify.iter().zip(&new.verify).filter(|(old, new)| old == new).count();
            assert!(same * 20 < old.verify.len(), "the models cannot be told apart by {same} subjects");
            Arc::new(Self { old, new })
        };
        MADE.get_or_init(make).await.clone()
    }

    /// Which model a verification is of; `None` if it does not tell.
    pub async fn verified(&self, app: &App, faces: &Faces, number: usize) -> Option<Model> {
        let number = number % self.old.verify.len();
        let found = verify(app, faces, number).await;
        let (old, new) = (self.old.verify[number], self.new.verify[number]);
        match (found == old, found == new) {
            (true, true) => None,
            (true, false) => Some(Model::Old),
            (false, true) => Some(Model::New),
            (false, false) => panic!("subject {number}: {found} is neither {old} nor {new}"),
        }
    }

    /// Which model a search is of; `None` if it does not tell. Those who come and go may take places in the list.
    pub async fn searched(&self, app: &App, faces: &Faces, probe: usize) -> Option<Model> {
        let probe = probe % PROBES;
        let found = search(app, faces, probe).await;
        let is_of = |scores: &Scores| found.iter().all(|(name, score)| scores.search[probe].get(name) == Some(score));
        match (is_of(&self.old), is_of(&self.new)) {
            (true, true) => None,
            (true, false) => Some(Model::Old),
            (false, true) => Some(Model::New),
            (false, false) => panic!("probe {probe}: {found:?} is of neither model"),
        }
    }
}
