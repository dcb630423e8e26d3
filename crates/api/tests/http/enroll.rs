//! Enrolling and deleting, with sandbox scenarios.

use facegate_domain::AppMode;
use serde_json::{Value, json};

use crate::support::World;

const EVERYTHING: &str = r#""is_liveness":true,"validate_liveness":true,"validate_quality":true,"validate_attribute":true,"validate_nface":true"#;

#[tokio::test]
async fn success_has_the_contracts_shape() {
    let world = World::new();
    let client = world.sandbox().await;
    let answer = world.enroll(&client, r#"{"image":"LIVE_PERSON_A_1","subject_id":" budi ","is_liveness":true}"#).await;
    assert_eq!(answer.status, 200);
    let body = &answer.json;
    assert_eq!((&body["message"], &body["status_code"]), (&json!("Request Success"), &json!("SUCCESS")));
    assert_eq!(body["subject_id"], "budi");
    assert_eq!(body["session_id"], answer.headers["x-request-id"].to_str().unwrap());
    assert!(body["timestamp"].as_f64().unwrap() > 1.7e9);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(body),
        "attributes bounding_box face_landmark image_quality liveness message nface rotation session_id status_code subject_id timestamp"
    );
    assert_eq!(keys(&body["bounding_box"]), "bottom_right_x bottom_right_y height top_left_x top_left_y width");
    assert_eq!(body["face_landmark"].as_object().unwrap().len(), 10);
    assert_eq!(keys(&body["image_quality"]), "blur blur_score components dark dark_score grayscale");
    assert_eq!(keys(&body["attributes"]), "eyeglasses_on hat_on mask_on sunglasses_on veil_on");
    assert_eq!(body["liveness"], json!({"status": true, "probability": 90.0, "low_confidence": false, "concerns": []}));
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/json"));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn blocks_that_were_not_asked_for_are_absent_and_an_id_is_made() {
    let world = World::new();
    let client = world.sandbox().await;
    let answer = world.enroll(&client, r#"{"image":"LIVE_PERSON_A_2","is_quality":false,"is_attribute":false}"#).await;
    for block in ["image_quality", "attributes", "liveness", "error_code"] {
        assert!(answer.json.get(block).is_none(), "{block}");
    }
    assert_eq!(answer.json["nface"], 2);
    assert_eq!(answer.json["subject_id"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn all_fifteen_combinations_of_gates() {
    let world = World::new();
    let client = world.sandbox().await;
    for n in 1..16 {
        let head = if n & 1 != 0 { "SPOOF" } else { "LIVE" };
        let quality = if n & 4 != 0 { "_DARK" } else { "" };
        let worn = if n & 2 != 0 { "_S" } else { "" };
        let count = if n & 8 != 0 { 3 } else { 1 };
        let image = format!("{head}_PERSON{quality}{worn}_A_{count}");
        let answer = world.enroll(&client, format!(r#"{{"image":"{image}",{EVERYTHING}}}"#)).await;
        let code = format!("FAIL_ON_{n}");
        assert_eq!((answer.status.as_u16(), &answer.json["error_code"]), (200, &json!(code)), "{image}");
        assert_eq!(answer.json["status_code"], code);
        assert!(answer.json["message"].as_str().unwrap().starts_with("fail on "));
        for block in ["image_quality", "attributes", "liveness", "bounding_box", "timestamp", "session_id"] {
            assert!(answer.json.get(block).is_some(), "{block}");
        }
        assert!(answer.json.get("subject_id").is_none());
    }
}

#[tokio::test]
async fn sandbox_images_that_are_no_photo_of_a_face() {
    let world = World::new();
    let client = world.sandbox().await;
    for (image, code) in [
        ("NO_FACE_PHOTO", "FACE_NOT_DETECTED"),
        ("IMAGE_EXCEED_LIMIT", "INVALID_PAYLOAD_IMAGE_SIZE"),
        ("https://example.com/a.jpg", "INVALID_SANDBOX_IMAGE"),
        ("LIVE_PERSON_K_1", "INVALID_SANDBOX_IMAGE"),
        ("", "INVALID_PAYLOAD_IMAGE_MISSING"),
    ] {
        let answer = world.enroll(&client, json!({"image": image}).to_string()).await;
        assert_eq!(answer.code(), (400, code), "{image}");
    }
}

#[tokio::test]
async fn quotas_count_answers_only_and_are_checked_before_the_image() {
    let world = World::new();
    let client = world.app(AppMode::Sandbox, Some(2), Some(1)).await;
    for (body, status, code) in [
        (r#"{"image":"NO_FACE_PHOTO","is_liveness":true}"#, 400, "FACE_NOT_DETECTED"),
        (r#"{"image":"x","is_liveness":true}"#, 400, "INVALID_SANDBOX_IMAGE"),
        (r#"{"image":"SPOOF_PERSON_A_1","is_liveness":true,"validate_liveness":true}"#, 200, "FAIL_ON_1"),
        (r#"{"image":"LIVE_PERSON_A_1","is_liveness":true}"#, 403, "INSUFFICIENT_QUOTA_LIVENESS"),
        (r#"{"image":"LIVE_PERSON_A_1"}"#, 200, ""),
        (r#"{"image":"IMAGE_EXCEED_LIMIT"}"#, 403, "INSUFFICIENT_QUOTA_ENROLL"),
        (r#"{"image":"x","is_liveness":true}"#, 403, "INSUFFICIENT_QUOTA_ENROLL"),
        (r#"{"image":""}"#, 400, "INVALID_PAYLOAD_IMAGE_MISSING"),
    ] {
        assert_eq!(world.enroll(&client, body).await.code(), (status, code), "{body}");
    }
    assert_eq!(world.used(&client).await, (2, 1));
}

#[tokio::test]
async fn of_a_hundred_that_race_for_ten_units_ten_win() {
    let world = std::sync::Arc::new(World::new());
    let client = std::sync::Arc::new(world.app(AppMode::Sandbox, Some(10), None).await);
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (world, client) = (world.clone(), client.clone());
        racers.spawn(async move { world.enroll(&client, r#"{"image":"LIVE_PERSON_A_1"}"#).await.code().0 });
    }
    let statuses = racers.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 90);
    assert_eq!(world.used(&client).await, (10, 0));
}

#[tokio::test]
async fn a_failing_engine_says_nothing_and_costs_nothing() {
    let world = World::new();
    let client = world.app(AppMode::Testing, Some(1), None).await;
    let mut answer = world.enroll(&client, r#"{"image":"AAAA"}"#).await;
    assert_eq!(answer.status, 500);
    answer.json.as_object_mut().unwrap().remove("session_id").unwrap();
    assert_eq!(answer.json, json!({"message": "Internal server error", "error_code": "INTERNAL_SERVER_ERROR"}));
    assert_eq!(world.used(&client).await, (0, 0));
    let refused = world.enroll(&client, r#"{"image":"http://example.com/a.jpg"}"#).await;
    assert_eq!(refused.code(), (400, "INVALID_PAYLOAD_IMAGE_FORMAT"));
}

#[tokio::test]
async fn delete_takes_body_or_query() {
    let world = World::new();
    let (sandbox, live) = (world.sandbox().await, world.app(AppMode::Live, None, None).await);
    let answer = world.delete(&sandbox, "?subject_id=SUB_EXIST", "{}").await;
    assert_eq!(answer.json["message"], "Subject id SUB_EXIST successfully deleted");
    assert!(answer.json["timestamp"].as_f64().is_some_and(|at| at > 1.7e9));
    let answer = world.delete(&live, "", r#"{"subject_id":"nobody"}"#).await;
    assert_eq!(
        (answer.code(), &answer.json["message"]),
        ((400, "INVALID_PAYLOAD_SUBJECT_ID"), &json!("Subject id is not found"))
    );
    for (query, body, code) in [
        ("", r#"{"subject_id":"SUB_NOT_EXIST"}"#, "INVALID_PAYLOAD_SUBJECT_ID"),
        ("?subject_id=else", "", "INVALID_SANDBOX_SUBJECT_ID"),
        ("", "", "MISSING_PAYLOAD_SUBJECT_ID"),
        ("", "{}", "MISSING_PAYLOAD_SUBJECT_ID"),
        ("", r#"{"subject_id":null}"#, "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("?subject_id=", "", "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("", r#"{"subject_id":1}"#, "INVALID_PAYLOAD"),
    ] {
        assert_eq!(world.delete(&sandbox, query, body).await.code(), (400, code), "{query} {body}");
    }
}
