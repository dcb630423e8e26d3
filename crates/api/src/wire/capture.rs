//! Answers of `/v1/face/capture_tokens`.

use facegate_domain::{SessionId, Timestamp};
use facegate_service::{CaptureState, KnownCapture, NewCapture};
use serde::Serialize;
use utoipa::ToSchema;

use crate::capture::{CaptureOrder, Purpose};

/// A capture that was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptureAnswer {
    message: &'static str,
    session_id: String,
    timestamp: f64,
    /// Names the capture when you ask how it went.
    capture_id: String,
    /// Opens the page once; told this once.
    token: String,
    /// The page, on this server; browsers do not send what is behind `#`.
    url: String,
    /// ISO 8601.
    expires_at: String,
}

impl CaptureAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, made: &NewCapture) -> Self {
        Self {
            message: "Request Success",
            session_id: session.to_string(),
            timestamp: Timestamp::now().as_seconds(),
            capture_id: session.to_string(),
            token: made.token.reveal().to_owned(),
            url: format!("/capture#token={}", made.token.reveal()),
            expires_at: made.expires_at.to_text(),
        }
    }
}

/// How far a capture is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum StateBlock {
    Pending,
    Expired,
    Passed,
    Failed,
}

/// How a capture went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptureStateAnswer {
    message: &'static str,
    session_id: String,
    timestamp: f64,
    capture_id: String,
    purpose: Purpose,
    /// Whom it is about, if you named somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subject_id: Option<String>,
    status: StateBlock,
    /// The request that decided it, as the page told it; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    result_session_id: Option<String>,
    /// Photos that were sent.
    attempts: u32,
    /// ISO 8601.
    expires_at: String,
}

impl CaptureStateAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, id: SessionId, known: &KnownCapture, order: CaptureOrder) -> Self {
        let (status, result) = match known.state {
            CaptureState::Pending => (StateBlock::Pending, None),
            CaptureState::Expired => (StateBlock::Expired, None),
            CaptureState::Passed(session) => (StateBlock::Passed, Some(session)),
            CaptureState::Failed(session) => (StateBlock::Failed, Some(session)),
        };
        Self {
            message: "Request Success",
            session_id: session.to_string(),
            timestamp: Timestamp::now().as_seconds(),
            capture_id: id.to_string(),
            purpose: order.purpose,
            subject_id: order.subject_id,
            status,
            result_session_id: result.map(|session| session.to_string()),
            attempts: known.attempts,
            expires_at: known.expires_at.to_text(),
        }
    }
}
