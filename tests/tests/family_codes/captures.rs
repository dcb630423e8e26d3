//! `/v1/face/capture_tokens`: its rows. How a capture goes is in `tests/tests/capture.rs`.

use serde_json::json;

use crate::rows::{Row, Who};

/// Every row of `POST capture_tokens`.
pub fn order_rows() -> Vec<Row> {
    let row = |what: &str, payload, code: &str| Row::post("capture_tokens", what, &payload, code);
    let good = json!({"purpose": "enroll"});
    vec![
        row("an order", good.clone(), ""),
        row("no purpose", json!({"subject_id": "known"}), "INVALID_PAYLOAD"),
        row("another purpose", json!({"purpose": "search"}), "INVALID_PAYLOAD"),
        row("a wrong type", json!({"purpose": 1}), "INVALID_PAYLOAD"),
        Row::raw("capture_tokens", "no JSON", "{".to_owned(), "INVALID_PAYLOAD"),
        row("an empty id", json!({"purpose": "enroll", "subject_id": " "}), "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        row("a long id", json!({"purpose": "enroll", "subject_id": "x".repeat(256)}), "INVALID_PAYLOAD_SUBJECT_ID"),
        row("nobody to verify", json!({"purpose": "verify"}), "MISSING_PAYLOAD_SUBJECT_ID"),
        row("a stranger to verify", json!({"purpose": "verify", "subject_id": "nobody"}), "INVALID_PAYLOAD_SUBJECT_ID"),
        row(
            "a threshold beyond all",
            json!({"purpose": "verify", "subject_id": "known", "threshold": 101}),
            "INVALID_PAYLOAD_THRESHOLD",
        ),
        row("a wrong key", good.clone(), "UNAUTHORIZED").of(Who::Stranger),
        Row { method: "PUT", ..row("another method", good, "METHOD_NOT_ALLOWED") },
    ]
}

/// Every row of `GET capture_tokens/{capture_id}`; that of a capture of one's own is in `tests/tests/capture.rs`.
pub fn show_rows() -> Vec<Row> {
    let path = |id: &str| format!("capture_tokens/{id}");
    let mut rows = vec![
        Row::get(&path("x"), "a wrong key", "UNAUTHORIZED").of(Who::Stranger),
        Row { method: "POST", ..Row::get(&path("x"), "another method", "METHOD_NOT_ALLOWED") },
        Row::get("capture_tokens/", "no id", "NOT_FOUND"),
        Row::get(&path("a/b"), "further down", "NOT_FOUND"),
    ];
    for id in ["nobody", "%00", "00000000-0000-4000-8000-000000000000", "' OR 1=1"] {
        rows.push(Row::get(&path(id), "unknown", "CAPTURE_NOT_FOUND"));
    }
    rows
}

#[tokio::test]
async fn every_code_of_captures() {
    crate::rows::run(order_rows()).await;
    crate::rows::run(show_rows()).await;
}
