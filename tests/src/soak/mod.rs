//! A server under mixed load for a long time, killed now and then: what was acknowledged stays, what a process holds does not
//! grow, quotas and the audit log are exact.
//!
//! First its capacity is measured, then it runs at a part of it. Lives end by SIGKILL at random, and the last one, two fifths of
//! the time, is left alone, so that a slow leak has time to show.

mod books;
mod check;
mod client;
mod faces;
mod report;
mod search;
mod vitals;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{App, Setup, TestServer, chance};
use books::Books;
use client::{Client, Pace};
pub use report::{Life, Report};
use search::Gone;
use vitals::Vitals;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Time under load, without the measurement before it.
    pub seconds: u64,
    /// Seconds of that measurement.
    pub measure_seconds: u64,
    /// Part of the capacity, 0..1.
    pub load: f64,
    /// Clients; each waits for its answer before it asks again.
    pub clients: u64,
    /// Everything that chance decides follows from it.
    pub seed: u64,
}

/// Where the server is at the moment; `None` while there is none.
pub(crate) type Where = watch::Receiver<Option<App>>;

/// What clients and the conductor share.
pub(crate) struct Shared {
    pub books: Books,
    pub pace: Pace,
    pub gone: Gone,
    pub over: AtomicBool,
}

/// Runs it to its end.
pub async fn run(plan: Plan) -> Report {
    let begun = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Setup::default().data(folder.path()).start();
    let mut server = start();
    let quotas = ["--mode", "testing", "--enroll-quota", "1000000000", "--liveness-quota", "1000000000"];
    let app = server.app(&quotas);
    faces::expect_different(&app).await;
    let (tell, told) = watch::channel(Some(app.clone()));
    let (books, pace, gone) = (Books::default(), Pace::default(), Gone::default());
    let shared = Arc::new(Shared { books, pace, gone, over: AtomicBool::new(false) });
    let mut clients = JoinSet::new();
    for number in 0..plan.clients {
        let client = Client::new(number, chance(plan.seed ^ (number << 32)), shared.clone(), told.clone());
        clients.spawn(client.run());
    }
    let capacity = measure(&plan, &shared).await;
    shared.pace.set(plan.clients as f64 / (capacity * plan.load));
    let mut lives = Vec::new();
    let all = lengths(&plan);
    for (number, seconds) in all.iter().enumerate() {
        lives.push(live(&mut server, &plan, *seconds).await);
        if number + 1 == all.len() {
            break;
        }
        tokio::task::block_in_place(|| server.kill());
        tell.send_replace(None);
        server = tokio::task::block_in_place(start);
        tell.send_replace(Some(App::new(server.base(), &app.id, &app.key)));
    }
    shared.over.store(true, Ordering::SeqCst);
    while let Some(ended) = clients.join_next().await {
        ended.expect("a client that ends");
    }
    finish(&server, &app, &shared);
    shared.books.report(plan, capacity, lives, begun.elapsed())
}

/// Requests a second that the clients get when none of them waits.
async fn measure(plan: &Plan, shared: &Shared) -> f64 {
    // The first answers are slow.
    tokio::time::sleep(Duration::from_secs(plan.measure_seconds.div_ceil(4))).await;
    let (begun, before) = (Instant::now(), shared.books.answered());
    tokio::time::sleep(Duration::from_secs(plan.measure_seconds)).await;
    let done = (shared.books.answered() - before) as f64;
    (done / begun.elapsed().as_secs_f64()).max(0.5)
}

/// How many seconds each life lasts; the last one two fifths of all.
fn lengths(plan: &Plan) -> Vec<u64> {
    let last = plan.seconds * 2 / 5;
    let (mut left, mut all) = (plan.seconds - last, Vec::new());
    let (least, most) = ((plan.seconds / 40).max(5), (plan.seconds / 10).max(10));
    while left > 0 {
        let next = least + chance(plan.seed ^ (all.len() as u64) << 8) % (most - least + 1);
        let next = if left < next + least { left } else { next };
        all.push(next);
        left -= next;
    }
    all.push(last);
    all
}

/// Looks at one process for its time.
async fn live(server: &mut TestServer, plan: &Plan, seconds: u64) -> Life {
    let every = Duration::from_millis((plan.seconds * 1000 / 900).clamp(250, 2000));
    let (begun, mut samples) = (Instant::now(), Vec::new());
    while begun.elapsed() < Duration::from_secs(seconds) {
        assert!(server.runs(), "the server ended by itself:\n{}", server.log());
        samples.push(Vitals::of(server));
        tokio::time::sleep(every).await;
    }
    Life { seconds, vitals: samples }
}

/// What must be true in the end, of the whole store.
fn finish(server: &TestServer, app: &App, shared: &Shared) {
    let books = &shared.books;
    let shown = server.show(app);
    books.expect_units("enroll", shown["enroll"]["used"].as_u64().expect("units"));
    books.expect_units("liveness", shown["liveness"]["used"].as_u64().expect("units"));
    let verified = server.run_json(&["audit", "verify"]);
    if verified["faults"] != json!([]) {
        books.fail(format!("the audit log: {}", verified["faults"]));
    }
    books.set_rows(verified["rows"].as_u64().expect("rows"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_fill_the_time_and_the_last_is_long() {
        for seconds in [60, 600, 1800] {
            let plan = Plan { seconds, measure_seconds: 1, load: 0.8, clients: 1, seed: 7 };
            let all = lengths(&plan);
            assert_eq!(all.iter().sum::<u64>(), seconds);
            assert!(all.len() >= 3 && all.last() == Some(&(seconds * 2 / 5)), "{all:?}");
        }
    }
}
