//! What holds for every request: who may send it, where to, how it is named.

use facegate_tests::{App, answer, raw};
use serde_json::{Value, json};

use crate::{server, with_photo};

#[tokio::test]
async fn who_is_not_known_gets_one_answer() {
    let server = server();
    let (app, other) = (server.live(), server.live());
    let body = || with_photo(json!({"subject_id": "a"})).to_string();
    let none = String::new;
    let requests = [
        ("nothing", app.anonymous("POST", "/v1/face/enroll").body(body())),
        ("id only", app.anonymous("POST", "/v1/face/enroll").header("App-ID", &app.id).body(body())),
        ("key only", app.anonymous("POST", "/v1/face/enroll").header("API-Key", &app.key).body(body())),
        ("wrong key", app.with_key("fg_wrong").request("POST", "/v1/face/enroll").body(body())),
        ("empty key", app.with_key("").request("POST", "/v1/face/enroll").body(body())),
        ("another app's key", app.with_key(&other.key).request("POST", "/v1/face/enroll").body(body())),
        ("unknown app", App::new(server.base(), "nobody", &app.key).request("POST", "/v1/face/enroll").body(body())),
        ("odd id", App::new(server.base(), "' OR 1=1 --", &app.key).request("POST", "/v1/face/enroll").body(body())),
        (
            "long id",
            App::new(server.base(), &"x".repeat(4000), &app.key).request("POST", "/v1/face/enroll").body(body()),
        ),
        ("no body", app.with_key("no").request("POST", "/v1/face/enroll").body(none())),
        ("bad body", app.with_key("no").request("POST", "/v1/face/enroll").body("{".to_owned())),
        ("huge body", app.with_key("no").request("POST", "/v1/face/enroll").body("x".repeat(9 << 20))),
        ("delete", app.with_key("no").request("DELETE", "/v1/face/enroll?subject_id=a").body(none())),
    ];
    let mut texts = Vec::new();
    for (what, request) in requests {
        println!("{what}");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let text = response.text().await.unwrap();
        assert!(text.contains(&id), "the body names the request");
        texts.push(text.replace(&id, ""));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    let body: Value = serde_json::from_str(&texts[0]).unwrap();
    assert_eq!(body, json!({"message": "Unauthorized", "error_code": "UNAUTHORIZED", "session_id": ""}));
    app.expect_absent("a").await;
}

#[tokio::test]
async fn header_names_have_no_case() {
    let app = server().live();
    for (id, key) in [("App-ID", "Api-Key"), ("app-id", "api-key"), ("APP-ID", "API-KEY")] {
        let request = app.anonymous("POST", "/v1/face/enroll").header(id, &app.id).header(key, &app.key);
        answer(request.body(with_photo(json!({})).to_string()).send().await).await.expect_enrolled();
    }
    // On the wire as well, where a client library writes what it likes.
    let body = with_photo(json!({})).to_string();
    let head = format!(
        "POST /v1/face/enroll HTTP/1.1\r\nhost: x\r\naPP-id: {}\r\nApI-kEy: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        app.id,
        app.key,
        body.len()
    );
    let text = raw::send(server().address(), format!("{head}{body}").as_bytes());
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("Request Success"), "{text}");
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let app = server().live();
    for path in [
        "/v1",
        "/v1/face/enrol",
        "/v1/face/enroll/",
        "/v1/face/enroll/a",
        "/V1/FACE/ENROLL",
        "/v1//face/enroll",
        "/%00",
    ] {
        println!("{path}");
        answer(app.request("POST", path).body("{}").send().await).await.expect(404, "NOT_FOUND");
    }
    for method in ["GET", "PUT", "PATCH", "BREW"] {
        println!("{method}");
        let answer = answer(app.request(method, "/v1/face/enroll").send().await).await;
        answer.expect(405, "METHOD_NOT_ALLOWED");
        assert!(answer.headers.contains_key("allow"), "405 says which methods are allowed");
    }
}

#[tokio::test]
async fn browsers_may_ask_first() {
    let app = server().live();
    let preflight = app
        .anonymous("OPTIONS", "/v1/face/enroll")
        .header("Origin", "https://clinic.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "app-id,api-key,content-type,accept");
    let response = preflight.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let allowed = response.headers()["access-control-allow-headers"].to_str().unwrap().to_ascii_lowercase();
    for name in ["app-id", "api-key", "content-type", "accept"] {
        assert!(allowed.split(',').any(|one| one.trim() == name), "{name} in {allowed}");
    }
    assert!(response.headers().contains_key("access-control-allow-origin"));
    let request = app.request("POST", "/v1/face/enroll").header("Origin", "https://clinic.example").body("{}");
    let answer = answer(request.send().await).await;
    answer.expect(400, "INVALID_PAYLOAD");
    assert!(answer.headers.contains_key("access-control-allow-origin"), "errors are for browsers too");
}

#[tokio::test]
async fn every_request_has_an_id_of_its_own() {
    let app = server().live();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let response =
            app.request("POST", "/v1/face/enroll").header("X-Request-Id", "mine").body("{}").send().await.unwrap();
        assert!(seen.insert(response.headers()["x-request-id"].to_str().unwrap().to_owned()));
    }
    assert!(!seen.contains("mine"));
    for path in ["/healthz", "/readyz"] {
        assert_eq!(answer(app.anonymous("GET", path).send().await).await.status, 200, "{path}");
    }
}
