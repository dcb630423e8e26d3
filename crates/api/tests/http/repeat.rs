//! `check_duplicate` and `Idempotency-Key` at enrolment.

use facegate_domain::AppMode;
use serde_json::json;

use crate::support::{Answer, Client, World};

async fn enroll(world: &World, app: &Client, key: &str, body: serde_json::Value) -> Answer {
    let mut request = app.request("POST", "/v1/face/enroll", body.to_string());
    request.headers_mut().insert("Idempotency-Key", key.parse().unwrap());
    world.send(request).await
}

#[tokio::test]
async fn a_face_enrolled_under_another_subject_is_refused_when_asked() {
    let world = World::new();
    let app = world.app(AppMode::Sandbox, Some(10), None).await;
    let enroll = |id: &str, image: &str, check: bool| {
        world.post(&app, "enroll", json!({"image": image, "subject_id": id, "check_duplicate": check}))
    };
    assert_eq!(enroll("first", "LIVE_PERSON_A_1", true).await.code(), (200, ""));
    let refused = enroll("second", "LIVE_PERSON_A_2", true).await;
    assert_eq!(refused.code(), (409, "DUPLICATE_FACE"));
    assert_eq!(refused.json["duplicate_subject_id"], "first");
    assert_eq!(world.get(&app, "subjects/second").await.status, 404);
    assert_eq!(enroll("first", "LIVE_PERSON_A_3", true).await.code(), (200, ""), "an update of the same subject");
    assert_eq!(enroll("other", "LIVE_PERSON_B_1", true).await.code(), (200, ""));
    assert_eq!(enroll("second", "LIVE_PERSON_A_2", false).await.code(), (200, ""), "not asked for");
    assert_eq!(world.used(&app).await, (4, 0), "a refusal takes no unit");
}

#[tokio::test]
async fn of_many_enrolments_of_one_face_one_gets_through() {
    let world = World::new();
    let app = world.sandbox().await;
    let enrolments = (0..20).map(|n| {
        world.post(
            &app,
            "enroll",
            json!({"image": "LIVE_PERSON_A_1", "subject_id": n.to_string(), "check_duplicate": true}),
        )
    });
    let answers = futures_util::future::join_all(enrolments).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_takes_one_unit() {
    let world = World::new();
    let app = world.app(AppMode::Sandbox, Some(2), None).await;
    let body = json!({"image": "LIVE_PERSON_A_1", "validate_nface": true});
    let first = enroll(&world, &app, "k1", body.clone()).await;
    let again = enroll(&world, &app, "k1", body.clone()).await;
    assert_eq!((first.code(), &first.json), ((200, ""), &again.json));
    assert_ne!(first.headers["x-request-id"], again.headers["x-request-id"]);
    let another = enroll(&world, &app, "k1", json!({"image": "LIVE_PERSON_B_1"})).await;
    assert_eq!(another.code(), (409, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(world.used(&app).await, (1, 0));
    let gated = json!({"image": "LIVE_PERSON_A_2", "validate_nface": true});
    assert_eq!(enroll(&world, &app, "k2", gated.clone()).await.code(), (200, "FAIL_ON_8"));
    // The quota is used up now; the repetition is answered all the same.
    assert_eq!(enroll(&world, &app, "k2", gated).await.code(), (200, "FAIL_ON_8"));
    assert_eq!(enroll(&world, &app, "k3", body.clone()).await.code(), (403, "INSUFFICIENT_QUOTA_ENROLL"));
    assert_eq!(enroll(&world, &app, "", body).await.code(), (400, "INVALID_IDEMPOTENCY_KEY"));
}

#[tokio::test]
async fn racing_repetitions_enrol_once() {
    let world = World::new();
    let app = world.app(AppMode::Sandbox, Some(10), None).await;
    let body = json!({"image": "LIVE_PERSON_A_1"});
    let answers = futures_util::future::join_all((0..20).map(|_| enroll(&world, &app, "once", body.clone()))).await;
    assert!(answers.iter().all(|answer| answer.json == answers[0].json && answer.status == 200));
    assert_eq!(world.used(&app).await, (1, 0));
    let page = world.get(&app, "subjects").await;
    assert_eq!(page.json["subjects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_deleted_subject_is_forgotten_by_its_key_too() {
    let world = World::new();
    let app = world.sandbox().await;
    let body = json!({"image": "LIVE_PERSON_A_1", "subject_id": "a"});
    let first = enroll(&world, &app, "k", body.clone()).await;
    world.remove(&app, "a").await;
    let again = enroll(&world, &app, "k", body).await;
    assert_eq!(again.status, 200);
    assert_ne!(first.json["session_id"], again.json["session_id"], "a new enrolment, not the old answer");
}
