//! Concurrent enrolments and updates, and a kill in the middle of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use facegate_tests::{App, TestServer, chance};
use serde_json::json;
use tokio::task::JoinSet;

/// Requests under way at once.
const PARALLEL: u64 = 24;
/// Subjects that are enrolled again and again; the other requests enrol a new one each.
const SHARED_SUBJECTS: u64 = 12;

/// A file that is enrolled.
#[derive(Clone)]
pub struct Picture {
    pub file: Vec<u8>,
    pub base64: String,
    pub sha256: [u8; 32],
}

/// How a request ended for its client.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Acknowledged under this session id.
    Acknowledged(String),
    /// Sent, perhaps done, never answered.
    Lost,
}

/// One request that may have changed the store. Moments are ticks of one clock of the test.
#[derive(Clone, Debug)]
pub struct Event {
    pub subject: String,
    pub picture: usize,
    pub started: u64,
    pub ended: u64,
    pub outcome: Outcome,
}

/// One round of requests.
pub struct Load {
    pub app: App,
    pub pictures: Vec<Picture>,
    pub round: u64,
    pub seed: u64,
    pub requests: u64,
}

#[derive(Default)]
struct Shared {
    next: AtomicU64,
    clock: AtomicU64,
    acknowledged: AtomicU64,
}

impl Load {
    /// Sends the requests, kills the server after `kill_after` of them were acknowledged, tells how each one ended.
    pub async fn run(self, server: &mut TestServer, kill_after: u64) -> Vec<Event> {
        let (load, shared) = (Arc::new(self), Arc::new(Shared { clock: 1.into(), ..Shared::default() }));
        let mut clients = JoinSet::new();
        for _ in 0..PARALLEL {
            clients.spawn(client(load.clone(), shared.clone()));
        }
        while shared.acknowledged.load(SeqCst) < kill_after {
            assert!(server.runs(), "the server ended by itself:\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Some way into whatever happens now: a request takes tens of milliseconds.
        tokio::time::sleep(Duration::from_micros(chance(load.seed ^ 1) % 40_000)).await;
        server.kill();
        clients.join_all().await.into_iter().flatten().collect()
    }
}

async fn client(load: Arc<Load>, shared: Arc<Shared>) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let index = shared.next.fetch_add(1, SeqCst);
        if index >= load.requests {
            return events;
        }
        let luck = chance(load.seed ^ (index << 20));
        let subject = match luck % 2 {
            0 => format!("shared-{}", (luck >> 8) % SHARED_SUBJECTS),
            _ => format!("round-{}-{index}", load.round),
        };
        let picture = (luck >> 32) as usize % load.pictures.len();
        let payload = json!({"image": load.pictures[picture].base64, "subject_id": subject, "is_quality": false,
                             "is_attribute": false});
        let started = shared.clock.fetch_add(1, SeqCst);
        let sent = load.app.try_post(payload.to_string()).await;
        let ended = shared.clock.fetch_add(1, SeqCst);
        let outcome = match sent {
            Ok(answer) => {
                answer.expect_enrolled();
                shared.acknowledged.fetch_add(1, SeqCst);
                Outcome::Acknowledged(answer.body["session_id"].as_str().unwrap().to_owned())
            }
            // It never arrived.
            Err(error) if error.is_connect() => return events,
            Err(_) => Outcome::Lost,
        };
        let lost = outcome == Outcome::Lost;
        events.push(Event { subject, picture, started, ended, outcome });
        if lost {
            return events;
        }
    }
}
