//! The OpenAPI document: served, committed, and true.

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::World;

fn document() -> Value {
    serde_json::from_str(&facegate_api::openapi_json().unwrap()).unwrap()
}

#[test]
fn the_committed_file_is_this_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let fresh = facegate_api::openapi_json().unwrap();
    // Not assert_eq!: nobody wants to read both.
    assert!(committed == fresh, "docs/openapi.json is out of date; run: cargo run -- openapi > docs/openapi.json");
}

#[tokio::test]
async fn the_document_and_its_page_need_no_key_and_nobody_else() {
    let world = World::new();
    let get = |path: &str| Request::builder().uri(path).body(Body::empty()).unwrap();
    let answer = world.send(get("/openapi.json")).await;
    assert_eq!((answer.status.as_u16(), &answer.json["openapi"]), (200, &json!("3.1.0")));
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("max-age"));
    assert_eq!(world.send(get("/docs")).await.headers["location"], "/docs/");
    for (file, kind, has) in [
        ("", "text/html", "swagger-initializer.js"),
        ("swagger-initializer.js", "text/javascript", "/openapi.json"),
        ("swagger-ui-bundle.js", "text/javascript", ""),
        ("swagger-ui.css", "text/css", ""),
    ] {
        let response = world.router.clone().oneshot(get(&format!("/docs/{file}"))).await.unwrap();
        assert_eq!(response.status(), 200, "{file}");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind), "{file}");
        assert!(response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains(has) && !text.is_empty(), "{file}");
        if file.ends_with("initializer.js") {
            assert!(text.contains("\"validatorUrl\": \"none\""), "the page would ask a validator on the web");
        }
    }
    for path in ["/docs/x", "/docs/../x", "/docs/%2e%2e/x", "/docs/%ff"] {
        assert_eq!(world.send(get(path)).await.code(), (404, "NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn exactly_the_documented_methods_are_served() {
    let world = World::new();
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let documented = item.get(method.as_str().to_ascii_lowercase()).is_some();
            let uri = path.replace("{subject_id}", "a");
            let request = Request::builder().method(method.clone()).uri(uri).body(Body::empty()).unwrap();
            let answer = world.send(request).await;
            assert_ne!(answer.code().1, "NOT_FOUND", "{path}");
            assert_eq!(answer.status != 405, documented, "{method} {path}");
        }
    }
}

/// Takes away what differs from request to request.
fn steady(mut answer: Value) -> Value {
    for name in ["session_id", "timestamp", "capture_id", "token", "url", "expires_at"] {
        if answer.get(name).is_some() {
            answer[name] = json!(name);
        }
    }
    answer
}

#[tokio::test]
async fn examples_are_what_a_sandbox_app_answers() {
    let world = World::new();
    let app = world.sandbox().await;
    let document = document();
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let examples = |of: &Value| of["content"]["application/json"]["examples"].clone();
            let requests = examples(&operation["requestBody"]);
            let answers = examples(&operation["responses"]["200"]);
            for (name, request) in requests.as_object().into_iter().flatten() {
                let body = request["value"].to_string();
                let answer = world.send(app.request(&method.to_ascii_uppercase(), path, body)).await;
                assert_eq!(answer.status, 200, "{method} {path} {name}: {}", answer.json);
                let expected = &answers[name]["value"];
                if path.ends_with("/search") {
                    // What a gallery asks for depends on who is in it.
                    assert_eq!(answer.json["matches"], expected["matches"]);
                }
                let threshold = |mut value: Value| {
                    if value.get("recommended_threshold").is_some() {
                        value["recommended_threshold"] = json!(0);
                    }
                    value
                };
                assert_eq!(
                    threshold(steady(answer.json)),
                    threshold(steady(expected.clone())),
                    "{method} {path} {name}"
                );
                sent += 1;
            }
        }
    }
    assert!(sent >= 13, "{sent} examples");
}
