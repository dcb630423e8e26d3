//! Clients that verify, search, enrol and delete without a pause, and what they saw.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use facegate_tests::App;
use tokio::task::JoinHandle;

use crate::faces::Faces;
use crate::reference::Reference;

/// Whose scores an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    Old,
    New,
}

/// A request that was answered.
struct Seen {
    kind: &'static str,
    began: Instant,
    ended: Instant,
    model: Option<Model>,
}

/// Clients at work.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Seen>>>,
}

/// Everything that was answered.
pub struct Answers(Vec<Seen>);

const KINDS: [&str; 4] = ["verify", "search", "enrol", "come and go"];

impl Traffic {
    /// A client of each kind for each server.
    pub fn start(apps: &[App], faces: &Arc<Faces>, reference: &Arc<Reference>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for (server, app) in apps.iter().enumerate() {
            for kind in KINDS {
                let (app, stop) = (App::new(app.base(), &app.id, &app.key), stop.clone());
                let (faces, reference) = (faces.clone(), reference.clone());
                clients.push(tokio::spawn(async move {
                    let (mut seen, mut number) = (Vec::new(), server * 7);
                    while !stop.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        let model = work(kind, &app, &faces, &reference, (server, number)).await;
                        seen.push(Seen { kind, began, ended: Instant::now(), model });
                        number += 1;
                    }
                    seen
                }));
            }
        }
        Self { stop, clients }
    }

    pub async fn stop(self) -> Answers {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for client in self.clients {
            all.extend(client.await.expect("a client saw a request fail"));
        }
        Answers(all)
    }
}

/// One request, or two that belong together; each must succeed.
async fn work(
    kind: &str,
    app: &App,
    faces: &Faces,
    reference: &Reference,
    (server, number): (usize, usize),
) -> Option<Model> {
    match kind {
        "verify" => reference.verified(app, faces, number).await,
        "search" => reference.searched(app, faces, number).await,
        // The same photo again: what it is compared with stays what it was, of either model.
        "enrol" => {
            faces.enrol(app, number, &faces.name(number)).await;
            None
        }
        _ => {
            let name = format!("guest {server} {}", number % 3);
            faces.enrol(app, number, &name).await;
            let deleted = app.delete_subject(&name).await;
            assert_eq!(deleted.status, 200, "{}", deleted.body);
            None
        }
    }
}

impl Answers {
    /// Once somebody was answered by the new model nobody is by the old one, and at the latest from `switched` on.
    pub fn check(&self, switched: Instant) {
        let of = |model| self.0.iter().filter(move |seen| seen.model == Some(model));
        let first = of(Model::New).map(|seen| seen.ended).min().expect("an answer by the new model");
        assert!(of(Model::Old).count() > 0, "an answer by the old model");
        let first = first.min(switched);
        let late = of(Model::Old).find(|seen| seen.began > first);
        let late = late.map(|seen| format!("a {} that began {:?} after the switch", seen.kind, seen.began - first));
        assert_eq!(late, None, "an answer by the old model");
        for kind in KINDS {
            assert!(self.0.iter().any(|seen| seen.kind == kind && seen.began > switched), "no {kind} after the switch");
        }
    }

    /// For people.
    pub fn figures(&self) -> String {
        let mut text = format!("{} requests, none failed", self.0.len());
        for kind in KINDS {
            let times: Vec<Duration> =
                self.0.iter().filter(|seen| seen.kind == kind).map(|seen| seen.ended - seen.began).collect();
            let mean = times.iter().sum::<Duration>() / times.len().max(1) as u32;
            let longest = times.iter().max().copied().unwrap_or_default();
            text += &format!("; {} × {kind}, {mean:.0?} each, at most {longest:.0?}", times.len());
        }
        let of = |model| self.0.iter().filter(|seen| seen.model == Some(model)).count();
        text + &format!("; {} answers of the old model, {} of the new", of(Model::Old), of(Model::New))
    }
}
