//! `FAIL_ON_n` of every endpoint beside enrol, on a real photograph made to fail as needed.

use facegate_tests::blocks::{Asked, expect_face, expect_head, expect_photo};
use facegate_tests::{Answer, App, Sitter, gate, images, photos, with_image};
use serde_json::{Value, json};

use crate::{merged, server};

/// The n of an endpoint's `FAIL_ON_n`; an endpoint that has none is not here.
pub fn numbers(endpoint: &str) -> Vec<u8> {
    match endpoint {
        "verify" | "compare" => (1..=gate::MATCH).collect(),
        "search" | "detect" => (1..=gate::ALL).collect(),
        "liveness" => (1..=7).map(|n| 2 * n).collect(),
        _ => Vec::new(),
    }
}

/// An app with the sitter enrolled, and the sitter's pictures by their faults.
async fn prepared() -> (App, Vec<Vec<u8>>) {
    let app = server().live();
    crate::enroll(&app, "sitter", photos::OBAMA_MORE[0]).await;
    let sitter = Sitter::new(&app).await;
    (app, (0..=gate::ALL).map(|faults| sitter.failing(faults)).collect())
}

fn gates(set: u8) -> Value {
    let on = |gate| set & gate != 0;
    json!({"validate_liveness": on(gate::LIVENESS), "validate_attribute": on(gate::ATTRIBUTE),
           "validate_quality": on(gate::QUALITY), "validate_nface": on(gate::NFACE)})
}

/// Demands `FAIL_ON_n` with its message, or success for 0.
fn expect_failed(answer: &Answer, failed: u8) {
    let code = if failed == 0 { String::new() } else { format!("FAIL_ON_{failed}") };
    answer.expect(200, &code);
    expect_head(&answer.body);
    if failed > 0 {
        let words = [
            (gate::LIVENESS, "liveness"),
            (gate::ATTRIBUTE, "attribute"),
            (gate::QUALITY, "quality"),
            (gate::NFACE, "number of face (nface)"),
            (gate::MATCH, "similarity"),
        ];
        for (bit, word) in words {
            assert_eq!(answer.message().contains(word), failed & bit != 0, "{code}: {}", answer.message());
        }
    }
}

/// Every number of an endpoint, by faults and all gates, then by gates and all faults.
async fn each_number(endpoint: &str, check: impl Fn(&Answer, u8)) {
    let (app, pictures) = prepared().await;
    let post = async |faults: u8, set: u8| {
        let more = merged(&gates(set), &json!({"subject_id": "sitter", "limit": 10, "threshold": 50}));
        app.face(endpoint, &with_image(&pictures[usize::from(faults)], more)).await
    };
    let all = numbers(endpoint).into_iter().filter(|n| *n <= gate::ALL);
    let settable = all.clone().fold(0, |set, n| set | n);
    for n in all.chain([0]) {
        let answer = post(n, settable).await;
        println!("{endpoint}, faults {n}: {}", answer.body);
        expect_failed(&answer, n);
        check(&answer, n);
        if n > 0 {
            let answer = post(gate::ALL, n).await;
            println!("{endpoint}, gates {n}: {}", answer.body);
            expect_failed(&answer, n);
            check(&answer, n);
        }
    }
}

#[tokio::test]
async fn verify_has_the_fifteen() {
    each_number("verify", |answer, n| {
        expect_photo(&answer.body, Asked::ALL);
        assert!(answer.body["similarity"].is_number() && answer.body["similarity_status"].is_boolean());
        assert!(n > 0 || answer.body["similarity_status"] == true);
    })
    .await;
}

#[tokio::test]
async fn verify_fails_on_16_only_when_every_requested_gate_has_passed() {
    let (app, pictures) = prepared().await;
    crate::enroll(&app, "biden", photos::BIDEN).await;
    for faults in 0..=gate::ALL {
        let more = merged(&gates(gate::ALL), &json!({"subject_id": "biden"}));
        let answer = app.face_file("verify", &pictures[usize::from(faults)], more).await;
        println!("{faults}: {}", answer.body);
        expect_failed(&answer, if faults == 0 { gate::MATCH } else { faults });
        assert_eq!(answer.body["similarity_status"], false);
        expect_photo(&answer.body, Asked::ALL);
    }
    // A fault whose gate was not requested is none.
    let crowd = &pictures[usize::from(gate::NFACE | gate::QUALITY)];
    let more = merged(&gates(gate::LIVENESS | gate::ATTRIBUTE), &json!({"subject_id": "biden"}));
    expect_failed(&app.face_file("verify", crowd, more).await, gate::MATCH);
}

#[tokio::test]
async fn search_has_the_fifteen_and_then_names_nobody() {
    each_number("search", |answer, n| {
        expect_photo(&answer.body, Asked::ALL);
        let found = answer.body["matches"].as_array().unwrap().len();
        assert_eq!(found, usize::from(n == 0), "{}", answer.body);
    })
    .await;
}

#[tokio::test]
async fn detect_has_the_fifteen() {
    each_number("detect", |answer, _| {
        let faces = answer.body["faces"].as_array().unwrap();
        assert_eq!(answer.body["nface"], faces.len());
        faces.iter().for_each(|face| expect_face(face, Asked::ALL));
    })
    .await;
}

#[tokio::test]
async fn liveness_has_the_seven_and_a_spoof_is_an_answer_and_no_failure() {
    each_number("liveness", |answer, _| expect_photo(&answer.body, Asked::ALL)).await;
    let (app, pictures) = prepared().await;
    let set = gates(gate::ATTRIBUTE | gate::QUALITY | gate::NFACE);
    for n in (0..=gate::ALL).filter(|n| n & gate::LIVENESS != 0) {
        let answer = app.face_file("liveness", &pictures[usize::from(n)], set.clone()).await;
        println!("{n}: {}", answer.body);
        expect_failed(&answer, n & !gate::LIVENESS);
        assert_eq!(answer.body["liveness"]["status"], false);
        assert!(answer.body["liveness"]["probability"].as_f64().unwrap() < 50.0);
    }
}

#[tokio::test]
async fn compare_fails_if_either_image_fails() {
    let (app, pictures) = prepared().await;
    let post = async |first: &[u8], second: &[u8], set: u8| {
        let both = json!({"image_1": images::base64(first), "image_2": images::base64(second)});
        app.face("compare", &merged(&gates(set), &both)).await
    };
    let (good, biden) = (&pictures[0], photos::bytes(photos::BIDEN));
    for faults in 0..=gate::ALL {
        let poor = &pictures[usize::from(faults)];
        for (first, second) in [(poor, good), (good, poor)] {
            let answer = post(first, second, gate::ALL).await;
            println!("{faults}: {}", answer.body);
            expect_failed(&answer, faults);
            ["image_1", "image_2"].iter().for_each(|image| expect_photo(&answer.body[image], Asked::ALL));
        }
        let stranger = post(poor, &biden, gate::ALL).await;
        expect_failed(&stranger, if faults == 0 { gate::MATCH } else { faults });
        assert_eq!(stranger.body["similarity_status"], false);
        if faults > 0 {
            expect_failed(&post(&pictures[usize::from(gate::ALL)], good, faults).await, faults);
        }
    }
    // One fault each: both count.
    for (a, b) in [(gate::LIVENESS, gate::QUALITY), (gate::NFACE, gate::ATTRIBUTE), (5, 10)] {
        let answer = post(&pictures[usize::from(a)], &pictures[usize::from(b)], gate::ALL).await;
        expect_failed(&answer, a | b);
    }
}
