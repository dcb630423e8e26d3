//! `POST /v1/face/liveness` and `/v1/face/detect`: their rows and their answers.

use facegate_tests::blocks::{
    Asked, expect_face, expect_head, expect_names, expect_number, expect_photo, expect_rotation,
};
use facegate_tests::{images, photos, with_image};
use serde_json::{Value, json};

use crate::rows::{Row, ladder, run};
use crate::{MAX_IMAGE, landscape, merged, server, shared, small};

/// Every row of one of the two.
pub fn rows(endpoint: &'static str) -> Vec<Row> {
    let valid = with_image(&small(), json!({}));
    let [quality, attribute, liveness] = shared::mend_flags();
    let huge = images::base64(&images::grown_to(small(), MAX_IMAGE + 1));
    let mut steps = vec![
        ("INVALID_PAYLOAD", json!({"validate_nface": false})),
        ("MISSING_PAYLOAD_IMAGE", json!({"image": "?"})),
        ("INVALID_PAYLOAD_IMAGE_MISSING", json!({ "image": huge })),
        quality,
        attribute,
        liveness,
        ("INSUFFICIENT_QUOTA_LIVENESS", json!({})),
        ("INVALID_PAYLOAD_IMAGE_SIZE", json!({"image": images::base64(b"no photo")})),
        ("INVALID_PAYLOAD_IMAGE_FORMAT", json!({"image": images::base64(&landscape())})),
        ("FACE_NOT_DETECTED", json!({"image": images::base64(&small())})),
    ];
    if endpoint == "liveness" {
        steps.retain(|(code, _)| !code.contains("LIVENESS_VALIDATION"));
    }
    let order = ladder(endpoint, &merged(&shared::wrong_flags(), &json!({"validate_nface": 1, "image": null})), &steps);
    let rows = [order, shared::common(endpoint, &valid), shared::image(endpoint, &valid, "image")];
    rows.into_iter().flatten().collect()
}

#[tokio::test]
async fn every_code_of_liveness() {
    run(rows("liveness")).await;
}

#[tokio::test]
async fn every_code_of_detect() {
    run(rows("detect")).await;
}

#[tokio::test]
async fn liveness_is_told_whatever_the_flags_say() {
    let app = server().live();
    let photo = photos::bytes(photos::OBAMA);
    let head = ["message", "session_id", "status_code", "timestamp", "nface", "rotation"];
    for bits in 0..8 {
        let [quality, attributes, liveness] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let asked = Asked { quality, attributes, liveness: true };
        let flags = json!({"is_quality": quality, "is_attribute": attributes, "is_liveness": liveness});
        let answer = app.face_file("liveness", &photo, flags).await;
        answer.expect(200, "");
        expect_names(&answer.body, &[&head, &asked.names()]);
        expect_head(&answer.body);
        expect_photo(&answer.body, asked);
        let probability = answer.body["liveness"]["probability"].as_f64().unwrap();
        assert!(answer.body["liveness"]["status"] == true && probability > 50.0, "a percentage: {}", answer.body);
    }
}

#[tokio::test]
async fn detect_measures_every_face() {
    let app = server().live();
    let head = ["message", "session_id", "status_code", "timestamp", "nface", "rotation", "faces"];
    for bits in 0..8 {
        let [quality, attributes, liveness] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let asked = Asked { quality, attributes, liveness };
        let flags = json!({"is_quality": quality, "is_attribute": attributes, "is_liveness": liveness});
        for (photo, count) in [(photos::GROUP, 4), (photos::BIDEN, 1)] {
            let answer = app.face_file("detect", &photos::bytes(photo), flags.clone()).await;
            answer.expect(200, "");
            expect_names(&answer.body, &[&head]);
            expect_head(&answer.body);
            expect_rotation(&answer.body);
            let faces = answer.body["faces"].as_array().expect("faces");
            assert_eq!((faces.len(), answer.body["nface"].as_u64()), (count, Some(count as u64)));
            for face in faces {
                expect_names(face, &[&["confidence"], &asked.names()]);
                expect_number(face, "confidence", 1.0);
                expect_face(face, asked);
            }
            let boxes: Vec<&Value> = faces.iter().map(|face| &face["bounding_box"]).collect();
            assert!((1..boxes.len()).all(|at| !boxes[..at].contains(&boxes[at])), "each face once: {boxes:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_stored() {
    let app = server().live();
    for endpoint in ["detect", "liveness", "search"] {
        app.face_file(endpoint, &small(), json!({"subject_id": "a"})).await.expect(200, "");
    }
    let page = app.get("subjects").await;
    assert_eq!(page.body["subjects"], json!([]), "{}", page.body);
}
