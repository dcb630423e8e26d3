//! `Idempotency-Key`: a repetition gets the first answer again and takes no second unit, with real photographs.

use facegate_tests::{App, Setup, photos, with_image};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{bare, merged, server, small, testing};

fn payload(photo: &str, more: Value) -> Value {
    with_image(&photos::bytes(photo), merged(&bare(), &more))
}

fn units_left(app: &App) -> Value {
    server().show(app)["enroll"]["left"].clone()
}

#[tokio::test]
async fn the_first_answer_comes_again_and_one_unit_is_taken() {
    let app = testing(2, 0);
    // The server makes up an id: made up twice, it would show.
    let body = payload(photos::OBAMA, json!({}));
    let first = app.enroll_once("one", &body).await;
    let subject = first.expect_enrolled();
    for _ in 0..3 {
        let again = app.enroll_once("one", &body).await;
        assert_eq!((again.status, &again.body), (200, &first.body), "byte by byte the first answer");
        assert_ne!(again.headers["x-request-id"], first.headers["x-request-id"], "but a request of its own");
    }
    assert_eq!(units_left(&app), 1);
    assert_eq!(app.get("subjects").await.body["subjects"].as_array().unwrap().len(), 1);
    // A later change of the subject is not undone by a repetition.
    app.enroll(&payload(photos::BIDEN, json!({ "subject_id": subject }))).await.expect_enrolled();
    assert_eq!(app.enroll_once("one", &body).await.body, first.body);
    let verified = app.face("verify", &payload(photos::BIDEN, json!({ "subject_id": subject }))).await;
    verified.expect(200, "");
    // The quota is used up: the repetition is answered, a new request is not.
    assert_eq!(app.enroll_once("one", &body).await.body, first.body);
    app.enroll_once("two", &body).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_app() {
    let (app, other) = (testing(5, 0), server().live());
    let body = payload(photos::OBAMA, json!({"subject_id": "a"}));
    let first = app.enroll_once("key", &body).await;
    first.expect_enrolled();
    for another in [
        payload(photos::BIDEN, json!({"subject_id": "a"})),
        payload(photos::OBAMA, json!({"subject_id": "b"})),
        merged(&body, &json!({"validate_nface": true})),
    ] {
        app.enroll_once("key", &another).await.expect(409, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(units_left(&app), 4);
    app.get("subjects/b").await.expect(404, "SUBJECT_NOT_FOUND");
    let theirs = other.enroll_once("key", &payload(photos::BIDEN, json!({"subject_id": "z"}))).await;
    assert_eq!(theirs.expect_enrolled(), "z");
    assert_eq!(app.enroll_once("Key", &body).await.expect_enrolled(), "a", "keys have case");
    assert_eq!(units_left(&app), 3);
}

#[tokio::test]
async fn a_refusal_by_a_gate_is_an_answer_too_and_an_error_is_none() {
    let app = testing(3, 0);
    let crowd = payload(photos::GROUP, json!({"subject_id": "a", "validate_nface": true}));
    let refused = app.enroll_once("gate", &crowd).await;
    refused.expect(200, "FAIL_ON_8");
    assert_eq!(app.enroll_once("gate", &crowd).await.body, refused.body);
    assert_eq!(units_left(&app), 2);
    // After an error the key is free.
    app.enroll_once("free", &with_image(b"rubbish", json!({}))).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    app.enroll_once("free", &payload(photos::OBAMA, json!({"subject_id": "a"}))).await.expect_enrolled();
    let double = payload(photos::OBAMA_MORE[0], json!({"subject_id": "b", "check_duplicate": true}));
    assert_eq!(app.enroll_once("double", &double).await.outcome(), (409, "DUPLICATE_FACE"));
    assert_eq!(app.delete_subject("a").await.status, 200);
    app.enroll_once("double", &double).await.expect_enrolled();
    assert_eq!(units_left(&app), 0);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let app = server().live();
    let body = payload(photos::OBAMA, json!({"subject_id": "a"}));
    for key in ["", "é", "a\tb", &"k".repeat(256)] {
        app.enroll_once(key, &body).await.expect(400, "INVALID_IDEMPOTENCY_KEY");
    }
    app.get("subjects/a").await.expect(404, "SUBJECT_NOT_FOUND");
    app.enroll_once(&"k".repeat(255), &body).await.expect_enrolled();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repetitions_that_race_enrol_once() {
    let app = testing(10, 0);
    let body = with_image(&small(), bare());
    let mut requests = JoinSet::new();
    for _ in 0..12 {
        let (app, body) = (app.clone(), body.clone());
        requests.spawn(async move { app.enroll_once("race", &body).await });
    }
    let answers = requests.join_all().await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body), "{answers:#?}");
    assert_eq!(units_left(&app), 9);
    assert_eq!(app.get("subjects").await.body["subjects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_answer_is_kept_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::default().data(data.path());
    let mut server = setup.clone().start();
    let app = server.live();
    let body = payload(photos::OBAMA, json!({}));
    let first = app.enroll_once("key", &body).await;
    first.expect_enrolled();
    server.terminate();
    server.ended();
    drop(server);
    let server = setup.start();
    let app = App::new(server.base(), &app.id, &app.key);
    assert_eq!(app.enroll_once("key", &body).await.body, first.body);
    assert_eq!(app.get("subjects").await.body["subjects"].as_array().unwrap().len(), 1);
}
