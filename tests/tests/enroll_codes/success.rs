//! What a successful enrolment answers and does.

use facegate_tests::{names, photos};
use serde_json::json;

use crate::{now, server, with_photo};

#[tokio::test]
async fn success_has_exactly_the_contracts_shape() {
    let app = server().live();
    let before = now();
    let payload = with_photo(json!({"subject_id": " budi ", "is_liveness": true}));
    let answer = app.enroll(&payload).await;
    assert_eq!(answer.expect_enrolled(), "budi", "{}", answer.body);
    let body = &answer.body;
    assert_eq!(
        answer.keys(),
        [
            "attributes",
            "bounding_box",
            "face_landmark",
            "image_quality",
            "liveness",
            "message",
            "nface",
            "rotation",
            "session_id",
            "status_code",
            "subject_id",
            "timestamp"
        ]
    );
    assert_eq!((body["status_code"].as_str(), body["nface"].as_u64()), (Some("SUCCESS"), Some(1)));
    assert_eq!(body["rotation"].as_u64(), Some(0));
    let at = body["timestamp"].as_f64().unwrap();
    assert!(before - 1.0 <= at && at <= now() + 1.0, "{at}");
    let face = &body["bounding_box"];
    assert_eq!(names(face), ["bottom_right_x", "bottom_right_y", "height", "top_left_x", "top_left_y", "width"]);
    let n = |name: &str| face[name].as_u64().expect("an integer");
    assert_eq!(
        (n("bottom_right_x") - n("top_left_x"), n("bottom_right_y") - n("top_left_y")),
        (n("width"), n("height"))
    );
    let landmarks = &body["face_landmark"];
    assert_eq!(
        names(landmarks),
        [
            "left_eye_x",
            "left_eye_y",
            "mouth_left_x",
            "mouth_left_y",
            "mouth_right_x",
            "mouth_right_y",
            "nose_x",
            "nose_y",
            "right_eye_x",
            "right_eye_y"
        ]
    );
    let l = |name: &str| landmarks[name].as_u64().expect("an integer");
    assert!(l("left_eye_x") < l("right_eye_x") && l("mouth_left_x") < l("mouth_right_x"), "left is the image's left");
    assert!(l("left_eye_y") < l("nose_y") && l("nose_y") < l("mouth_left_y"));
    let quality = &body["image_quality"];
    assert_eq!(names(quality), ["blur", "blur_score", "components", "dark", "dark_score", "grayscale"]);
    assert!(["blur", "dark", "grayscale"].iter().all(|name| quality[name] == false), "{quality}");
    assert!(["blur_score", "dark_score"].iter().all(|name| (0.0..=1.0).contains(&quality[name].as_f64().unwrap())));
    let attributes = json!({
        "sunglasses_on": false, "mask_on": false, "veil_on": false, "hat_on": false, "eyeglasses_on": false
    });
    assert_eq!(body["attributes"], attributes);
    assert_eq!(names(&body["liveness"]), ["concerns", "low_confidence", "probability", "status"]);
    assert_eq!(body["liveness"]["status"], true);
    let probability = body["liveness"]["probability"].as_f64().unwrap();
    assert!((50.0..=100.0).contains(&probability), "a percentage: {probability}");
}

#[tokio::test]
async fn only_what_was_asked_for_is_answered() {
    let app = server().live();
    let blocks = ["image_quality", "attributes", "liveness"];
    for bits in 0..8 {
        let flags = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let [quality, attribute, liveness] = flags;
        let more = json!({"is_quality": quality, "is_attribute": attribute, "is_liveness": liveness});
        let answer = app.enroll(&with_photo(more)).await;
        answer.expect_enrolled();
        assert_eq!(blocks.map(|block| answer.body.get(block).is_some()), flags, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_id_that_is_enrolled_is_updated() {
    let app = server().live();
    for photo in [photos::SMALL, photos::PERSON_B, photos::SMALL] {
        let answer = app.enroll_file(&photos::bytes(photo), json!({"subject_id": "siti"})).await;
        assert_eq!(answer.expect_enrolled(), "siti");
    }
    // A failed update leaves what was there.
    app.enroll_file(b"rubbish", json!({"subject_id": "siti"})).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    assert_eq!(app.delete_subject("siti").await.status, 200);
    app.expect_absent("siti").await;
}
