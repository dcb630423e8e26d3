//! The console over real HTTP: who gets in, who does not, and what leaves a trace.

use facegate_tests::{App, Setup, TestServer, images, photos};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

const PASSWORD: &str = "a long enough password";

/// Sets the password at the command line.
fn set_password(server: &TestServer, password: &str) -> bool {
    server.run_with_input(&["console", "password"], &format!("{password}\n")).status.success()
}

/// A browser as far as the console needs one.
struct Browser {
    http: App,
    cookie: String,
    csrf: String,
}

impl Browser {
    fn new(server: &TestServer) -> Self {
        Self { http: App::new(server.base(), "", ""), cookie: String::new(), csrf: String::new() }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        let mut request = self.http.anonymous(method, &format!("/console/api{path}"));
        request = request.header("Cookie", &self.cookie).header("X-CSRF-Token", &self.csrf);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.send("GET", path, None).await).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.send("POST", path, Some(body)).await).await
    }

    /// Signs in; the status.
    async fn sign_in(&mut self, password: &str) -> StatusCode {
        let response = self.send("POST", "/session", Some(json!({"password": password}))).await;
        if let Some(cookie) = response.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; Path=/console; HttpOnly; SameSite=Strict"), "{cookie}");
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        let (status, answer) = read(response).await;
        self.csrf = answer["csrf"].as_str().unwrap_or_default().to_owned();
        status
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn signed_in(server: &TestServer) -> Browser {
    assert!(set_password(server, PASSWORD));
    let mut browser = Browser::new(server);
    assert_eq!(browser.sign_in(PASSWORD).await, StatusCode::OK);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_the_password_and_its_tokens() {
    let server = TestServer::start();
    let mut stranger = Browser::new(&server);
    assert_eq!(stranger.get("/session").await.1["state"], "setup");
    // Before there is a password none is right, and no code can be guessed.
    assert_eq!(stranger.sign_in("").await, StatusCode::UNAUTHORIZED);
    let guess = json!({"code": "AAAAA-AAAAA-AAAAA-AAAAA", "password": PASSWORD});
    assert_eq!(stranger.post("/setup", guess).await.0, StatusCode::UNAUTHORIZED);
    assert!(!set_password(&server, "too short"));
    let mut operator = signed_in(&server).await;
    for path in ["/apps", "/audit", "/health", "/settings"] {
        assert_eq!(stranger.get(path).await.0, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(operator.get(path).await.0, StatusCode::OK, "{path}");
    }
    assert_eq!(stranger.get("/no/such/thing").await.0, StatusCode::NOT_FOUND);
    // The cookie alone reads, but changes nothing.
    let csrf = std::mem::take(&mut operator.csrf);
    let new = json!({"mode": "live", "name": "forged"});
    assert_eq!(operator.post("/apps", new.clone()).await.0, StatusCode::UNAUTHORIZED);
    operator.csrf = "0".repeat(64);
    assert_eq!(operator.post("/apps", new.clone()).await.0, StatusCode::UNAUTHORIZED);
    operator.csrf = csrf;
    assert_eq!(operator.post("/apps", new).await.0, StatusCode::CREATED);
    assert_eq!(operator.get("/apps").await.1["apps"].as_array().unwrap().len(), 1);
    // A new password ends what was signed in before, as signing out does.
    assert!(set_password(&server, "another long password"));
    assert_eq!(operator.get("/apps").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(operator.sign_in("another long password").await, StatusCode::OK);
    let out = operator.send("DELETE", "/session", None).await;
    assert_eq!(out.status(), StatusCode::OK);
    assert_eq!(operator.get("/apps").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_make_wait_and_are_written_down() {
    let server = TestServer::start();
    let operator = signed_in(&server).await;
    let guess = async || {
        let mut guesser = Browser::new(&server);
        guesser.sign_in("not the password").await
    };
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(guess().await);
    }
    assert_eq!(told, [StatusCode::UNAUTHORIZED; 5]);
    // From here on also the right password has to wait, and the answer says how long.
    let mut late = Browser::new(&server);
    let refused = late.send("POST", "/session", Some(json!({"password": PASSWORD}))).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(late.sign_in(PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    // Who is signed in goes on.
    let rows = operator.get("/audit").await.1["rows"].as_array().unwrap().clone();
    let of = |action: &str| rows.iter().filter(|row| row["action"] == action).count();
    assert_eq!((of("password_set"), of("signed_in"), of("sign_in_refused")), (1, 1, 5));
    assert_eq!(operator.post("/audit/verify", json!({})).await.1["faults"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_is_the_apis_answer_and_what_was_seen() {
    let photo = photos::bytes(photos::PERSON_A);
    let server = TestServer::start();
    let operator = signed_in(&server).await;
    let made = operator.post("/apps", json!({"mode": "testing", "name": "shop", "enroll_quota": 1})).await.1;
    let id = made["app"]["app_id"].as_str().unwrap();
    let app = App::new(server.base(), id, made["api_key"].as_str().unwrap());
    let body = json!({"image": images::base64(&photo), "subject_id": "budi", "is_liveness": true});
    let tried = operator.post(&format!("/apps/{id}/try/enroll"), body.clone()).await.1;
    assert_eq!((&tried["status"], &tried["answer"]["message"]), (&json!(200), &json!("Request Success")));
    let seen = &tried["seen"][0];
    assert_eq!(seen["measurements"].as_array().unwrap().len(), 9);
    assert_eq!(seen["faces"][0]["landmarks"].as_array().unwrap().len(), 5);
    assert!(!tried.to_string().contains("template"));
    // The unit is taken, and errors are the API's own.
    let again = operator.post(&format!("/apps/{id}/try/enroll"), body.clone()).await.1;
    assert_eq!((&again["status"], &again["answer"]["error_code"]), (&json!(403), &json!("INSUFFICIENT_QUOTA_ENROLL")));
    assert_eq!(again["answer"]["error_code"], app.enroll(&body).await.body["error_code"]);
    let detect = operator.post(&format!("/apps/{id}/try/detect"), json!({"image": "?"})).await.1;
    assert_eq!(detect["answer"]["error_code"], "INVALID_PAYLOAD_IMAGE_MISSING");
    // The photo: only by a request that the log knows.
    let found = operator.post(&format!("/apps/{id}/subjects/find"), json!({"prefix": "bu"})).await.1;
    assert_eq!(found["subjects"][0]["subject_id"], "budi");
    let path = format!("/apps/{id}/subjects/photo");
    let shown = operator.send("POST", &path, Some(json!({"subject_id": "budi"}))).await;
    assert_eq!(shown.headers()["content-type"], "image/jpeg");
    assert_eq!(shown.headers()["cache-control"], "no-store");
    assert_eq!(shown.bytes().await.unwrap(), photo);
    let log = operator.get(&format!("/audit?app={id}")).await.1;
    let actions: Vec<_> = log["rows"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["photo_shown", "enrolled", "app_created"], "the newest first");
    assert!(!server.log().contains("budi"), "the log names a subject");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_address_leads_to_the_pages() {
    let server = TestServer::start();
    let answer = App::new(server.base(), "", "").anonymous("GET", "/").send().await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["location"]),
        (StatusCode::TEMPORARY_REDIRECT, &"/console/".parse().unwrap())
    );
    let refused = signed_in(&server).await.post("/apps", json!(["testing", "shop", null, null, null])).await;
    assert_eq!(
        (refused.0, &refused.1["error_code"]),
        (StatusCode::BAD_REQUEST, &json!("INVALID_PAYLOAD")),
        "no object"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_longer_than_any_form_is_not_read() {
    let server = TestServer::start();
    assert!(set_password(&server, PASSWORD));
    let browser = Browser::new(&server);
    let padded = async |bytes: usize| {
        let (status, answer) = browser.post("/session", json!({"password": PASSWORD, "more": "x".repeat(bytes)})).await;
        (status, answer["error_code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(padded(1 << 10).await, (StatusCode::OK, String::new()));
    assert_eq!(padded(1 << 20).await, (StatusCode::BAD_REQUEST, "INVALID_PAYLOAD".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_what_pages_do_not_need() {
    let server = TestServer::start();
    for path in ["/console/", "/console/apps", "/console/api/session", "/console/assets/none.js"] {
        let answer = App::new(server.base(), "", "").anonymous("GET", path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && policy.ends_with("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(
            (header("x-content-type-options"), header("referrer-policy")),
            ("nosniff".into(), "no-referrer".into())
        );
        assert!(header("permissions-policy").starts_with("camera=(self)"), "{path}");
    }
    let off = Setup::default().set("CONSOLE__ENABLED", "false").start();
    let answer = App::new(off.base(), "", "").anonymous("GET", "/console/").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
