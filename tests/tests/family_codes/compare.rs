//! `POST /v1/face/compare`: its rows and its answer.

use facegate_tests::blocks::{Asked, expect_head, expect_names, expect_number, expect_photo};
use facegate_tests::{images, photos};
use serde_json::{Value, json};

use crate::rows::{Row, ladder, run};
use crate::{MAX_IMAGE, files, landscape, merged, server, shared, small};

const ENDPOINT: &str = "compare";

fn both(first: &[u8], second: &[u8]) -> Value {
    json!({"image_1": images::base64(first), "image_2": images::base64(second)})
}

/// Every row of this endpoint.
pub fn rows() -> Vec<Row> {
    let valid = both(&small(), &small());
    let images_of = |what: &str, first: Value, second: Value, code: &str| {
        Row::post(ENDPOINT, what, &json!({"image_1": first, "image_2": second, "is_quality": true}), code)
    };
    let (rubbish, empty) = (json!(images::base64(b"no photo")), json!(""));
    let (no_face, photo) = (json!(images::base64(&landscape())), json!(images::base64(&small())));
    let huge = json!(images::base64(&images::grown_to(small(), MAX_IMAGE + 1)));
    let never = json!(format!("{}/never.jpg", files()));
    let own = vec![
        Row::post(ENDPOINT, "another endpoint's field", &json!({ "image": photo }), "INVALID_PAYLOAD"),
        images_of("two empty strings", empty.clone(), empty.clone(), "INVALID_PAYLOAD"),
        images_of("neither", Value::Null, Value::Null, "MISSING_PAYLOAD_IMAGE_1"),
        images_of("absence before emptiness", empty.clone(), Value::Null, "MISSING_PAYLOAD_IMAGE_2"),
        images_of("the first one's fault first", json!("?"), empty, "INVALID_PAYLOAD_IMAGE_1_MISSING"),
        images_of("first rubbish, second huge", rubbish.clone(), huge.clone(), "INVALID_PAYLOAD_IMAGE_1_FORMAT"),
        images_of("first huge, second never", huge, never.clone(), "INVALID_PAYLOAD_IMAGE_1_SIZE"),
        images_of("first never, second rubbish", never.clone(), rubbish, "INVALID_PAYLOAD_IMAGE_1_TIMEOUT"),
        images_of("first without face, second never", no_face.clone(), never.clone(), "FACE_NOT_DETECTED"),
        images_of("second never", photo, never, "INVALID_PAYLOAD_IMAGE_2_TIMEOUT"),
    ];
    let [quality, attribute, liveness] = shared::mend_flags();
    let more = json!({"return_thresholds": 1, "image_1": null, "image_2": null, "threshold": -1});
    let order = ladder(
        ENDPOINT,
        &merged(&shared::wrong_flags(), &more),
        &[
            ("INVALID_PAYLOAD", json!({"return_thresholds": true})),
            ("MISSING_PAYLOAD_IMAGE_1", json!({"image_1": "?"})),
            ("MISSING_PAYLOAD_IMAGE_2", json!({"image_2": "?"})),
            ("INVALID_PAYLOAD_IMAGE_1_MISSING", json!({"image_1": images::base64(b"no photo")})),
            ("INVALID_PAYLOAD_IMAGE_2_MISSING", json!({"image_2": images::base64(b"no photo")})),
            quality,
            attribute,
            liveness,
            ("INVALID_PAYLOAD_THRESHOLD", json!({"threshold": 82})),
            ("INSUFFICIENT_QUOTA_LIVENESS", json!({})),
            ("INVALID_PAYLOAD_IMAGE_1_FORMAT", json!({"image_1": images::base64(&small())})),
            ("INVALID_PAYLOAD_IMAGE_2_FORMAT", json!({"image_2": images::base64(&landscape())})),
            ("FACE_NOT_DETECTED", json!({"image_2": images::base64(&small())})),
        ],
    );
    let images = ["image_1", "image_2"].into_iter().flat_map(|field| shared::image(ENDPOINT, &valid, field));
    let rows = own.into_iter().chain(order).chain(images).chain(shared::common(ENDPOINT, &valid));
    rows.chain(shared::matching(ENDPOINT, &valid)).collect()
}

#[tokio::test]
async fn every_code_of_compare() {
    run(rows()).await;
}

#[tokio::test]
async fn the_answer_has_exactly_the_contracts_shape() {
    let app = server().live();
    let [obama, again, biden] = [photos::OBAMA, photos::OBAMA_MORE[0], photos::BIDEN].map(photos::bytes);
    let head =
        ["message", "session_id", "status_code", "timestamp", "similarity", "similarity_status", "image_1", "image_2"];
    for bits in 0..8 {
        let [quality, attributes, liveness] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let asked = Asked { quality, attributes, liveness };
        let flags = json!({"is_quality": quality, "is_attribute": attributes, "is_liveness": liveness});
        for (other, matches) in [(&again, true), (&biden, false)] {
            let answer = app.face(ENDPOINT, &merged(&both(&obama, other), &flags)).await;
            answer.expect(200, if matches { "" } else { "FAIL_ON_16" });
            let failed: &[&str] = if matches { &[] } else { &["error_code"] };
            expect_names(&answer.body, &[&head, failed]);
            expect_head(&answer.body);
            expect_number(&answer.body, "similarity", 100.0);
            assert_eq!(answer.body["similarity_status"], matches);
            for image in ["image_1", "image_2"] {
                expect_names(&answer.body[image], &[&["nface", "rotation"], &asked.names()]);
                expect_photo(&answer.body[image], asked);
            }
        }
    }
}

#[tokio::test]
async fn each_image_has_its_own_blocks_and_the_order_does_not_matter() {
    let app = server().live();
    let (group, one) = (photos::bytes(photos::GROUP), photos::bytes(photos::OBAMA));
    let there = app.face(ENDPOINT, &both(&group, &one)).await;
    let back = app.face(ENDPOINT, &both(&one, &group)).await;
    assert_eq!((&there.body["image_1"]["nface"], &there.body["image_2"]["nface"]), (&json!(4), &json!(1)));
    for (a, b) in [("image_1", "image_2"), ("image_2", "image_1")] {
        assert_eq!(there.body[a], back.body[b]);
    }
    assert_eq!(there.body["similarity"], back.body["similarity"]);
    let same = app.face(ENDPOINT, &both(&one, &one)).await;
    assert!(same.body["similarity"].as_f64().unwrap() > 99.9, "a photo is like itself: {}", same.body);
}
