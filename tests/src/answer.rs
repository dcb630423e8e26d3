//! An answer of the server, and what every answer must be.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer that was received as a whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// Receives an answer; every body is JSON.
    pub async fn receive(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| panic!("{status} with a body that is no JSON: {}", String::from_utf8_lossy(&bytes)));
        Ok(Self { status, headers, body })
    }

    /// The `error_code`; empty when there is none.
    pub fn code(&self) -> &str {
        self.body["error_code"].as_str().unwrap_or_default()
    }

    /// Status and code at once, for comparisons.
    pub fn outcome(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    /// The `message`.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Whether clients take this for a stored enrolment.
    pub fn enrolled(&self) -> bool {
        self.status == 200 && self.message() == "Request Success"
    }

    /// The names at the top of the body, sorted.
    pub fn keys(&self) -> Vec<&str> {
        names(&self.body)
    }

    /// Demands an error answer of the contract's shape.
    pub fn expect(&self, status: u16, code: &str) {
        assert_eq!(self.outcome(), (status, code), "{}", self.body);
        if !code.is_empty() && status != 200 {
            assert_eq!(self.keys(), ["error_code", "message", "session_id"], "{}", self.body);
            assert!(!self.message().is_empty());
        }
        assert_eq!(self.headers["content-type"], "application/json");
        let id = self.headers["x-request-id"].to_str().unwrap();
        uuid::Uuid::parse_str(id).expect("X-Request-Id is a UUID");
        if let Some(session) = self.body.get("session_id") {
            assert_eq!(session, id, "session_id and X-Request-Id are one");
        }
    }

    /// Demands a successful enrolment and gives the subject's id.
    pub fn expect_enrolled(&self) -> &str {
        self.expect(200, "");
        assert!(self.enrolled(), "{}", self.body);
        self.body["subject_id"].as_str().expect("subject_id")
    }
}

/// The names of an object, sorted.
pub fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
