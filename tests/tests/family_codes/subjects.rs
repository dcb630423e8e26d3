//! `GET /v1/face/subjects` and `/v1/face/subjects/{subject_id}`: their rows and their answers.

use facegate_tests::blocks::expect_names;
use facegate_tests::{Setup, photos};
use serde_json::Value;

use crate::rows::{Row, Who, run};
use crate::{enroll, server};

const RECORD: [&str; 7] = ["created_at", "has_image", "model", "nface", "rotation", "subject_id", "updated_at"];

/// Every row of the list.
pub fn list_rows() -> Vec<Row> {
    let mut rows = vec![
        Row::get("subjects", "a page", ""),
        Row::get("subjects?limit=500&cursor=", "the largest page", ""),
        Row::get("subjects?offset=3", "unknown parameters", ""),
        Row::get("subjects", "wrong key", "UNAUTHORIZED").of(Who::Stranger),
        Row::raw("subjects", "another method", "{}".into(), "METHOD_NOT_ALLOWED"),
    ];
    for limit in ["0", "501", "-1", "1.5", "x", "99999999999999999999"] {
        rows.push(Row::get(&format!("subjects?limit={limit}"), "limit", "INVALID_PAYLOAD_LIMIT"));
    }
    for cursor in ["%21", "AA", "known", "%FF", "====", "a%20b"] {
        rows.push(Row::get(&format!("subjects?cursor={cursor}"), "cursor", "INVALID_CURSOR"));
    }
    rows
}

/// Every row of one subject.
pub fn show_rows() -> Vec<Row> {
    let mut rows = vec![
        Row::get("subjects/known", "one that is there", ""),
        Row::get("subjects/known", "wrong key", "UNAUTHORIZED").of(Who::Stranger),
        Row { method: "DELETE", ..Row::get("subjects/known", "another method", "METHOD_NOT_ALLOWED") },
        Row::get("subjects/", "no id", "NOT_FOUND"),
        Row::get("subjects/known/photo", "further down", "NOT_FOUND"),
    ];
    for id in ["nobody", "KNOWN", "%00", "%FF", "%20", "a%0Ab", "..%2Fknown", &"x".repeat(256)] {
        rows.push(Row::get(&format!("subjects/{id}"), "unknown", "SUBJECT_NOT_FOUND"));
    }
    rows
}

#[tokio::test]
async fn every_code_of_the_list() {
    run(list_rows()).await;
}

#[tokio::test]
async fn every_code_of_one_subject() {
    run(show_rows()).await;
}

fn expect_record(record: &Value, subject: &str, has_image: bool) {
    assert_eq!(record["subject_id"], subject);
    assert_eq!(record["has_image"], has_image);
    assert!(record["model"].as_str().is_some_and(|model| !model.is_empty()));
    assert!(record["nface"].as_u64().is_some_and(|n| n >= 1) && record["rotation"].is_u64());
    let time = |name: &str| record[name].as_f64().expect("Unix seconds");
    assert!(1.7e9 < time("created_at") && time("created_at") <= time("updated_at"), "{record}");
}

#[tokio::test]
async fn records_have_exactly_the_documented_shape() {
    let (app, other) = (server().live(), server().live());
    for subject in ["b c/é", "a"] {
        enroll(&app, subject, photos::SMALL).await;
    }
    let head = ["message", "session_id", "timestamp"];
    let page = app.get("subjects").await;
    page.expect(200, "");
    expect_names(&page.body, &[&head, &["next_cursor", "subjects"]]);
    assert_eq!((page.message(), &page.body["next_cursor"]), ("Request Success", &Value::Null));
    let records = page.body["subjects"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    for (record, subject) in records.iter().zip(["a", "b c/é"]) {
        expect_names(record, &[&RECORD]);
        expect_record(record, subject, true);
    }
    let shown = app.get("subjects/b%20c%2F%C3%A9").await;
    shown.expect(200, "");
    expect_names(&shown.body, &[&head, &RECORD]);
    expect_record(&shown.body, "b c/é", true);
    assert!(RECORD.iter().all(|name| shown.body[name] == records[1][name]), "the list and the record agree");
    other.get("subjects/a").await.expect(404, "SUBJECT_NOT_FOUND");
    assert_eq!(other.get("subjects").await.body["subjects"], serde_json::json!([]));
}

#[tokio::test]
async fn an_update_moves_one_time_and_a_deletion_ends_the_record() {
    let app = server().live();
    enroll(&app, "a", photos::GROUP).await;
    let before = app.get("subjects/a").await.body;
    enroll(&app, "a", photos::SMALL).await;
    let after = app.get("subjects/a").await.body;
    assert_eq!((&before["nface"], &after["nface"]), (&serde_json::json!(4), &serde_json::json!(1)));
    assert_eq!(before["created_at"], after["created_at"]);
    assert!(before["updated_at"].as_f64() < after["updated_at"].as_f64(), "{before} {after}");
    assert_eq!(app.delete_subject("a").await.status, 200);
    app.get("subjects/a").await.expect(404, "SUBJECT_NOT_FOUND");
}

#[tokio::test]
async fn a_photo_that_is_not_kept_is_not_promised() {
    let server = Setup::default().set("STORE__KEEP_PHOTOS", "false").start();
    let app = server.live();
    enroll(&app, "a", photos::SMALL).await;
    expect_record(&app.get("subjects/a").await.body, "a", false);
    let found = app
        .face_file("search", &photos::bytes(photos::SMALL), serde_json::json!({"return_image": true, "threshold": 0}))
        .await;
    expect_names(&found.body["matches"][0], &[&["similarity", "similarity_status", "subject_id"]]);
}
