//! `POST /v1/face/search`: its rows and its answer.

use facegate_tests::blocks::{Asked, expect_head, expect_names, expect_number, expect_photo};
use facegate_tests::{images, photos, with_image};
use serde_json::{Value, json};

use crate::rows::{Row, ladder, run};
use crate::{MAX_IMAGE, bare, enroll, landscape, merged, server, shared, small};

const ENDPOINT: &str = "search";

/// Every row of this endpoint.
pub fn rows() -> Vec<Row> {
    let valid = with_image(&small(), json!({}));
    let row = |what: &str, more: Value, code: &str| Row::post(ENDPOINT, what, &merged(&valid, &more), code);
    let mut rows = vec![
        row("return_image is a text", json!({"return_image": "true"}), "INVALID_PAYLOAD"),
        row("limit is a text", json!({"limit": "3"}), "INVALID_PAYLOAD"),
        row("limit is true", json!({"limit": true}), "INVALID_PAYLOAD"),
        row("limit null", json!({"limit": null, "return_image": null}), ""),
        row("limit 1", json!({"limit": 1}), ""),
        row("limit 10", json!({"limit": 10}), ""),
    ];
    for limit in [json!(0), json!(11), json!(-1), json!(1.5), json!(1e300)] {
        rows.push(row(&format!("limit {limit}"), json!({ "limit": limit }), "INVALID_PAYLOAD_LIMIT"));
    }
    let [quality, attribute, liveness] = shared::mend_flags();
    let huge = images::base64(&images::grown_to(small(), MAX_IMAGE + 1));
    let more = json!({"return_image": 1, "image": null, "limit": 0, "threshold": 101});
    rows.extend(ladder(
        ENDPOINT,
        &merged(&shared::wrong_flags(), &more),
        &[
            ("INVALID_PAYLOAD", json!({"return_image": true})),
            ("MISSING_PAYLOAD_IMAGE", json!({"image": "?"})),
            ("INVALID_PAYLOAD_IMAGE_MISSING", json!({ "image": huge })),
            quality,
            attribute,
            liveness,
            ("INVALID_PAYLOAD_LIMIT", json!({"limit": 10})),
            ("INVALID_PAYLOAD_THRESHOLD", json!({"threshold": 82})),
            ("INSUFFICIENT_QUOTA_LIVENESS", json!({})),
            ("INVALID_PAYLOAD_IMAGE_SIZE", json!({"image": images::base64(b"no photo")})),
            ("INVALID_PAYLOAD_IMAGE_FORMAT", json!({"image": images::base64(&landscape())})),
            ("FACE_NOT_DETECTED", json!({"image": images::base64(&small())})),
        ],
    ));
    let shared = [shared::common(ENDPOINT, &valid), shared::image(ENDPOINT, &valid, "image")];
    rows.extend(shared.into_iter().flatten().chain(shared::matching(ENDPOINT, &valid)));
    rows
}

#[tokio::test]
async fn every_code_of_search() {
    run(rows()).await;
}

#[tokio::test]
async fn the_answer_has_exactly_the_contracts_shape() {
    let app = server().live();
    for (subject, photo) in [("a", photos::OBAMA), ("b", photos::OBAMA_MORE[0]), ("c", photos::BIDEN)] {
        enroll(&app, subject, photo).await;
    }
    let head = ["matches", "message", "nface", "recommended_threshold", "rotation", "session_id", "status_code"];
    for bits in 0..8 {
        let [quality, attributes, liveness] = [0, 1, 2].map(|bit| bits >> bit & 1 == 1);
        let asked = Asked { quality, attributes, liveness };
        let flags = json!({"is_quality": quality, "is_attribute": attributes, "is_liveness": liveness, "limit": 10});
        for (photo, found) in [(photos::OBAMA_MORE[1], 2), (photos::PERSON_A, 0)] {
            let answer = app.face_file(ENDPOINT, &photos::bytes(photo), flags.clone()).await;
            answer.expect(200, "");
            expect_names(&answer.body, &[&head, &["timestamp"], &asked.names()]);
            expect_head(&answer.body);
            expect_photo(&answer.body, asked);
            expect_number(&answer.body, "recommended_threshold", 100.0);
            let matches = answer.body["matches"].as_array().expect("matches");
            assert_eq!(matches.len(), found, "nobody is an empty list and no error: {}", answer.body);
            for one in matches {
                expect_names(one, &[&["similarity", "similarity_status", "subject_id"]]);
                expect_number(one, "similarity", 100.0);
                assert_eq!(one["similarity_status"], true);
            }
        }
    }
}

#[tokio::test]
async fn the_best_come_first_and_limit_and_threshold_cut() {
    let app = server().live();
    let people = [photos::OBAMA, photos::OBAMA_MORE[0], photos::OBAMA_MORE[2], photos::BIDEN, photos::PERSON_A];
    for (number, photo) in people.into_iter().enumerate() {
        enroll(&app, &format!("s{number}"), photo).await;
    }
    let probe = photos::bytes(photos::OBAMA_MORE[1]);
    let search = async |more: Value| {
        let answer = app.face_file(ENDPOINT, &probe, merged(&bare(), &more)).await;
        answer.expect(200, "");
        answer.body["matches"].as_array().unwrap().clone()
    };
    let all = search(json!({"limit": 10, "threshold": 0})).await;
    assert_eq!(all.len(), people.len(), "a threshold of 0 lists everybody");
    let score = |one: &Value| one["similarity"].as_f64().unwrap();
    assert!(all.windows(2).all(|two| score(&two[0]) >= score(&two[1])), "{all:?}");
    assert!(all[..3].iter().all(|one| one["similarity_status"] == true && score(one) >= 82.0), "{all:?}");
    assert!(all[3..].iter().all(|one| one["similarity_status"] == false && score(one) < 82.0), "{all:?}");
    for limit in 1..=6 {
        assert_eq!(search(json!({"limit": limit, "threshold": 0})).await, all[..limit.min(all.len())]);
    }
    assert_eq!(search(json!({})).await, all[..1], "one by default");
    assert_eq!(search(json!({"limit": 10})).await, all[..3], "82 by default");
    let between = (score(&all[0]) + score(&all[1])) / 2.0;
    assert_eq!(search(json!({"limit": 10, "threshold": between})).await, all[..1]);
    assert!(search(json!({"threshold": 100})).await.is_empty());
}

#[tokio::test]
async fn a_larger_gallery_asks_for_more() {
    let app = server().live();
    enroll(&app, "obama", photos::OBAMA).await;
    let search = async || {
        let more = merged(&bare(), &json!({"return_thresholds": true}));
        app.face_file(ENDPOINT, &photos::bytes(photos::OBAMA_MORE[1]), more).await.body
    };
    let alone = search().await;
    assert_eq!((&alone["recommended_threshold"], &alone["thresholds"]["fmr_1e-4"]), (&json!(82.0), &json!(82.0)));
    // One false match in a hundred searches of 101 people is one in 10,100 comparisons, and the next rate told is 1e-5.
    for number in 0..100 {
        enroll(&app, &format!("s{number}"), photos::SMALL).await;
    }
    let crowded = search().await;
    assert_eq!(crowded["recommended_threshold"], crowded["thresholds"]["fmr_1e-5"]);
    assert_eq!(crowded["matches"], alone["matches"], "a match that was sure stays one");
}
