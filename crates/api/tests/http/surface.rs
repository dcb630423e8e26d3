//! Paths, methods, browsers, probes.

use axum::body::Body;
use facegate_api::ApiOptions;
use http::Request;

use crate::support::World;

fn plain(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn unknown_paths_and_methods_are_json() {
    let world = World::new();
    for (method, path, status, code) in [
        ("GET", "/", 404, "NOT_FOUND"),
        ("POST", "/v1/face/enrol", 404, "NOT_FOUND"),
        ("POST", "/v1/face/enroll/", 404, "NOT_FOUND"),
        ("GET", "/v1/face/enroll", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/v1/face/enroll", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/healthz", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let answer = world.send(plain(method, path)).await;
        assert_eq!(answer.code(), (status, code), "{method} {path}");
        assert!(answer.json["session_id"].is_string() && answer.headers.contains_key("x-request-id"));
        if status == 405 {
            let allow = answer.headers["allow"].to_str().unwrap();
            assert!(allow.contains(if path == "/healthz" { "GET" } else { "DELETE" }), "{allow}");
        }
    }
}

#[tokio::test]
async fn the_process_is_alive_and_not_ready_without_an_engine() {
    let world = World::new();
    let alive = world.send(plain("GET", "/healthz")).await;
    assert_eq!((alive.status.as_u16(), alive.json["status"].as_str()), (200, Some("ok")));
    assert_eq!(world.send(plain("GET", "/readyz")).await.code(), (503, "SERVER_BUSY"));
}

fn preflight(origin: &str) -> Request<Body> {
    let request = Request::builder().method("OPTIONS").uri("/v1/face/enroll").header("Origin", origin);
    let request = request.header("Access-Control-Request-Method", "POST");
    request.header("Access-Control-Request-Headers", "app-id,api-key,content-type").body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_preflight_needs_no_key() {
    let world = World::new();
    let answer = world.send(preflight("https://shop.example")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let headers = answer.headers["access-control-allow-headers"].to_str().unwrap().to_ascii_lowercase();
    for name in ["app-id", "api-key", "content-type", "accept", "idempotency-key"] {
        assert!(headers.contains(name), "{name} is not in {headers}");
    }
    let methods = answer.headers["access-control-allow-methods"].to_str().unwrap();
    assert!(methods.contains("POST") && methods.contains("DELETE"), "{methods}");
}

#[tokio::test]
async fn an_error_can_be_read_by_a_page_too() {
    let world = World::new();
    let mut request = plain("POST", "/v1/face/enroll");
    request.headers_mut().insert("origin", "https://shop.example".parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert!(answer.headers["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
}

#[tokio::test]
async fn only_listed_origins_are_allowed_and_none_without_a_list() {
    let listed = ApiOptions { cors_origins: vec!["https://shop.example".into()], ..ApiOptions::default() };
    let world = World::with(listed);
    let good = world.send(preflight("https://shop.example")).await;
    assert_eq!(good.headers["access-control-allow-origin"], "https://shop.example");
    let bad = world.send(preflight("https://evil.example")).await;
    assert!(!bad.headers.contains_key("access-control-allow-origin"));
    let closed = World::with(ApiOptions { cors_origins: vec![], ..ApiOptions::default() });
    assert_eq!(closed.send(preflight("https://shop.example")).await.status, 405);
}
