//! Every endpoint against everything that another app has: its subjects, cursors, captures, deletions, requests, idempotency
//! keys and API keys. Nothing crosses; and neither status, headers, body nor time tell that the other app has it.

mod cases;
mod clock;
mod seen;
mod world;

use std::collections::BTreeSet;

use facegate_tests::repository;
use serde_json::Value;

use cases::{Case, cases};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_time_tells_what_another_app_has() {
    let world = World::new().await;
    let mut requests = 0;
    for case in cases(&world).iter().filter(|case| case.same_server) {
        let pairs = if case.status == 200 { 12 } else { 120 };
        let mut told = Vec::new();
        for _ in 0..3 {
            let differences = measure(case, pairs).await;
            requests += 2 * pairs;
            let found = clock::tells(&differences);
            told.push(found);
            // Once is what a busy machine does.
            if found.is_none() {
                break;
            }
        }
        let all = told.iter().all(|found| found.is_some_and(|shift| shift.signum() == told[0].unwrap_or(0.0).signum()));
        assert!(!all, "{}: {}: the other app's takes longer by {told:?} ms", case.endpoint, case.what);
    }
    println!("{requests} requests were timed");
}

/// Differences in milliseconds, theirs minus nowhere, of requests one after the other; who is first alternates.
async fn measure(case: &Case, pairs: usize) -> Vec<f64> {
    let mut differences = Vec::new();
    for pair in 0..pairs {
        let (theirs, nowhere) = match pair % 2 {
            0 => {
                let theirs = case.theirs.time().await;
                (theirs, case.nowhere.time().await)
            }
            _ => {
                let nowhere = case.nowhere.time().await;
                (case.theirs.time().await, nowhere)
            }
        };
        differences.push((theirs - nowhere) * 1e3);
    }
    differences
}
