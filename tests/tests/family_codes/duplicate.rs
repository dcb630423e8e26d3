//! `check_duplicate`: one face under one subject, with real photographs.

use facegate_tests::{Answer, App, names, photos, with_image};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{enroll, landscape, merged, server, small, testing};

/// The code of a face that is enrolled already.
const CODE: &str = "DUPLICATE_FACE";

fn checked(photo: &str, subject: &str) -> Value {
    with_image(&photos::bytes(photo), json!({"subject_id": subject, "check_duplicate": true}))
}

fn expect_duplicate(answer: &Answer, of: &str) {
    assert_eq!(answer.outcome(), (409, CODE), "{}", answer.body);
    assert_eq!(names(&answer.body), ["duplicate_subject_id", "error_code", "message", "session_id"]);
    assert_eq!(answer.body["duplicate_subject_id"], of);
    // The id has a field of its own and is nowhere else.
    assert_eq!(answer.message(), "the face is already enrolled under another subject_id");
}

#[tokio::test]
async fn a_person_is_found_again_on_other_photographs() {
    let app = server().live();
    enroll(&app, "first", photos::OBAMA).await;
    for (number, photo) in photos::OBAMA_MORE.into_iter().enumerate() {
        let subject = format!("again-{number}");
        expect_duplicate(&app.enroll(&checked(photo, &subject)).await, "first");
        app.get(&format!("subjects/{subject}")).await.expect(404, "SUBJECT_NOT_FOUND");
    }
    for (subject, photo) in [("b", photos::BIDEN), ("c", photos::PERSON_A), ("d", photos::PERSON_B)] {
        assert_eq!(app.enroll(&checked(photo, subject)).await.expect_enrolled(), subject);
    }
    expect_duplicate(&app.enroll(&checked(photos::SMALL, "e")).await, "c");
    // An id that the server would make up is another subject too.
    let nameless = with_image(&photos::bytes(photos::OBAMA), json!({"check_duplicate": true}));
    expect_duplicate(&app.enroll(&nameless).await, "first");
}

#[tokio::test]
async fn a_subject_may_be_enrolled_again_and_its_face_is_free_when_it_is_gone() {
    let app = server().live();
    for photo in [photos::OBAMA, photos::OBAMA_MORE[0], photos::OBAMA_MORE[1]] {
        assert_eq!(app.enroll(&checked(photo, "mine")).await.expect_enrolled(), "mine");
    }
    expect_duplicate(&app.enroll(&checked(photos::OBAMA, "yours")).await, "mine");
    // Not asked for, not looked for; from then on the face has two subjects, and each is the other's duplicate.
    enroll(&app, "yours", photos::OBAMA).await;
    expect_duplicate(&app.enroll(&checked(photos::OBAMA, "yours")).await, "mine");
    expect_duplicate(&app.enroll(&checked(photos::OBAMA_MORE[0], "mine")).await, "yours");
    assert_eq!(app.delete_subject("mine").await.status, 200);
    assert_eq!(app.enroll(&checked(photos::OBAMA, "yours")).await.expect_enrolled(), "yours");
    // Updated to somebody else: the face is free, the other's is not.
    enroll(&app, "yours", photos::BIDEN).await;
    assert_eq!(app.enroll(&checked(photos::OBAMA, "mine")).await.expect_enrolled(), "mine");
    expect_duplicate(&app.enroll(&checked(photos::BIDEN, "new")).await, "yours");
}

#[tokio::test]
async fn another_apps_gallery_does_not_count() {
    let (app, other) = (server().live(), server().live());
    enroll(&other, "theirs", photos::OBAMA).await;
    assert_eq!(app.enroll(&checked(photos::OBAMA, "ours")).await.expect_enrolled(), "ours");
}

#[tokio::test]
async fn a_refusal_takes_no_unit_and_changes_nothing() {
    let app = testing(4, 0);
    enroll(&app, "a", photos::OBAMA).await;
    enroll(&app, "b", photos::BIDEN).await;
    for _ in 0..3 {
        expect_duplicate(&app.enroll(&checked(photos::OBAMA_MORE[0], "b")).await, "a");
    }
    assert_eq!(server().show(&app)["enroll"]["left"], 2);
    let biden = merged(&crate::bare(), &json!({"subject_id": "b"}));
    app.face_file("verify", &photos::bytes(photos::BIDEN), biden).await.expect(200, "");
}

#[tokio::test]
async fn the_other_codes_come_first() {
    let app = server().live();
    enroll(&app, "a", photos::GROUP).await;
    for (payload, status, code) in [
        (with_image(&small(), json!({"check_duplicate": "true"})), 400, "INVALID_PAYLOAD"),
        (with_image(&small(), json!({"check_duplicate": 1})), 400, "INVALID_PAYLOAD"),
        (json!({"check_duplicate": true}), 400, "MISSING_PAYLOAD_IMAGE"),
        (with_image(b"rubbish", json!({"check_duplicate": true})), 400, "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (with_image(&landscape(), json!({"check_duplicate": true})), 400, "FACE_NOT_DETECTED"),
        (merged(&checked(photos::GROUP, "b"), &json!({"validate_nface": true})), 200, "FAIL_ON_8"),
        (merged(&checked(photos::GROUP, "c"), &json!({"check_duplicate": null})), 200, ""),
    ] {
        app.enroll(&payload).await.expect(status, code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_race_of_one_persons_photographs_one_is_enrolled() {
    let app: App = server().live();
    let mut requests = JoinSet::new();
    for (number, photo) in photos::OBAMA_MORE.into_iter().cycle().take(12).enumerate() {
        let (app, payload) = (app.clone(), checked(photo, &format!("s{number}")));
        requests.spawn(async move { app.enroll(&payload).await });
    }
    let answers = requests.join_all().await;
    let enrolled: Vec<_> = answers.iter().filter(|answer| answer.enrolled()).collect();
    assert_eq!(enrolled.len(), 1);
    let winner = enrolled[0].body["subject_id"].as_str().unwrap();
    answers.iter().filter(|answer| !answer.enrolled()).for_each(|answer| expect_duplicate(answer, winner));
    assert_eq!(app.get("subjects").await.body["subjects"].as_array().unwrap().len(), 1);
}
