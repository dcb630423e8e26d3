//! Consent and retention over HTTP: what an enrolment says about keeping the subject, and what happens when its time is over.

use std::time::Duration;

use facegate_domain::Timestamp;
use facegate_tests::{App, Setup, photos, with_image};
use serde_json::{Value, json};

/// Long enough for a few requests on a loaded machine.
const SHORT: Duration = Duration::from_secs(8);

fn flags() -> Value {
    json!({"is_quality": false, "is_attribute": false, "is_liveness": false})
}

fn payload(more: Value) -> Value {
    let mut all = flags();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    with_image(&photos::bytes(photos::SMALL), all)
}

async fn enroll_for_a_while(app: &App, subject: &str) -> Timestamp {
    let end = Timestamp(Timestamp::now().0 + SHORT.as_micros() as i64);
    let terms = json!({"subject_id": subject, "consent_reference": "form 7/2026", "expires_at": end.to_text()});
    app.enroll(&payload(terms)).await.expect_enrolled();
    end
}

async fn until(end: Timestamp) {
    while Timestamp::now() <= end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_has_expired_is_found_by_nobody_even_before_the_sweep() {
    let server = Setup::default().set("STORE__SWEEP_SECONDS", "86400").start();
    let app = server.live();
    app.enroll(&payload(json!({"subject_id": "stays"}))).await.expect_enrolled();
    let end = enroll_for_a_while(&app, "budi").await;
    let record = app.get("subjects/budi").await.body;
    assert_eq!((&record["consent_reference"], &record["expires_at"]), (&json!("form 7/2026"), &json!(end.to_text())));
    let plain = app.get("subjects/stays").await.body;
    assert!(plain.get("consent_reference").is_none() && plain.get("expires_at").is_none(), "{plain}");
    let search = payload(json!({"limit": 5}));
    assert_eq!(app.face("search", &search).await.body["matches"].as_array().unwrap().len(), 2);
    let verify = payload(json!({"subject_id": "budi"}));
    assert_eq!(app.face("verify", &verify).await.body["similarity_status"], true);
    until(end).await;
    app.face("verify", &verify).await.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
    let matches = app.face("search", &search).await.body["matches"].clone();
    assert_eq!(matches.as_array().unwrap().iter().map(|m| &m["subject_id"]).collect::<Vec<_>>(), ["stays"]);
    app.get("subjects/budi").await.expect(404, "SUBJECT_NOT_FOUND");
    assert_eq!(app.get("subjects").await.body["subjects"].as_array().unwrap().len(), 1);
    app.expect_absent("budi").await;
    // Whoever comes back is new, and stays if nothing else is said.
    app.enroll(&payload(json!({"subject_id": "budi"}))).await.expect_enrolled();
    let back = app.get("subjects/budi").await.body;
    assert!(back.get("expires_at").is_none() && back["created_at"].as_f64() > record["created_at"].as_f64(), "{back}");
    assert_eq!(app.face("search", &search).await.body["matches"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_server_deletes_whose_time_is_over_and_says_so() {
    let server = Setup::default().set("STORE__SWEEP_SECONDS", "1").start();
    let app = server.live();
    let end = enroll_for_a_while(&app, "budi").await;
    until(end).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    let rows = loop {
        let out = server.run(&["audit", "export", "--app", &app.id, "--subject", "budi"]).stdout;
        let rows: Vec<Value> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        if rows.len() > 1 {
            break rows;
        }
        assert!(std::time::Instant::now() < deadline, "nobody was deleted: {rows:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let actions: Vec<&Value> = rows.iter().map(|row| &row["action"]).collect();
    assert_eq!(actions, ["enrolled", "expired"]);
    assert_eq!((&rows[1]["actor"], &rows[1]["details"]["photos"]), (&json!("server"), &json!("1")));
    assert_eq!(server.run_json(&["audit", "verify"])["faults"], json!([]));
}

#[tokio::test]
async fn a_retention_is_set_by_the_operator_and_terms_are_checked() {
    let server = Setup::default().start();
    let app = server.app(&["--mode", "live", "--retention-days", "365"]);
    assert_eq!(server.show(&app)["retention_days"], 365);
    for (days, stored) in [("30", json!(30)), ("off", Value::Null), ("36525", json!(36525))] {
        let set = server.run(&["app", "set", &app.id, "--retention-days", days]);
        assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
        assert_eq!(server.show(&app)["retention_days"], stored);
    }
    for days in ["0", "-1", "36526", "x", ""] {
        assert!(!server.run(&["app", "set", &app.id, "--retention-days", days]).status.success(), "{days:?}");
    }
    for terms in [
        json!({"consent_reference": ""}),
        json!({"consent_reference": "x".repeat(256)}),
        json!({"expires_at": "2020-01-01T00:00:00Z"}),
        json!({"expires_at": "soon"}),
        json!({"expires_at": 4102444800.0}),
    ] {
        app.enroll(&payload(terms)).await.expect(400, "INVALID_PAYLOAD");
    }
    assert_eq!(app.get("subjects").await.body["subjects"], json!([]));
}
