//! Random payloads against the real server: every code is the one that the plain model of the contract gives.
//!
//! Sandbox apps, so that whole answers can be foretold; a live app, whose images are no pictures; and one whose quota is
//! used up. No network runs. `FACEGATE_FULL=1` tries twenty times as many.

mod bodies;

use std::cell::RefCell;
use std::collections::BTreeSet;

use bodies::{Sent, sent};
use facegate_test_contract::{Endpoint, Sandbox, code};
use facegate_tests::{Answer, App, Setup, TestServer, answer, full};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Runtime;

/// Three hundred requests to each endpoint, always the same ones; with `FACEGATE_FULL=1` six thousand new ones.
fn runner() -> TestRunner {
    let cases = if full() { 6000 } else { 300 };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    if full() {
        return TestRunner::new(config);
    }
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn path(endpoint: Endpoint) -> (&'static str, &'static str) {
    match endpoint {
        Endpoint::Enroll => ("POST", "/v1/face/enroll"),
        Endpoint::Delete => ("DELETE", "/v1/face/enroll"),
        Endpoint::Verify => ("POST", "/v1/face/verify"),
        Endpoint::Compare => ("POST", "/v1/face/compare"),
        Endpoint::Search => ("POST", "/v1/face/search"),
        Endpoint::Liveness => ("POST", "/v1/face/liveness"),
        Endpoint::Detect => ("POST", "/v1/face/detect"),
    }
}

async fn send(app: &App, endpoint: Endpoint, sent: &Sent) -> Answer {
    let (method, path) = path(endpoint);
    let query = sent.query.as_ref().map(|subject| format!("?subject_id={}", subject.replace(' ', "%20")));
    let request = app.request(method, &format!("{path}{}", query.unwrap_or_default()));
    answer(request.body(sent.body.clone()).send().await).await
}

/// Sends random requests to one endpoint and holds each answer's code against the foretold one; the codes that came.
fn compare(app: &App, endpoint: Endpoint, sandbox: bool, foretell: impl Fn(&Sent) -> String) -> BTreeSet<String> {
    let (runtime, seen) = (Runtime::new().unwrap(), RefCell::new(BTreeSet::new()));
    let tried = runner().run(&sent(endpoint, sandbox), |sent| {
        let expected = foretell(&sent);
        let answer = runtime.block_on(send(app, endpoint, &sent));
        prop_assert_eq!(answer.code(), &expected, "{:?} {}", endpoint, sent);
        let status = match &*expected {
            code if code.is_empty() || code.starts_with("FAIL_ON") => 200,
            code if code.starts_with("INSUFFICIENT_QUOTA") => 403,
            _ => 400,
        };
        prop_assert_eq!(answer.status, status);
        seen.borrow_mut().insert(expected);
        Ok::<(), TestCaseError>(())
    });
    tried.unwrap_or_else(|failure| panic!("{failure}"));
    seen.into_inner()
}

/// What a payload can be told, and a scenario: else the random requests would show little.
const CODES: [&str; 27] = [
    "",
    "FACE_NOT_DETECTED",
    "FAIL_ON_1",
    "FAIL_ON_2",
    "FAIL_ON_4",
    "FAIL_ON_8",
    "FAIL_ON_16",
    "INVALID_PAYLOAD",
    "INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY",
    "INVALID_PAYLOAD_IMAGE_1_MISSING",
    "INVALID_PAYLOAD_IMAGE_1_SIZE",
    "INVALID_PAYLOAD_IMAGE_2_MISSING",
    "INVALID_PAYLOAD_IMAGE_2_SIZE",
    "INVALID_PAYLOAD_IMAGE_MISSING",
    "INVALID_PAYLOAD_IMAGE_SIZE",
    "INVALID_PAYLOAD_LIMIT",
    "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY",
    "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY",
    "INVALID_PAYLOAD_SUBJECT_ID",
    "INVALID_PAYLOAD_SUBJECT_ID_MISSING",
    "INVALID_PAYLOAD_THRESHOLD",
    "INVALID_SANDBOX_IMAGE",
    "INVALID_SANDBOX_SUBJECT_ID",
    "MISSING_PAYLOAD_IMAGE",
    "MISSING_PAYLOAD_IMAGE_1",
    "MISSING_PAYLOAD_IMAGE_2",
    "MISSING_PAYLOAD_SUBJECT_ID",
];

#[test]
fn sandbox_apps_answer_as_the_model_does() {
    let (server, mut seen) = (TestServer::start(), BTreeSet::new());
    for endpoint in Endpoint::ALL {
        // An app each, since a model remembers who was enrolled.
        let (app, model) = (server.app(&["--mode", "sandbox"]), RefCell::new(Sandbox::default()));
        if endpoint == Endpoint::Verify {
            compare(&app, Endpoint::Enroll, true, |sent| told(&model, Endpoint::Enroll, sent));
        }
        seen.append(&mut compare(&app, endpoint, true, |sent| told(&model, endpoint, sent)));
    }
    let missed: Vec<_> = CODES.iter().filter(|code| !seen.contains(**code)).collect();
    assert!(missed.is_empty(), "nothing random led to {missed:?}");
}

fn told(model: &RefCell<Sandbox>, endpoint: Endpoint, sent: &Sent) -> String {
    model.borrow_mut().answer(endpoint, sent.body.as_bytes(), sent.query.as_deref())
}

/// What comes after the payload rules where no image is a picture: nothing can be got from it.
fn without_a_picture(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Compare => "INVALID_PAYLOAD_IMAGE_1_FORMAT",
        // Nobody is enrolled.
        Endpoint::Verify | Endpoint::Delete => "INVALID_PAYLOAD_SUBJECT_ID",
        _ => "INVALID_PAYLOAD_IMAGE_FORMAT",
    }
}

#[test]
fn live_apps_check_payloads_as_the_model_does() {
    // Subjects that are not there are asked for more often than the limit of attempts allows.
    let server = Setup::default().set("RATE_LIMIT__MISMATCHES_PER_SUBJECT", "0").start();
    let app = server.live();
    for endpoint in Endpoint::ALL {
        compare(&app, endpoint, false, |sent| {
            let payload = code(endpoint, sent.body.as_bytes(), false, sent.query.as_deref());
            payload.unwrap_or(without_a_picture(endpoint)).to_owned()
        });
    }
}

#[test]
fn a_quota_that_is_used_up_comes_after_the_payload_and_before_the_image() {
    let server = TestServer::start();
    let app = server.app(&["--mode", "testing", "--enroll-quota", "0"]);
    compare(&app, Endpoint::Enroll, false, |sent| {
        let payload = code(Endpoint::Enroll, sent.body.as_bytes(), false, None);
        payload.unwrap_or("INSUFFICIENT_QUOTA_ENROLL").to_owned()
    });
    let used = server.show(&app)["enroll"]["used"].clone();
    assert_eq!(used, 0, "a refusal takes no unit");
}
