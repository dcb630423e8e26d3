//! The 15 combinations of failed gates, on a real photograph made to fail as needed.

use std::sync::OnceLock;

use facegate_image::Pixels;
use facegate_tests::pictures::{self, Face};
use facegate_tests::{Answer, App, TestServer, images, photos};
use serde_json::{Value, json};

const LIVENESS: u8 = 1;
const ATTRIBUTE: u8 = 2;
const QUALITY: u8 = 4;
const NFACE: u8 = 8;
const ALL: u8 = 15;

/// Words of the messages, as the API's own document has them.
const WORDS: [(u8, &str); 4] =
    [(LIVENESS, "liveness"), (ATTRIBUTE, "attribute"), (QUALITY, "quality"), (NFACE, "number of face (nface)")];

fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(TestServer::start)
}

/// Everything computed, these gates set.
fn flags(gates: u8) -> Value {
    let on = |gate| gates & gate != 0;
    json!({"is_liveness": true, "validate_liveness": on(LIVENESS), "validate_attribute": on(ATTRIBUTE),
           "validate_quality": on(QUALITY), "validate_nface": on(NFACE)})
}

/// One person who passes every gate, and where the face is.
struct Subject {
    picture: Pixels,
    face: Face,
}

impl Subject {
    async fn new(app: &App) -> Self {
        let picture = pictures::fitted(&photos::pixels(photos::OBAMA), 700);
        let answer = app.enroll_file(&images::jpeg(&picture), flags(ALL)).await;
        answer.expect_enrolled();
        Self { face: Face::of(&answer.body), picture }
    }

    /// The picture with these faults and no others.
    fn failing(&self, faults: u8) -> Pixels {
        let mut picture = self.picture.clone();
        if faults & ATTRIBUTE != 0 {
            picture = self.face.with_sunglasses(&picture);
        }
        if faults & LIVENESS != 0 {
            picture = self.face.printed(&picture);
        }
        if faults & NFACE != 0 {
            picture = pictures::with_bystander(&picture, &photos::pixels(photos::PERSON_B));
        }
        if faults & QUALITY != 0 {
            picture = pictures::gray(&picture);
        }
        picture
    }
}

fn with_subject(mut flags: Value, subject: &str) -> Value {
    flags["subject_id"] = json!(subject);
    flags
}

/// Demands the answer that belongs to these failed gates: code, text, shape.
fn expect_failed(answer: &Answer, failed: u8) {
    if failed == 0 {
        answer.expect_enrolled();
        return;
    }
    let code = format!("FAIL_ON_{failed}");
    answer.expect(200, &code);
    assert_eq!(answer.body["status_code"], code.as_str());
    let message = answer.message();
    assert!(message.starts_with("fail on "), "{message}");
    for (gate, word) in WORDS {
        assert_eq!(message.contains(word), failed & gate != 0, "{code}: {message}");
    }
    let blocks = ["attributes", "bounding_box", "face_landmark", "image_quality", "liveness", "nface", "rotation"];
    let head = ["error_code", "message", "session_id", "status_code", "timestamp"];
    assert!(blocks.iter().chain(&head).all(|name| answer.body.get(name).is_some()), "{}", answer.body);
}

#[tokio::test]
async fn every_combination_of_faults_has_its_code_and_stores_nothing() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    for faults in 0..=ALL {
        let id = format!("person-{faults}");
        let file = images::jpeg(&subject.failing(faults));
        let answer = app.enroll_file(&file, with_subject(flags(ALL), &id)).await;
        println!("{faults}: {}", answer.body);
        expect_failed(&answer, faults);
        match faults {
            0 => assert_eq!(app.delete_subject(&id).await.status, 200),
            _ => app.expect_absent(&id).await,
        }
    }
}

#[tokio::test]
async fn only_requested_gates_fail() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    let worst = images::jpeg(&subject.failing(ALL));
    for gates in 0..=ALL {
        let answer = app.enroll_file(&worst, flags(gates)).await;
        println!("{gates}: {}", answer.body);
        expect_failed(&answer, gates);
        assert_eq!(answer.body["liveness"]["status"], false);
        assert_eq!(answer.body["image_quality"]["grayscale"], true);
        assert_eq!(answer.body["nface"], 2);
    }
}

#[tokio::test]
async fn each_fault_of_quality_is_found_and_named() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    let picture = &subject.picture;
    for (name, poor) in [
        ("blur", pictures::blurred(picture, 9)),
        ("dark", pictures::darkened(picture, 0.15)),
        ("grayscale", pictures::gray(picture)),
    ] {
        let answer = app.enroll_file(&images::jpeg(&poor), json!({"validate_quality": true})).await;
        println!("{name}: {}", answer.body);
        answer.expect(200, "FAIL_ON_4");
        for fault in ["blur", "dark", "grayscale"] {
            assert_eq!(answer.body["image_quality"][fault], fault == name, "{name}: {}", answer.body);
        }
        let score = answer.body["image_quality"][format!("{name}_score")].as_f64();
        assert!(score.is_none_or(|score| (0.5..=1.0).contains(&score)), "{}", answer.body);
    }
}

#[tokio::test]
async fn sunglasses_and_masks_fail_and_are_named() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    for (name, worn) in [
        ("sunglasses_on", subject.face.with_sunglasses(&subject.picture)),
        ("mask_on", subject.face.masked(&subject.picture)),
    ] {
        let answer = app.enroll_file(&images::jpeg(&worn), json!({"validate_attribute": true})).await;
        println!("{name}: {}", answer.body);
        answer.expect(200, "FAIL_ON_2");
        for attribute in ["sunglasses_on", "mask_on", "veil_on", "hat_on"] {
            assert_eq!(answer.body["attributes"][attribute], attribute == name, "{name}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_larger_face_is_enrolled_and_all_are_counted() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    let alone = app.enroll_file(&images::jpeg(&subject.picture), json!({})).await;
    let crowd = app.enroll_file(&images::jpeg(&subject.failing(NFACE)), json!({})).await;
    crowd.expect_enrolled();
    assert_eq!((&alone.body["nface"], &crowd.body["nface"]), (&json!(1), &json!(2)));
    let (a, b) = (&alone.body["bounding_box"]["top_left_x"], &crowd.body["bounding_box"]["top_left_x"]);
    assert!(a.as_i64().unwrap().abs_diff(b.as_i64().unwrap()) < 12, "{a} {b}");
    let group = app.enroll_file(&photos::bytes(photos::GROUP), json!({"validate_nface": true})).await;
    group.expect(200, "FAIL_ON_8");
}

#[tokio::test]
async fn a_refused_update_leaves_what_was_enrolled() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    let good = images::jpeg(&subject.picture);
    app.enroll_file(&good, json!({"subject_id": "budi"})).await.expect_enrolled();
    let gray = images::jpeg(&subject.failing(QUALITY));
    let refused = app.enroll_file(&gray, json!({"subject_id": "budi", "validate_quality": true})).await;
    refused.expect(200, "FAIL_ON_4");
    assert!(refused.body.get("subject_id").is_none(), "nobody was enrolled: {}", refused.body);
    assert_eq!(app.delete_subject("budi").await.status, 200);
}

#[tokio::test]
async fn a_block_that_is_not_wanted_is_left_out_of_a_refusal_too() {
    let app = server().live();
    let subject = Subject::new(&app).await;
    let crowd = images::jpeg(&subject.failing(NFACE));
    let answer =
        app.enroll_file(&crowd, json!({"validate_nface": true, "is_quality": false, "is_attribute": false})).await;
    answer.expect(200, "FAIL_ON_8");
    for block in ["image_quality", "attributes", "liveness"] {
        assert!(answer.body.get(block).is_none(), "{block}: {}", answer.body);
    }
}
