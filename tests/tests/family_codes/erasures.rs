//! `GET /v1/face/erasures/{session_id}`: its rows and its answer.

use facegate_tests::blocks::expect_names;
use facegate_tests::photos;
use serde_json::{Value, json};

use crate::rows::{ERASURE, Row, Who};
use crate::{enroll, merged, server};

/// Every row.
pub fn rows() -> Vec<Row> {
    let path = |id: &str| format!("erasures/{id}");
    let mut rows = vec![
        Row::get(&path(ERASURE), "a deletion", ""),
        Row::get(&path(ERASURE), "another app's", "ERASURE_NOT_FOUND").of(Who::NoLiveness),
        Row::get(&path(ERASURE), "another app's", "ERASURE_NOT_FOUND").of(Who::Sandbox),
        Row::get(&path(ERASURE), "wrong key", "UNAUTHORIZED").of(Who::Stranger),
        Row { method: "DELETE", ..Row::get(&path(ERASURE), "another method", "METHOD_NOT_ALLOWED") },
        Row::get("erasures/", "no id", "NOT_FOUND"),
        Row::get(&path("a/b"), "further down", "NOT_FOUND"),
    ];
    for id in ["nobody", "%00", "%FF", "00000000-0000-4000-8000-000000000000", "' OR 1=1"] {
        rows.push(Row::get(&path(id), "unknown", "ERASURE_NOT_FOUND"));
    }
    rows
}

#[tokio::test]
async fn every_code_of_the_receipt() {
    crate::rows::run(rows()).await;
}

#[tokio::test]
async fn a_receipt_says_what_was_removed_and_not_whose_it_was() {
    let app = server().live();
    enroll(&app, "siti", photos::SMALL).await;
    let payload = facegate_tests::with_image(
        &photos::bytes(photos::SMALL),
        merged(&crate::bare(), &json!({"subject_id": "siti"})),
    );
    app.enroll_once("first", &payload).await.expect_enrolled();
    let deleted = app.delete_subject("siti").await;
    let id = deleted.headers["x-request-id"].to_str().unwrap();
    let receipt = app.get(&format!("erasures/{id}")).await;
    receipt.expect(200, "");
    let names = ["message", "session_id", "timestamp", "erasure_id", "erased_at", "subject_pseudonym", "removed"];
    expect_names(&receipt.body, &[&names]);
    let removed = json!({"templates": 1, "photos": 1, "index_entries": 1, "answers": 1});
    assert_eq!((&receipt.body["removed"], &receipt.body["erasure_id"]), (&removed, &Value::from(id)));
    let erased = receipt.body["erased_at"].as_f64().unwrap();
    assert!((erased - deleted.body["timestamp"].as_f64().unwrap()).abs() < 60.0, "{}", receipt.body);
    assert_eq!(receipt.body["subject_pseudonym"].as_str().unwrap().len(), 64);
    assert!(!receipt.body.to_string().contains("siti"));
    // A deletion of nobody has none, and an enrolment neither.
    let nobody = app.delete_subject("siti").await;
    let id = nobody.headers["x-request-id"].to_str().unwrap();
    app.get(&format!("erasures/{id}")).await.expect(404, "ERASURE_NOT_FOUND");
}
