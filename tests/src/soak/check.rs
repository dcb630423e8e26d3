//! Whether what a client was told holds, looked at after each restart.

use std::time::Duration;

use serde_json::json;

use super::client::{Client, Doubt, Sent, Subject};
use super::faces::faces;

/// How often a busy server is asked in the end.
const SETTLING: usize = 60;

impl Client {
    /// Waits for a server and checks there what it was promised.
    pub(super) async fn arrive(&mut self) {
        let found = self.told.wait_for(Option::is_some).await.map(|app| app.clone());
        self.app = found.expect("a server to come");
        for subject in std::mem::take(&mut self.subjects) {
            if let Some(subject) = self.check(subject).await {
                self.subjects.push(subject);
            }
        }
        for name in self.gone.clone() {
            if self.is_there(&name).await == Some(true) {
                self.shared.books.fail(format!("{name} was deleted and is there"));
            }
        }
        if self.doubts() {
            // Nothing else is asked before it is known: whoever verifies a subject in doubt may get either answer.
            self.app = None;
        }
    }

    /// The last look: a server that is busy is asked until it has told everything.
    pub(super) async fn settle(&mut self) {
        for _ in 0..SETTLING {
            self.arrive().await;
            if !self.doubts() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.shared.books.fail("what became of a lost request could not be found out".to_owned());
    }

    fn doubts(&self) -> bool {
        self.subjects.iter().any(|subject| subject.doubt.is_some())
    }

    /// The subject as it is, if it is.
    async fn check(&mut self, subject: Subject) -> Option<Subject> {
        let books = &self.shared.clone().books;
        // No server, no answer: the next one is asked.
        let Some(there) = self.is_there(&subject.name).await else { return Some(subject) };
        let Subject { name, face, doubt } = subject;
        let known = |face| Some(Subject { name: name.clone(), face, doubt: None });
        match (doubt, there) {
            (None, true) => {
                match self.matches(&name, face).await {
                    Some(true) => books.checked(),
                    Some(false) => books.fail(format!("{name} has another face than {face}, which was acknowledged")),
                    None => {}
                }
                known(face)
            }
            (None, false) => {
                books.fail(format!("{name} was acknowledged and is not there"));
                None
            }
            (Some(Doubt::New), there) => {
                books.found(there);
                if there { known(face) } else { None }
            }
            (Some(Doubt::Deleted), there) => {
                books.found(!there);
                if there { known(face) } else { self.is_gone(name) }
            }
            (Some(Doubt::Face(_)), false) => {
                books.fail(format!("{name} was being updated and is not there"));
                None
            }
            (Some(Doubt::Face(new)), true) => {
                let (is_new, is_old) = (self.matches(&name, new).await, self.matches(&name, face).await);
                // Busy, or gone: asked again.
                let (Some(is_new), Some(is_old)) = (is_new, is_old) else { return Some(Subject { name, face, doubt }) };
                books.found(is_new);
                if is_new == is_old {
                    books.fail(format!("{name}: new face {new} {is_new}, old face {face} {is_old}"));
                }
                known(if is_new { new } else { face })
            }
        }
    }

    async fn is_there(&mut self, name: &str) -> Option<bool> {
        match self.send("look", "GET", &format!("/v1/face/subjects/{name}"), None).await {
            Sent::Answered(answer) if answer.status == 200 => Some(true),
            Sent::Answered(answer) if answer.status == 404 => Some(false),
            Sent::Answered(answer) => {
                self.wrong("look", &answer);
                None
            }
            Sent::Lost | Sent::Unsent => None,
        }
    }

    async fn matches(&mut self, name: &str, face: usize) -> Option<bool> {
        let body = json!({"image": faces()[face], "subject_id": name, "is_liveness": false});
        match self.send("verify", "POST", "/v1/face/verify", Some(body)).await {
            Sent::Answered(answer) if answer.status == 200 => Some(answer.body["similarity_status"] == true),
            Sent::Answered(answer) => {
                self.wrong("verify", &answer);
                None
            }
            Sent::Lost | Sent::Unsent => None,
        }
    }
}
