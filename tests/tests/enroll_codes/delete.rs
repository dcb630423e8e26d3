//! Every code of delete.

use serde_json::{Value, json};

use crate::{now, server, with_photo};

#[tokio::test]
async fn every_code_of_delete() {
    let app = server().live();
    let body = |value: Value| value.to_string();
    for (what, body, query, code) in [
        ("unknown", body(json!({"subject_id": "nobody"})), "", "INVALID_PAYLOAD_SUBJECT_ID"),
        ("unknown, by query", "{}".into(), "subject_id=nobody", "INVALID_PAYLOAD_SUBJECT_ID"),
        ("empty", body(json!({"subject_id": ""})), "", "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("blank", body(json!({"subject_id": "  "})), "", "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("null", body(json!({"subject_id": null})), "", "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("empty, by query", String::new(), "subject_id=", "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("absent", "{}".into(), "", "MISSING_PAYLOAD_SUBJECT_ID"),
        ("absent, no body", String::new(), "", "MISSING_PAYLOAD_SUBJECT_ID"),
        ("absent, other names", body(json!({"id": "a"})), "id=a", "MISSING_PAYLOAD_SUBJECT_ID"),
        ("a number", body(json!({"subject_id": 1})), "", "INVALID_PAYLOAD"),
        ("broken", "{".into(), "", "INVALID_PAYLOAD"),
    ] {
        println!("{what}");
        let answer = app.delete(&body, query).await;
        answer.expect(400, code);
        if what.starts_with("unknown") {
            assert_eq!(answer.message(), "Subject id is not found");
        }
    }
}

#[tokio::test]
async fn delete_takes_body_or_query_and_stays_inside_the_app() {
    let (app, other) = (server().live(), server().live());
    for (subject, body, query) in [
        ("a", json!({"subject_id": "a"}).to_string(), ""),
        ("b c/é", "{}".to_owned(), "subject_id=b%20c%2F%C3%A9"),
        ("d", String::new(), "x=1&subject_id=d"),
        ("e", json!({"subject_id": " e "}).to_string(), "subject_id=a"),
    ] {
        app.enroll(&with_photo(json!({ "subject_id": subject }))).await.expect_enrolled();
        // Another app's attempt says what it says of a subject that nobody has.
        other.expect_absent(subject).await;
        let before = now();
        let answer = app.delete(&body, query).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.keys(), ["message", "timestamp"]);
        assert_eq!(answer.message(), format!("Subject id {subject} successfully deleted"));
        let at = answer.body["timestamp"].as_f64().unwrap();
        assert!(before - 1.0 <= at && at <= now() + 1.0);
        app.expect_absent(subject).await;
    }
}
