//! A row: one request and the code that it must get. Rows are data, so that what has none can be found.

use facegate_tests::{Answer, App, TestServer, answer, photos};
use serde_json::{Value, json};

use crate::{enroll, merged, server, testing};

/// Stands in a path for the id of the request that has deleted a subject of the live app.
pub const ERASURE: &str = "DELETION";

/// Whose request it is. Each of these apps has the subject `known`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A live app.
    Live,
    /// A testing app without liveness quota.
    NoLiveness,
    /// A sandbox app.
    Sandbox,
    /// The live app's id with a wrong key.
    Stranger,
}

/// One request and its code.
pub struct Row {
    pub what: String,
    pub who: Who,
    pub method: &'static str,
    pub path: String,
    pub body: String,
    /// Empty for success.
    pub code: String,
}

impl Row {
    /// A live app's payload to an endpoint.
    pub fn post(endpoint: &str, what: &str, payload: &Value, code: &str) -> Self {
        Self::raw(endpoint, what, payload.to_string(), code)
    }

    /// The same with any body.
    pub fn raw(endpoint: &str, what: &str, body: String, code: &str) -> Self {
        let (what, path, code) = (what.to_owned(), format!("/v1/face/{endpoint}"), code.to_owned());
        Self { what, who: Who::Live, method: "POST", path, body, code }
    }

    /// `GET /v1/face/<path>`.
    pub fn get(path: &str, what: &str, code: &str) -> Self {
        Self { method: "GET", ..Self::raw(path, what, String::new(), code) }
    }

    /// The same request of somebody else.
    pub fn of(self, who: Who) -> Self {
        Self { who, ..self }
    }

    /// The status that goes with the code.
    pub fn status(&self) -> u16 {
        match self.code.as_str() {
            "" => 200,
            "UNAUTHORIZED" => 401,
            code if code.starts_with("INSUFFICIENT_QUOTA_") => 403,
            "NOT_FOUND" | "SUBJECT_NOT_FOUND" | "ERASURE_NOT_FOUND" | "CAPTURE_NOT_FOUND" => 404,
            "METHOD_NOT_ALLOWED" => 405,
            _ => 400,
        }
    }
}

/// Checks every row.
pub async fn run(rows: Vec<Row>) {
    let apps = Apps::new(server()).await;
    assert!(!rows.is_empty());
    for row in rows {
        println!("{} {} ({:?}): {}", row.method, row.path, row.who, row.what);
        let request = apps
            .of(row.who)
            .request(row.method, &row.path.replace(ERASURE, &apps.erasure))
            .header("Content-Type", "application/json");
        let status = row.status();
        let answer: Answer = answer(request.body(row.body).send().await).await;
        answer.expect(status, &row.code);
        if status == 405 {
            assert!(answer.headers.contains_key("allow"));
        }
    }
}

struct Apps {
    live: App,
    no_liveness: App,
    sandbox: App,
    stranger: App,
    erasure: String,
}

impl Apps {
    async fn new(server: &TestServer) -> Self {
        let (live, no_liveness) = (server.live(), testing(1, 0));
        enroll(&live, "known", photos::SMALL).await;
        enroll(&no_liveness, "known", photos::SMALL).await;
        let sandbox = server.app(&["--mode", "sandbox"]);
        sandbox.enroll(&json!({"image": "LIVE_PERSON_A_1", "subject_id": "known"})).await.expect_enrolled();
        let stranger = live.with_key("fg_wrong");
        enroll(&live, "gone", photos::SMALL).await;
        let deleted = live.delete_subject("gone").await;
        let erasure = deleted.headers["x-request-id"].to_str().unwrap().to_owned();
        Self { live, no_liveness, sandbox, stranger, erasure }
    }

    fn of(&self, who: Who) -> &App {
        match who {
            Who::Live => &self.live,
            Who::NoLiveness => &self.no_liveness,
            Who::Sandbox => &self.sandbox,
            Who::Stranger => &self.stranger,
        }
    }
}

/// The order of the checks: a payload in which everything is wrong, and, code by code, what mends the fault that is
/// told. What comes before the quota is the same for an app without one.
pub fn ladder(endpoint: &str, everything_wrong: &Value, steps: &[(&str, Value)]) -> Vec<Row> {
    let (mut rows, mut payload, mut before_quota) = (Vec::new(), everything_wrong.clone(), true);
    for (code, mend) in steps {
        let row = || Row::post(endpoint, &format!("in order: {code} first"), &payload, code);
        if code.starts_with("INSUFFICIENT_QUOTA_") {
            rows.push(row().of(Who::NoLiveness));
            before_quota = false;
        } else {
            rows.push(row());
            rows.extend(before_quota.then(|| row().of(Who::NoLiveness)));
        }
        payload = merged(&payload, mend);
    }
    rows.push(Row::post(endpoint, "in order: nothing wrong at last", &payload, ""));
    rows
}
