//! One client: asks, waits, remembers what it was told about its own subjects.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::faces::faces;
use super::{Shared, Where};
use crate::{Answer, App, chance};

/// Beyond this no answer is a hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// Subjects that a client has: as many are deleted as are enrolled, so that the gallery stays as large as it is.
const SUBJECTS: usize = 12;
/// Seconds between a client's requests.
#[derive(Default)]
pub(crate) struct Pace(AtomicU64);

impl Pace {
    /// From now on.
    pub fn set(&self, seconds: f64) {
        self.0.store(seconds.to_bits(), Ordering::SeqCst);
    }

    fn get(&self) -> Duration {
        Duration::from_secs_f64(f64::from_bits(self.0.load(Ordering::SeqCst)))
    }
}

/// A subject as its client knows it.
pub(super) struct Subject {
    pub name: String,
    /// Whose face it has.
    pub face: usize,
    /// The request that was lost: what it wanted.
    pub doubt: Option<Doubt>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Doubt {
    New,
    Face(usize),
    Deleted,
}

/// A client.
pub(crate) struct Client {
    number: u64,
    seed: u64,
    pub(super) shared: Arc<Shared>,
    pub(super) told: Where,
    pub(super) app: Option<App>,
    pub(super) subjects: Vec<Subject>,
    pub(super) gone: VecDeque<String>,
    asked: u64,
}

/// What became of a request.
pub(super) enum Sent {
    Answered(Answer),
    /// Perhaps done.
    Lost,
    /// It never arrived.
    Unsent,
}

impl Client {
    /// Chance follows from the seed.
    pub fn new(number: u64, seed: u64, shared: Arc<Shared>, told: Where) -> Self {
        Self { number, seed, shared, told, app: None, subjects: Vec::new(), gone: VecDeque::new(), asked: 0 }
    }

    /// Until it is over; then everything is looked at once more.
    pub async fn run(mut self) {
        let mut due = Instant::now();
        while !self.shared.over.load(Ordering::SeqCst) {
            if self.app.is_none() {
                self.arrive().await;
            }
            self.ask().await;
            // Who is late does not hurry: that would be another load.
            due = (due + self.shared.pace.get()).max(Instant::now() - self.shared.pace.get());
            tokio::time::sleep_until(due.into()).await;
        }
        self.settle().await;
    }

    /// One request by chance.
    async fn ask(&mut self) {
        self.asked += 1;
        let luck = chance(self.seed ^ self.asked);
        let some = (luck >> 20) as usize % self.subjects.len().max(1);
        let face = (luck >> 40) as usize % faces().len();
        match luck % 100 {
            _ if self.subjects.is_empty() => self.enroll(face).await,
            0..25 if self.subjects.len() < SUBJECTS => self.enroll(face).await,
            0..40 => self.update(some, face).await,
            40..65 => self.verify(some).await,
            65..80 => self.search(some).await,
            80..92 if self.subjects.len() > SUBJECTS / 2 => self.delete(some).await,
            _ => self.detect(face).await,
        }
    }

    async fn enroll(&mut self, face: usize) {
        let name = format!("client-{}-{}", self.number, self.asked);
        let doubt = match self.write("enroll", &name, face).await {
            Some(true) => None,
            Some(false) => return,
            None => Some(Doubt::New),
        };
        self.subjects.push(Subject { name, face, doubt });
    }

    async fn update(&mut self, some: usize, face: usize) {
        let name = self.subjects[some].name.clone();
        match self.write("update", &name, face).await {
            Some(true) => self.subjects[some].face = face,
            Some(false) => {}
            None if face == self.subjects[some].face => {}
            None => self.subjects[some].doubt = Some(Doubt::Face(face)),
        }
    }

    /// Whether it was acknowledged; `None` if nobody knows.
    async fn write(&mut self, kind: &'static str, name: &str, face: usize) -> Option<bool> {
        let body = json!({"image": faces()[face], "subject_id": name});
        let sent = self.send(kind, "POST", "/v1/face/enroll", Some(body)).await;
        let books = &self.shared.books;
        match sent {
            Sent::Answered(answer) if answer.enrolled() => {
                books.unit("enroll", true);
                Some(true)
            }
            Sent::Answered(answer) => {
                self.wrong(kind, &answer);
                Some(false)
            }
            Sent::Lost => {
                books.unit("enroll", false);
                None
            }
            Sent::Unsent => Some(false),
        }
    }

    async fn verify(&mut self, some: usize) {
        let body = json!({"image": faces()[self.subjects[some].face], "subject_id": self.subjects[some].name,
                          "is_liveness": false});
        if let Sent::Answered(answer) = self.send("verify", "POST", "/v1/face/verify", Some(body)).await
            && !answer.enrolled()
        {
            self.wrong("verify", &answer);
        }
    }

    async fn delete(&mut self, some: usize) {
        let body = json!({"subject_id": self.subjects[some].name});
        match self.send("delete", "DELETE", "/v1/face/enroll", Some(body)).await {
            Sent::Answered(answer) if answer.status == 200 => {
                let name = self.subjects.swap_remove(some).name;
                self.is_gone(name);
            }
            Sent::Answered(answer) => self.wrong("delete", &answer),
            Sent::Lost => self.subjects[some].doubt = Some(Doubt::Deleted),
            Sent::Unsent => {}
        }
    }

    async fn detect(&mut self, face: usize) {
        let body = json!({"image": faces()[face], "is_liveness": true});
        match self.send("detect", "POST", "/v1/face/detect", Some(body)).await {
            Sent::Answered(answer) if answer.enrolled() => self.shared.books.unit("liveness", true),
            Sent::Answered(answer) => self.wrong("detect", &answer),
            Sent::Lost => self.shared.books.unit("liveness", false),
            Sent::Unsent => {}
        }
    }

    /// Refused for being busy is no failure, everything else is.
    pub(super) fn wrong(&self, kind: &str, answer: &Answer) {
        if answer.outcome() != (503, "SERVER_BUSY") {
            self.shared.books.fail(format!("{kind}: {} {}", answer.status, answer.body));
        }
    }

    pub(super) async fn send(&mut self, kind: &'static str, method: &str, path: &str, body: Option<Value>) -> Sent {
        let Some(app) = &self.app else { return Sent::Unsent };
        let request = app.request(method, path).header("Content-Type", "application/json");
        let request = request.timeout(PATIENCE).body(body.map(|body| body.to_string()).unwrap_or_default());
        let begun = Instant::now();
        let received = async { Answer::receive(request.send().await?).await };
        let books = &self.shared.books;
        match received.await {
            Ok(answer) => {
                books.answer(kind, answer.status, begun.elapsed());
                Sent::Answered(answer)
            }
            Err(error) => {
                if error.is_timeout() {
                    books.fail(format!("{kind}: no answer in {PATIENCE:?}"));
                }
                self.app = None;
                if error.is_connect() {
                    return Sent::Unsent;
                }
                books.lost(kind);
                Sent::Lost
            }
        }
    }
}
