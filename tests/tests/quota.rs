//! Quotas of testing apps: exact under races, taken by answers only.

use std::sync::OnceLock;

use facegate_tests::{App, TestServer, images, photos, pictures, with_image};
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(TestServer::start)
}

fn small() -> Vec<u8> {
    photos::bytes(photos::SMALL)
}

fn testing(enroll: u64, liveness: u64) -> App {
    let (enroll, liveness) = (enroll.to_string(), liveness.to_string());
    server().app(&["--mode", "testing", "--enroll-quota", &enroll, "--liveness-quota", &liveness])
}

/// What is left: enroll, liveness.
fn left(app: &App) -> (Option<u64>, Option<u64>) {
    let shown = server().show(app);
    (shown["enroll"]["left"].as_u64(), shown["liveness"]["left"].as_u64())
}

/// Sends the payloads at once and gives the outcomes, sorted.
async fn race(app: &App, payloads: Vec<Value>) -> Vec<(u16, String)> {
    let mut requests = JoinSet::new();
    for payload in payloads {
        let app = app.clone();
        requests.spawn(async move {
            let answer = app.enroll(&payload).await;
            (answer.status, answer.code().to_owned())
        });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    outcomes
}

fn count(outcomes: &[(u16, String)], status: u16, code: &str) -> usize {
    outcomes.iter().filter(|(s, c)| (*s, c.as_str()) == (status, code)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_race_for_ten() {
    let app = testing(10, 0);
    let quick = json!({"is_quality": false, "is_attribute": false});
    let payloads = (0..100).map(|index| {
        let mut payload = with_image(&small(), quick.clone());
        payload["subject_id"] = json!(format!("subject-{index}"));
        payload
    });
    let outcomes = race(&app, payloads.collect()).await;
    assert_eq!(count(&outcomes, 200, ""), 10, "{outcomes:?}");
    assert_eq!(count(&outcomes, 403, "INSUFFICIENT_QUOTA_ENROLL"), 90, "{outcomes:?}");
    assert_eq!(left(&app).0, Some(0));
    let mut stored = 0;
    for index in 0..100 {
        stored += usize::from(app.delete_subject(&format!("subject-{index}")).await.status == 200);
    }
    assert_eq!(stored, 10, "who was refused is not stored");
    // Deleting gives nothing back.
    app.enroll_file(&small(), json!({})).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn liveness_has_a_quota_of_its_own() {
    let app = testing(20, 3);
    let payload = with_image(&small(), json!({"is_liveness": true}));
    let outcomes = race(&app, vec![payload.clone(); 12]).await;
    assert_eq!(count(&outcomes, 200, ""), 3, "{outcomes:?}");
    assert_eq!(count(&outcomes, 403, "INSUFFICIENT_QUOTA_LIVENESS"), 9, "{outcomes:?}");
    assert_eq!(left(&app), (Some(17), Some(0)), "a refused request takes no unit of the other quota either");
    app.enroll_file(&small(), json!({})).await.expect_enrolled();
    assert_eq!(left(&app), (Some(16), Some(0)));
}

#[tokio::test]
async fn failures_take_nothing() {
    let app = testing(5, 5);
    let landscape = images::jpeg(&pictures::landscape(320, 240));
    let live = json!({"is_liveness": true});
    app.enroll_file(&landscape, live.clone()).await.expect(400, "FACE_NOT_DETECTED");
    app.enroll_file(b"rubbish", live.clone()).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    app.enroll(&json!({"image": "http://10.0.0.1/a.jpg", "is_liveness": true}))
        .await
        .expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    app.enroll_file(&images::grown_to(small(), 5 * 1024 * 1024 + 1), live)
        .await
        .expect(400, "INVALID_PAYLOAD_IMAGE_SIZE");
    app.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
    app.with_key("fg_wrong").enroll_file(&small(), json!({})).await.expect(401, "UNAUTHORIZED");
    app.expect_absent("nobody").await;
    assert_eq!(left(&app), (Some(5), Some(5)));
}

#[tokio::test]
async fn an_answered_gate_takes_a_unit_and_so_does_an_update() {
    let app = testing(3, 1);
    let crowd =
        pictures::beside(&pictures::fitted(&photos::pixels(photos::PERSON_A), 400), &photos::pixels(photos::PERSON_B));
    let more = json!({"subject_id": "a", "validate_nface": true});
    app.enroll_file(&images::jpeg(&crowd), more).await.expect(200, "FAIL_ON_8");
    assert_eq!(left(&app), (Some(2), Some(1)));
    app.expect_absent("a").await;
    for units in [1, 0] {
        app.enroll_file(&small(), json!({"subject_id": "a"})).await.expect_enrolled();
        assert_eq!(left(&app).0, Some(units));
    }
    app.enroll_file(&small(), json!({"subject_id": "a"})).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
}

#[tokio::test]
async fn live_apps_have_no_quota() {
    let app = server().live();
    for _ in 0..3 {
        app.enroll_file(&small(), json!({"is_liveness": true})).await.expect_enrolled();
    }
    assert_eq!(left(&app), (None, None));
}

#[tokio::test]
async fn one_apps_quota_is_not_anothers() {
    let (mine, yours) = (testing(1, 1), testing(1, 1));
    mine.enroll_file(&small(), json!({})).await.expect_enrolled();
    mine.enroll_file(&small(), json!({})).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
    yours.enroll_file(&small(), json!({})).await.expect_enrolled();
}
