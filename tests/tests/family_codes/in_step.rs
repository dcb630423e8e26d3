//! Search and verify are in step with the store: after every write, and after a restart.

use facegate_tests::{App, Setup, images, photos};
use serde_json::{Value, json};

use crate::{bare, enroll, merged, server};

async fn search(app: &App, photo: &str, more: Value) -> Value {
    let answer = app.face_file("search", &photos::bytes(photo), merged(&bare(), &more)).await;
    answer.expect(200, "");
    answer.body["matches"].clone()
}

/// Who is found, best first.
async fn found(app: &App, photo: &str) -> Vec<String> {
    let matches = search(app, photo, json!({"limit": 10})).await;
    matches.as_array().unwrap().iter().map(|one| one["subject_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_is_enrolled_is_found_and_who_is_gone_is_not() {
    let (app, other) = (server().live(), server().live());
    enroll(&other, "theirs", photos::OBAMA).await;
    assert!(found(&app, photos::OBAMA).await.is_empty(), "an empty gallery, and no other app's");
    enroll(&app, "a", photos::OBAMA).await;
    assert_eq!(found(&app, photos::OBAMA_MORE[1]).await, ["a"]);
    enroll(&app, "a", photos::PERSON_B).await;
    for photo in [photos::OBAMA, photos::OBAMA_MORE[1]] {
        assert!(found(&app, photo).await.is_empty(), "the person before the update");
    }
    assert_eq!(found(&app, photos::PERSON_B_2).await, ["a"], "the person after it");
    let probe = merged(&bare(), &json!({"subject_id": "a"}));
    app.face_file("verify", &photos::bytes(photos::OBAMA), probe.clone()).await.expect(200, "FAIL_ON_16");
    app.face_file("verify", &photos::bytes(photos::PERSON_B_2), probe.clone()).await.expect(200, "");
    assert_eq!(app.delete_subject("a").await.status, 200);
    assert!(found(&app, photos::PERSON_B).await.is_empty());
    let gone = app.face_file("verify", &photos::bytes(photos::PERSON_B), probe).await;
    gone.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
    assert_eq!(found(&other, photos::OBAMA_MORE[0]).await, ["theirs"]);
}

#[tokio::test]
async fn a_refused_or_failed_update_leaves_who_was_there() {
    let app = server().live();
    enroll(&app, "a", photos::OBAMA).await;
    let crowd = json!({"subject_id": "a", "validate_nface": true});
    app.enroll_file(&photos::bytes(photos::GROUP), crowd).await.expect(200, "FAIL_ON_8");
    app.enroll_file(b"rubbish", json!({"subject_id": "a"})).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    assert_eq!(found(&app, photos::OBAMA_MORE[0]).await, ["a"]);
    assert!(found(&app, photos::GROUP).await.is_empty());
}

#[tokio::test]
async fn one_photo_under_two_ids_is_a_tie_in_the_order_of_the_ids() {
    let app = server().live();
    for subject in ["m", "b", "z"] {
        enroll(&app, subject, photos::OBAMA).await;
    }
    for _ in 0..3 {
        assert_eq!(found(&app, photos::OBAMA_MORE[0]).await, ["b", "m", "z"]);
    }
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::default().data(data.path());
    let mut server = setup.clone().start();
    let app = server.live();
    for (subject, photo) in [
        ("obama", photos::OBAMA),
        ("biden", photos::BIDEN),
        ("a", photos::PERSON_A),
        ("changed", photos::OBAMA_MORE[0]),
        ("changed", photos::PERSON_B),
        ("deleted", photos::OBAMA_MORE[1]),
    ] {
        enroll(&app, subject, photo).await;
    }
    assert_eq!(app.delete_subject("deleted").await.status, 200);
    let probes = [photos::OBAMA_MORE[1], photos::BIDEN, photos::SMALL, photos::PERSON_B_2, photos::IMPOSTOR_2];
    let everything = json!({"limit": 10, "threshold": 0, "return_image": true});
    let mut before = Vec::new();
    for photo in probes {
        before.push((found(&app, photo).await, search(&app, photo, everything.clone()).await));
    }
    let who: Vec<_> = before.iter().map(|(who, _)| who.concat()).collect();
    assert_eq!(who, ["obama", "biden", "a", "changed", ""]);
    // Once told to stop, once killed.
    for gently in [true, false] {
        if gently {
            server.terminate();
            server.ended();
        } else {
            server.kill();
        }
        drop(server);
        server = setup.clone().start();
        let app = App::new(server.base(), &app.id, &app.key);
        for (photo, (who, all)) in probes.into_iter().zip(&before) {
            assert_eq!(found(&app, photo).await, *who);
            assert_eq!(search(&app, photo, everything.clone()).await, *all);
        }
    }
}

#[tokio::test]
async fn return_image_gives_the_photo_back_as_it_came() {
    let app = server().live();
    for (subject, photo) in [("a", photos::OBAMA), ("b", photos::PNG)] {
        enroll(&app, subject, photo).await;
    }
    // By data URI too: what is kept is the photo, not its spelling.
    let uri = format!("data:image/jpeg;base64,{}", images::base64(&photos::bytes(photos::BIDEN)));
    app.enroll(&json!({"image": uri, "subject_id": "c"})).await.expect_enrolled();
    let everybody = json!({"limit": 10, "threshold": 0, "return_image": true});
    let matches = search(&app, photos::OBAMA, everybody.clone()).await;
    for (subject, photo) in [("a", photos::OBAMA), ("b", photos::PNG), ("c", photos::BIDEN)] {
        let one = matches.as_array().unwrap().iter().find(|one| one["subject_id"] == subject).expect(subject);
        assert!(one["image"] == images::base64(&photos::bytes(photo)), "{subject}: another image");
    }
    let without = search(&app, photos::OBAMA, json!({"limit": 10, "threshold": 0})).await;
    assert!(without.as_array().unwrap().iter().all(|one| one.get("image").is_none()));
    enroll(&app, "a", photos::OBAMA_MORE[0]).await;
    let updated = search(&app, photos::OBAMA_MORE[0], json!({"return_image": true})).await;
    assert_eq!(updated[0]["subject_id"], "a");
    assert!(updated[0]["image"] == images::base64(&photos::bytes(photos::OBAMA_MORE[0])), "the new photo");
}

#[tokio::test]
async fn photos_of_an_answer_are_together_no_larger_than_one_that_may_be_sent() {
    let app = server().live();
    let photo = images::grown_to(photos::bytes(photos::OBAMA), 3 << 20);
    for subject in ["a", "b"] {
        app.enroll_file(&photo, json!({"subject_id": subject})).await.expect_enrolled();
    }
    app.enroll_file(&photos::bytes(photos::OBAMA_MORE[0]), json!({"subject_id": "c"})).await.expect_enrolled();
    let matches = search(&app, photos::OBAMA, json!({"limit": 3, "return_image": true})).await;
    let shown: Vec<_> =
        matches.as_array().unwrap().iter().map(|one| (&one["subject_id"], one.get("image").is_some())).collect();
    assert_eq!(shown, [(&json!("a"), true), (&json!("b"), false), (&json!("c"), true)]);
}
