//! What came of one request, here or at a server.

use std::time::Duration;

use serde_json::Value;

/// How long to wait where a refusal does not say it.
const SOME_TIME: Duration = Duration::from_millis(500);

/// The outcome in the API's words.
#[derive(Clone, Debug)]
pub struct Reply {
    /// `SUCCESS`, `FAIL_ON_n` or an error code.
    pub code: String,
    /// The API's text.
    pub message: String,
    /// The request's id; empty if nobody answered.
    pub session: String,
    /// Whether it may go better later, and when.
    pub retry: Option<Duration>,
    /// The whole answer.
    pub body: Value,
}

impl Reply {
    /// An answer with this status.
    pub fn new(status: u16, body: Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = match text("error_code") {
            code if code.is_empty() && status == 200 => "SUCCESS".to_owned(),
            code if code.is_empty() => format!("HTTP_{status}"),
            code => code,
        };
        let retry = matches!(status, 408 | 429 | 502..=504).then_some(SOME_TIME);
        Self { code, message: text("message"), session: text("session_id"), retry, body }
    }

    /// Nobody answered.
    pub fn none(message: String) -> Self {
        let code = "NO_ANSWER".to_owned();
        Self { code, message, session: String::new(), retry: Some(SOME_TIME), body: Value::Null }
    }

    /// After at least this time.
    pub fn retry_after(self, wait: Option<Duration>) -> Self {
        Self { retry: self.retry.map(|usual| wait.unwrap_or(usual)), ..self }
    }

    /// Every gate was passed.
    pub fn passed(&self) -> bool {
        self.code == "SUCCESS"
    }

    /// The request was looked at to its end: it passed, or failed at a gate.
    pub fn answered(&self) -> bool {
        self.passed() || self.code.starts_with("FAIL_ON_")
    }

    /// Nothing that is asked will be answered: the key is wrong, or nothing is left of a quota.
    pub fn is_the_end(&self) -> bool {
        self.code == "UNAUTHORIZED" || self.code.starts_with("INSUFFICIENT_QUOTA")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_and_what_they_ask_for() {
        let success = Reply::new(200, json!({"message": "Request Success", "session_id": "s"}));
        assert!(success.passed() && success.answered() && success.retry.is_none() && success.session == "s");
        let gate = Reply::new(200, json!({"error_code": "FAIL_ON_4"}));
        assert!(!gate.passed() && gate.answered() && !gate.is_the_end());
        let quota = Reply::new(403, json!({"error_code": "INSUFFICIENT_QUOTA_ENROLL"}));
        assert!(quota.is_the_end() && !quota.answered());
        let busy = Reply::new(503, json!({"error_code": "SERVER_BUSY"})).retry_after(Some(Duration::from_secs(2)));
        assert_eq!(busy.retry, Some(Duration::from_secs(2)));
        assert_eq!(Reply::new(413, Value::Null).code, "HTTP_413");
    }
}
