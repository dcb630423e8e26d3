//! `POST /v1/face/verify`: its rows, its answer, its threshold.

use facegate_tests::blocks::{Asked, expect_head, expect_names, expect_number, expect_photo};
use facegate_tests::{images, photos, with_image};
use serde_json::{Value, json};

use crate::rows::{Row, ladder, run};
use crate::{MAX_IMAGE, enroll, landscape, merged, server, shared, small};

const ENDPOINT: &str = "verify";

fn valid() -> Value {
    with_image(&small(), json!({"subject_id": "known"}))
}

/// Every row of this endpoint.
pub fn rows() -> Vec<Row> {
    let subject = |what: &str, subject: Value, code: &str| {
        Row::post(ENDPOINT, what, &merged(&valid(), &json!({ "subject_id": subject })), code)
    };
    let own = vec![
        Row::post(ENDPOINT, "two empty strings", &json!({"image": "", "subject_id": ""}), "INVALID_PAYLOAD"),
        Row::post(ENDPOINT, "no subject", &with_image(&small(), json!({})), "MISSING_PAYLOAD_SUBJECT_ID"),
        subject("subject null", Value::Null, "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        subject("subject empty", json!(""), "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        subject("subject blank", json!(" \t"), "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        subject("subject is a number", json!(7), "INVALID_PAYLOAD"),
        subject("subject unknown", json!("nobody"), "INVALID_PAYLOAD_SUBJECT_ID"),
        subject("subject of two lines", json!("a\nb"), "INVALID_PAYLOAD_SUBJECT_ID"),
        subject("subject too long", json!("x".repeat(256)), "INVALID_PAYLOAD_SUBJECT_ID"),
        subject("subject with white space around", json!(" known "), ""),
    ];
    let [quality, attribute, liveness] = shared::mend_flags();
    let huge = images::base64(&images::grown_to(small(), MAX_IMAGE + 1));
    let more = json!({"return_thresholds": 1, "image": null, "subject_id": null, "threshold": 101});
    let order = ladder(
        ENDPOINT,
        &merged(&shared::wrong_flags(), &more),
        &[
            ("INVALID_PAYLOAD", json!({"return_thresholds": true})),
            ("MISSING_PAYLOAD_IMAGE", json!({"image": "?"})),
            ("INVALID_PAYLOAD_IMAGE_MISSING", json!({ "image": huge })),
            ("INVALID_PAYLOAD_SUBJECT_ID_MISSING", json!({"subject_id": "a\nb"})),
            ("INVALID_PAYLOAD_SUBJECT_ID", json!({"subject_id": "nobody"})),
            quality,
            attribute,
            liveness,
            ("INVALID_PAYLOAD_THRESHOLD", json!({"threshold": 82})),
            ("INVALID_PAYLOAD_SUBJECT_ID", json!({"subject_id": "known"})),
            ("INSUFFICIENT_QUOTA_LIVENESS", json!({})),
            ("INVALID_PAYLOAD_IMAGE_SIZE", json!({"image": images::base64(b"no photo")})),
            ("INVALID_PAYLOAD_IMAGE_FORMAT", json!({"image": images::base64(&landscape())})),
            ("FACE_NOT_DETECTED", json!({"image": images::base64(&small())})),
        ],
    );
    let rows = [own, order, shared::common(ENDPOINT, &valid()), shared::image(ENDPOINT, &valid(), "image")];
    rows.into_iter().flatten().chain(shared::matching(ENDPOINT, &valid())).collect()
}

#[tokio::test]
async fn every_code_of_verify() {
    run(rows()).await;
}

#[tokio::test]
async fn an_unknown_subject_is_told_in_the_contracts_words_and_other_apps_subjects_are_unknown() {
    let (app, other) = (server().live(), server().live());
    enroll(&other, "theirs", photos::SMALL).await;
    for subject in ["nobody", "theirs"] {
        let answer = app.face_file(ENDPOINT, &small(), json!({ "subject_id": subject })).await;
        answer.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
        assert_eq!(answer.message(), "Subject id is not found");
    }
}

#[tokio::test]
async fn the_answer_has_exactly_the_contracts_shape() {
    let app = server().live();
    enroll(&app, "obama", photos::OBAMA).await;
    let head = ["message", "session_id", "status_code", "timestamp", "nface", "rotation"];
    for bits in 0..8 {
        let [quality, attributes, liveness] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let asked = Asked { quality, attributes, liveness };
        let flags = json!({"is_quality": quality, "is_attribute": attributes, "is_liveness": liveness});
        for (photo, matches) in [(photos::OBAMA_MORE[0], true), (photos::BIDEN, false)] {
            let payload = merged(&flags, &json!({"subject_id": "obama"}));
            let answer = app.face_file(ENDPOINT, &photos::bytes(photo), payload).await;
            answer.expect(200, if matches { "" } else { "FAIL_ON_16" });
            let failed: &[&str] = if matches { &[] } else { &["error_code"] };
            expect_names(&answer.body, &[&head, &["similarity", "similarity_status"], failed, &asked.names()]);
            expect_head(&answer.body);
            expect_photo(&answer.body, asked);
            expect_number(&answer.body, "similarity", 100.0);
            assert_eq!(answer.body["similarity_status"], matches);
        }
    }
    let by_default = app.face_file(ENDPOINT, &photos::bytes(photos::OBAMA), json!({"subject_id": "obama"})).await;
    expect_photo(&by_default.body, Asked::ALL);
}

#[tokio::test]
async fn the_threshold_decides_and_its_default_is_82() {
    let app = server().live();
    enroll(&app, "obama", photos::OBAMA).await;
    let verify = async |photo: &str, more: Value| {
        let payload = merged(&crate::bare(), &merged(&json!({"subject_id": "obama"}), &more));
        app.face_file(ENDPOINT, &photos::bytes(photo), payload).await
    };
    let other = verify(photos::BIDEN, json!({})).await;
    let (low, same) = (other.body["similarity"].as_f64().unwrap(), verify(photos::OBAMA_MORE[1], json!({})).await);
    let high = same.body["similarity"].as_f64().unwrap();
    assert!(low + 1.0 < 82.0 && 82.0 < high - 1.0, "{low} {high}");
    for (photo, threshold, matches) in [
        (photos::BIDEN, json!(0), true),
        (photos::BIDEN, json!(low - 1.0), true),
        (photos::BIDEN, json!(low + 1.0), false),
        (photos::BIDEN, json!(null), false),
        (photos::OBAMA_MORE[1], json!(82), true),
        (photos::OBAMA_MORE[1], json!(high - 1.0), true),
        (photos::OBAMA_MORE[1], json!(high + 1.0), false),
        (photos::OBAMA_MORE[1], json!(100), false),
    ] {
        let answer = verify(photo, json!({ "threshold": threshold })).await;
        assert_eq!(answer.body["similarity_status"], matches, "{photo} at {threshold}: {}", answer.body);
        answer.expect(200, if matches { "" } else { "FAIL_ON_16" });
    }
}
