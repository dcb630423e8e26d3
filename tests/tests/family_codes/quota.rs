//! Which quota the endpoints beside enrol take: one liveness unit for an answer with liveness, and nothing else.

use facegate_tests::{App, images, photos, with_image};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{bare, landscape, merged, pair, server, small, testing};

const ENDPOINTS: [&str; 5] = ["verify", "compare", "search", "liveness", "detect"];

fn payload(endpoint: &str, photo: &[u8]) -> Value {
    let image = images::base64(photo);
    match endpoint {
        "compare" => json!({"image_1": images::base64(&small()), "image_2": image}),
        "verify" => json!({"image": image, "subject_id": "known"}),
        _ => json!({ "image": image }),
    }
}

/// What is left: enroll, liveness.
fn left(app: &App) -> (Option<u64>, Option<u64>) {
    let shown = server().show(app);
    (shown["enroll"]["left"].as_u64(), shown["liveness"]["left"].as_u64())
}

#[tokio::test]
async fn an_answer_with_liveness_takes_one_unit() {
    for endpoint in ENDPOINTS {
        println!("{endpoint}");
        let app = testing(1, 3);
        crate::enroll(&app, "known", photos::SMALL).await;
        assert_eq!(left(&app), (Some(0), Some(3)));
        // What is no answer takes nothing.
        app.face(endpoint, &payload(endpoint, &landscape())).await.expect(400, "FACE_NOT_DETECTED");
        let rubbish = app.face(endpoint, &payload(endpoint, b"rubbish")).await;
        assert_eq!(rubbish.status, 400, "{}", rubbish.body);
        app.face(endpoint, &json!({})).await.expect(400, "INVALID_PAYLOAD");
        assert_eq!(left(&app), (Some(0), Some(3)));
        // An answer does, also to a mismatch and to a failed gate.
        app.face(endpoint, &payload(endpoint, &small())).await.expect(200, "");
        assert_eq!(left(&app), (Some(0), Some(2)), "two images are one unit too");
        let mismatch = app.face(endpoint, &payload(endpoint, &photos::bytes(photos::BIDEN))).await;
        mismatch.expect(200, if ["verify", "compare"].contains(&endpoint) { "FAIL_ON_16" } else { "" });
        assert_eq!(left(&app), (Some(0), Some(1)));
        let crowd = merged(&payload(endpoint, &photos::bytes(photos::GROUP)), &json!({"validate_nface": true}));
        app.face(endpoint, &crowd).await.expect(200, "FAIL_ON_8");
        assert_eq!(left(&app), (Some(0), Some(0)));
        // Without liveness it needs none, except where liveness is what is asked.
        app.face(endpoint, &payload(endpoint, &small())).await.expect(403, "INSUFFICIENT_QUOTA_LIVENESS");
        let without = app.face(endpoint, &merged(&payload(endpoint, &small()), &bare())).await;
        match endpoint {
            "liveness" => without.expect(403, "INSUFFICIENT_QUOTA_LIVENESS"),
            _ => without.expect(200, ""),
        }
        assert_eq!(left(&app), (Some(0), Some(0)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_race_for_three() {
    let app = testing(1, 3);
    crate::enroll(&app, "known", photos::SMALL).await;
    let mut requests = JoinSet::new();
    for number in 0..12 {
        let (app, endpoint) = (app.clone(), ENDPOINTS[number % ENDPOINTS.len()]);
        requests.spawn(async move {
            let answer = app.face(endpoint, &payload(endpoint, &small())).await;
            (answer.status, answer.code().to_owned())
        });
    }
    let outcomes = requests.join_all().await;
    let count = |status: u16, code: &str| outcomes.iter().filter(|(s, c)| (*s, c.as_str()) == (status, code)).count();
    assert_eq!((count(200, ""), count(403, "INSUFFICIENT_QUOTA_LIVENESS")), (3, 9), "{outcomes:?}");
    assert_eq!(left(&app).1, Some(0));
}

#[tokio::test]
async fn lists_and_records_take_nothing() {
    let app = testing(1, 0);
    crate::enroll(&app, "known", photos::SMALL).await;
    for path in ["subjects", "subjects/known"] {
        app.get(path).await.expect(200, "");
    }
    app.face("compare", &pair(&small(), &small())).await.expect(200, "");
    app.enroll(&with_image(&small(), json!({}))).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
    assert_eq!(left(&app), (Some(0), Some(0)));
}
