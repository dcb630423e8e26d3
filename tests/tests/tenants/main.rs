//! Every endpoint against everything that another app has: its subjects, cursors, captures, deletions, requests, idempotency
//! keys and API keys. Nothing crosses; and neither status, headers nor body tell that the other app has it, nor does the time,
//! where one server can be asked for both.

mod cases;
mod clock;
mod seen;
mod world;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use facegate_tests::repository;
use serde_json::Value;

use cases::{Case, cases};
use clock::Shift;
use world::World;

/// `METHOD path` of every operation of the API's document.
fn documented() -> BTreeSet<String> {
    let text = std::fs::read_to_string(repository().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, operations)| {
        operations.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
    });
    operations.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_another_app_can_be_told_from_what_is_nowhere() {
    let world = World::new().await;
    let cases = cases(&world);
    let covered: BTreeSet<String> = cases.iter().map(|case| case.endpoint.to_owned()).collect();
    assert_eq!(covered, documented(), "endpoints with cases, and endpoints");
    let before = world.theirs_as_they_are().await;
    for case in &cases {
        let (theirs, nowhere) = (case.theirs.send().await, case.nowhere.send().await);
        assert_eq!(theirs, nowhere, "{}: {}", case.endpoint, case.what);
        assert_eq!(theirs.status, case.status, "{}: {}: {}", case.endpoint, case.what, theirs.body);
        assert!(!theirs.body.contains("of-theirs"), "{}: {}: {}", case.endpoint, case.what, theirs.body);
    }
    assert_eq!(world.theirs_as_they_are().await, before, "something of theirs has changed");
    let keys = cases.iter().filter(|case| case.what == cases::SWAPPED_KEY).count();
    println!("{} cases of {} endpoints, {keys} of them with a key of another app", cases.len(), covered.len());
}

/// Pairs of requests of a case that are timed: so many, and no more when that has taken long.
const PAIRS: RangeInclusive<usize> = 24..=600;
const LONG: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_time_tells_what_another_app_has() {
    let world = World::new().await;
    let (mut requests, mut bounds) = (0, Vec::new());
    for case in cases(&world).iter().filter(|case| case.same_server) {
        let mut told = Vec::new();
        for _ in 0..3 {
            let differences = measure(case, &world).await;
            requests += 2 * differences.len();
            let shift = Shift::of(differences);
            bounds.push((shift.bound(), case.endpoint, case.what));
            told.extend(shift.told());
            // Once is what a busy machine does.
            if shift.told().is_none() {
                break;
            }
        }
        let again = told.len() == 3 && (told.iter().all(|shift| *shift > 0.0) || told.iter().all(|shift| *shift < 0.0));
        assert!(!again, "{}: {}: the other app's takes longer by {told:?} ms", case.endpoint, case.what);
    }
    bounds.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let (half, most) = (bounds[bounds.len() / 2], bounds[bounds.len() - 1]);
    println!(
        "{requests} requests were timed: of half of the cases {:.2} ms would have been told, at most {:.2} ms ({}: {})",
        half.0, most.0, most.1, most.2
    );
}

/// Differences in milliseconds, theirs minus nowhere, of requests one after the other; who is first alternates.
async fn measure(case: &Case, world: &World) -> Vec<f64> {
    let (begun, mut differences) = (Instant::now(), Vec::new());
    while differences.len() < *PAIRS.start() || (differences.len() < *PAIRS.end() && begun.elapsed() < LONG) {
        let (theirs, nowhere) = match differences.len() % 2 {
            0 => {
                let theirs = case.theirs.time(case.status).await;
                (theirs, case.nowhere.time(case.status).await)
            }
            _ => {
                let nowhere = case.nowhere.time(case.status).await;
                (case.theirs.time(case.status).await, nowhere)
            }
        };
        differences.push((theirs - nowhere) * 1e3);
        // The next pair is as new as this one: with a subject its idempotency key is forgotten.
        for subject in case.made {
            world.ours.delete_subject(subject).await.expect(200, "");
        }
    }
    differences
}
