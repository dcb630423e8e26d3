//! Who is found, and who is not any more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::client::{Client, Sent, Subject};
use super::faces::faces;

/// Deleted subjects that are looked for once more.
const GONE: usize = 8;
/// Matches that a search shows at most.
const MOST: usize = 10;
/// The least similarity of a picture and itself.
const SAME: f64 = 99.0;

/// Deleted subjects of all clients, in the order in which that was acknowledged. No name is used twice.
#[derive(Default)]
pub(crate) struct Gone(Mutex<HashMap<String, usize>>);

impl Gone {
    fn names(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        self.names().len()
    }

    fn add(&self, name: &str) {
        let mut names = self.names();
        let number = names.len();
        names.insert(name.to_owned(), number);
    }

    /// Whether it was among the first so many.
    fn was(&self, name: &str, before: usize) -> bool {
        self.names().get(name).is_some_and(|number| *number < before)
    }
}

impl Client {
    pub(super) async fn search(&mut self, some: usize) {
        let body = json!({"image": faces()[self.subjects[some].face], "limit": MOST, "is_liveness": false});
        let before = self.shared.gone.count();
        if let Sent::Answered(answer) = self.send("search", "POST", "/v1/face/search", Some(body)).await {
            if !answer.enrolled() {
                return self.wrong("search", &answer);
            }
            if let Err(why) = self.judge(&self.subjects[some], &answer.body["matches"], before) {
                self.shared.books.fail(format!("search: {why}: {}", answer.body));
            }
        }
    }

    /// Whether a search with this subject's picture found it, and nobody who has another face or was deleted before it.
    fn judge(&self, wanted: &Subject, matches: &Value, before: usize) -> Result<(), &'static str> {
        let found: Vec<(&str, f64)> = matches.as_array().into_iter().flatten().filter_map(read).collect();
        // Others may have as many faces of the same person as are shown; then these are no less alike.
        let full = found.len() == MOST && found.iter().all(|(_, similarity)| *similarity > SAME);
        if !full && found.iter().all(|(name, _)| *name != wanted.name) {
            return Err("a subject with this face is not found");
        }
        if found.iter().any(|(name, _)| self.shared.gone.was(name, before)) {
            return Err("somebody who was deleted is found");
        }
        let mine = |name: &str| self.subjects.iter().find(|subject| subject.name == name);
        let another = |name: &str| mine(name).is_some_and(|subject| subject.face != wanted.face);
        if found.iter().any(|(name, _)| another(name)) {
            return Err("somebody with another face is found");
        }
        Ok(())
    }

    /// Notes a deletion.
    pub(super) fn is_gone(&mut self, name: String) -> Option<Subject> {
        self.shared.gone.add(&name);
        self.gone.push_back(name);
        if self.gone.len() > GONE {
            self.gone.pop_front();
        }
        None
    }
}

/// A match: whom, and how similar.
fn read(found: &Value) -> Option<(&str, f64)> {
    Some((found["subject_id"].as_str()?, found["similarity"].as_f64()?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use tokio::sync::watch;

    use super::super::Shared;
    use super::super::books::Books;
    use super::super::client::Pace;
    use super::*;

    fn found(names: &[&str], similarity: f64) -> Value {
        names.iter().map(|name| json!({"subject_id": name, "similarity": similarity})).collect()
    }

    #[test]
    fn a_search_finds_the_face_and_nobody_else() {
        let (books, pace, gone, over) = (Books::default(), Pace::default(), Gone::default(), AtomicBool::new(false));
        let mut client = Client::new(0, 0, Arc::new(Shared { books, pace, gone, over }), watch::channel(None).1);
        for (name, face) in [("a", 1), ("b", 1), ("c", 2)] {
            client.subjects.push(Subject { name: name.to_owned(), face, doubt: None });
        }
        client.is_gone("before".to_owned());
        client.is_gone("meanwhile".to_owned());
        let judge = |names: &[&str], similarity| client.judge(&client.subjects[0], &found(names, similarity), 1);
        assert_eq!(judge(&["b", "a", "of another client"], 100.0), Ok(()));
        assert_eq!(judge(&["meanwhile", "a"], 100.0), Ok(()), "deleted while it was under way");
        assert!(judge(&[], 100.0).is_err() && judge(&["b"], 100.0).is_err(), "not found");
        assert!(judge(&["a", "before"], 100.0).is_err(), "deleted before");
        assert!(judge(&["a", "c"], 100.0).is_err(), "another face");
        let others = ["of others"; MOST];
        assert_eq!(judge(&others, 100.0), Ok(()), "no room for it");
        assert!(judge(&others, 90.0).is_err() && judge(&others[1..], 100.0).is_err(), "room for it");
    }
}
