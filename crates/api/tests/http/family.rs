//! Verify, compare, search, liveness, detect and subjects over sandbox apps: every path but the models.

use facegate_domain::AppMode;
use serde_json::{Value, json};

use crate::support::World;

fn ids(answer: &Value) -> Vec<&str> {
    answer["matches"].as_array().unwrap().iter().map(|found| found["subject_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn verify_matches_when_the_letters_agree() {
    let world = World::new();
    let app = world.sandbox().await;
    world.post(&app, "enroll", json!({"image": "LIVE_PERSON_C_1", "subject_id": "citra"})).await;
    for (subject, image, code, matches) in [
        ("citra", "LIVE_PERSON_C_2", "", true),
        ("citra", "LIVE_PERSON_A_1", "FAIL_ON_16", false),
        ("SUB_EXIST", "LIVE_PERSON_A_1", "", true),
        ("SUB_EXIST", "LIVE_PERSON_B_1", "FAIL_ON_16", false),
        ("SUB_EXIST_B", "LIVE_PERSON_B_1", "", true),
    ] {
        let answer = world.post(&app, "verify", json!({"image": image, "subject_id": subject})).await;
        assert_eq!(answer.code(), (200, code), "{subject} {image}");
        assert_eq!(answer.json["similarity_status"], matches);
        assert_eq!(answer.json["message"] == "Request Success", matches);
        assert!(answer.json["liveness"]["probability"].is_number(), "liveness is on by default");
        assert_eq!(answer.json.get("subject_id"), None);
    }
    for subject in ["SUB_NOT_EXIST", "nobody"] {
        let answer = world.post(&app, "verify", json!({"image": "LIVE_PERSON_A_1", "subject_id": subject})).await;
        assert_eq!(answer.code(), (400, "INVALID_PAYLOAD_SUBJECT_ID"));
    }
}

#[tokio::test]
async fn a_failed_gate_is_told_before_a_failed_match() {
    let world = World::new();
    let app = world.sandbox().await;
    let body = json!({"image": "SPOOF_PERSON_B_1", "subject_id": "SUB_EXIST", "validate_liveness": true});
    let answer = world.post(&app, "verify", body).await;
    assert_eq!(answer.code(), (200, "FAIL_ON_1"));
    assert_eq!(answer.json["similarity_status"], false);
}

#[tokio::test]
async fn the_threshold_decides_and_thresholds_are_told_on_request() {
    let world = World::new();
    let app = world.sandbox().await;
    let verify = |threshold: f64| {
        let body = json!({"image": "LIVE_PERSON_B_1", "subject_id": "SUB_EXIST", "threshold": threshold,
                          "return_thresholds": true});
        world.post(&app, "verify", body)
    };
    assert_eq!(verify(26.0).await.code(), (200, "FAIL_ON_16"));
    let low = verify(10.0).await;
    assert_eq!(low.code(), (200, ""));
    assert_eq!(low.json["similarity"], 25.0);
    assert_eq!(low.json["thresholds"]["fmr_1e-4"], 82.0);
    assert_eq!(low.json["thresholds"].as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn compare_has_the_blocks_of_both_images() {
    let world = World::new();
    let app = world.sandbox().await;
    let compare =
        |a: &str, b: &str| world.post(&app, "compare", json!({"image_1": a, "image_2": b, "validate_quality": true}));
    let same = compare("LIVE_PERSON_D_1", "SPOOF_PERSON_D_3").await;
    assert_eq!((same.code(), &same.json["similarity_status"]), ((200, ""), &json!(true)));
    assert_eq!((&same.json["image_1"]["nface"], &same.json["image_2"]["nface"]), (&json!(1), &json!(3)));
    assert_eq!(same.json["image_2"]["liveness"]["status"], false);
    assert_eq!(compare("LIVE_PERSON_D_1", "LIVE_PERSON_E_1").await.code(), (200, "FAIL_ON_16"));
    assert_eq!(compare("LIVE_PERSON_D_1", "LIVE_PERSON_BLUR_E_1").await.code(), (200, "FAIL_ON_4"));
    assert_eq!(compare("LIVE_PERSON_D_1", "IMAGE_EXCEED_LIMIT").await.code(), (400, "INVALID_PAYLOAD_IMAGE_2_SIZE"));
    assert_eq!(compare("IMAGE_EXCEED_LIMIT", "NO_FACE_PHOTO").await.code(), (400, "INVALID_PAYLOAD_IMAGE_1_SIZE"));
    assert_eq!(compare("LIVE_PERSON_D_1", "NO_FACE_PHOTO").await.code(), (400, "FACE_NOT_DETECTED"));
    assert_eq!(compare("LIVE_PERSON_D_1", "what").await.code(), (400, "INVALID_SANDBOX_IMAGE"));
}

#[tokio::test]
async fn search_finds_who_is_enrolled_and_nobody_who_was_changed() {
    let world = World::new();
    let (app, other) = (world.sandbox().await, world.sandbox().await);
    for (id, image) in [("b2", "LIVE_PERSON_B_1"), ("b1", "LIVE_PERSON_B_1"), ("c", "LIVE_PERSON_C_1")] {
        world.post(&app, "enroll", json!({"image": image, "subject_id": id})).await;
    }
    world.post(&other, "enroll", json!({"image": "LIVE_PERSON_B_1", "subject_id": "theirs"})).await;
    let search = async || world.post(&app, "search", json!({"image": "LIVE_PERSON_B_2", "limit": 10})).await;
    let found = search().await;
    assert_eq!((found.code(), ids(&found.json)), ((200, ""), vec!["b1", "b2"]));
    assert_eq!(found.json["matches"][0]["similarity_status"], true);
    world.post(&app, "enroll", json!({"image": "LIVE_PERSON_D_1", "subject_id": "b1"})).await;
    assert_eq!(ids(&search().await.json), ["b2"]);
    world.post(&app, "enroll", json!({"image": "LIVE_PERSON_A_1", "subject_id": "b2"})).await;
    let nobody = search().await;
    assert_eq!((nobody.code(), ids(&nobody.json)), ((200, ""), vec![]));
    let refused = json!({"image": "LIVE_PERSON_C_2", "validate_nface": true});
    let refused = world.post(&app, "search", refused).await;
    assert_eq!((refused.code(), ids(&refused.json)), ((200, "FAIL_ON_8"), vec![]));
}

#[tokio::test]
async fn liveness_is_always_told_and_takes_its_unit() {
    let world = World::new();
    let app = world.app(AppMode::Sandbox, Some(5), Some(2)).await;
    let body = json!({"image": "SPOOF_PERSON_A_1", "is_liveness": false, "is_quality": false});
    let answer = world.post(&app, "liveness", body).await;
    assert_eq!((answer.code(), &answer.json["liveness"]["status"]), ((200, ""), &json!(false)));
    assert_eq!(answer.json.get("image_quality"), None);
    let gated = world
        .post(
            &app,
            "liveness",
            json!({"image": "SPOOF_PERSON_M_A_2", "validate_attribute": true, "validate_nface": true}),
        )
        .await;
    assert_eq!(gated.code(), (200, "FAIL_ON_10"));
    let refused = world.post(&app, "liveness", json!({"image": "LIVE_PERSON_A_1"})).await;
    assert_eq!(refused.code(), (403, "INSUFFICIENT_QUOTA_LIVENESS"));
    let without = world.post(&app, "detect", json!({"image": "LIVE_PERSON_A_1", "is_liveness": false})).await;
    assert_eq!(without.code(), (200, ""));
    assert_eq!(world.used(&app).await, (0, 2));
}

#[tokio::test]
async fn detect_measures_every_face() {
    let world = World::new();
    let app = world.sandbox().await;
    let answer = world.post(&app, "detect", json!({"image": "LIVE_PERSON_DARK_S_A_4"})).await;
    assert_eq!((answer.code(), &answer.json["nface"]), ((200, ""), &json!(4)));
    for face in answer.json["faces"].as_array().unwrap() {
        assert_eq!(
            (&face["attributes"]["sunglasses_on"], &face["image_quality"]["dark"]),
            (&json!(true), &json!(true))
        );
        assert!(face["confidence"].is_number() && face["liveness"]["status"] == true);
    }
}

#[tokio::test]
async fn pages_stay_right_while_subjects_come_and_go() {
    let world = World::new();
    let app = world.sandbox().await;
    let enroll =
        async |id: String| world.post(&app, "enroll", json!({"image": "LIVE_PERSON_A_1", "subject_id": id})).await;
    for n in 0..25 {
        enroll(format!("s{n:02}")).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&app, &format!("subjects?limit=10&cursor={cursor}")).await;
        assert_eq!(page.code(), (200, ""));
        seen.extend(
            page.json["subjects"].as_array().unwrap().iter().map(|s| s["subject_id"].as_str().unwrap().to_owned()),
        );
        if seen.len() == 10 {
            // The page's last one goes, one comes before it and one after it.
            world.remove(&app, "s09").await;
            enroll("s00a".into()).await;
            enroll("s11a".into()).await;
        }
        let Some(next) = page.json["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    let mut expected: Vec<String> = (0..25).map(|n| format!("s{n:02}")).collect();
    expected.insert(12, "s11a".into());
    assert_eq!(seen, expected);
    assert_eq!(world.get(&app, "subjects?limit=0").await.code(), (400, "INVALID_PAYLOAD_LIMIT"));
    assert_eq!(world.get(&app, "subjects?cursor=%21").await.code(), (400, "INVALID_CURSOR"));
}

#[tokio::test]
async fn one_subject_is_shown_to_its_own_app_only() {
    let world = World::new();
    let (app, other) = (world.sandbox().await, world.sandbox().await);
    world.post(&app, "enroll", json!({"image": "LIVE_PERSON_A_3", "subject_id": "x/y é"})).await;
    let shown = world.get(&app, "subjects/x%2Fy%20%C3%A9").await;
    assert_eq!(
        (shown.code(), &shown.json["subject_id"], &shown.json["nface"]),
        ((200, ""), &json!("x/y é"), &json!(3))
    );
    assert!(shown.json["created_at"].is_number() && shown.json.get("image").is_none());
    let absent = world.get(&app, "subjects/nobody").await;
    let foreign = world.get(&other, "subjects/x%2Fy%20%C3%A9").await;
    assert_eq!((absent.code(), foreign.code()), ((404, "SUBJECT_NOT_FOUND"), (404, "SUBJECT_NOT_FOUND")));
    assert_eq!(world.get(&app, "subjects/%00").await.code(), (404, "SUBJECT_NOT_FOUND"));
    assert_eq!(world.get(&app, "subjects/%FF").await.code(), (404, "SUBJECT_NOT_FOUND"));
}
