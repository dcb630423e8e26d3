//! How an answered request says whether it passed: the same head on every endpoint that has gates.

use axum::Json;
use axum::response::{IntoResponse, Response};
use facegate_domain::{Gates, SessionId, Timestamp};
use facegate_service::Assessed;
use serde::Serialize;
use utoipa::ToSchema;

use crate::request_id::AnswerCode;

/// The head of an answer with status 200.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// `Request Success`, exactly, or which gates failed.
    message: String,
    /// `FAIL_ON_n`; absent on success.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_code: Option<String>,
    /// `SUCCESS` or `FAIL_ON_n`.
    status_code: String,
    /// The request's id.
    session_id: String,
    /// Unix seconds with microseconds.
    timestamp: f64,
}

impl Outcome {
    /// The outcome of the gates of one request.
    pub fn new(failed: Gates, session: SessionId) -> Self {
        let code = fail_code(failed);
        Self {
            message: failed.failure_message().unwrap_or("Request Success").to_owned(),
            error_code: code.clone(),
            status_code: code.unwrap_or_else(|| "SUCCESS".to_owned()),
            session_id: session.to_string(),
            timestamp: Timestamp::now().as_seconds(),
        }
    }
}

fn fail_code(failed: Gates) -> Option<String> {
    (!failed.is_empty()).then(|| format!("FAIL_ON_{}", failed.bits()))
}

/// What an answer is about, for whoever answers in this process: not a part of it on the wire.
#[derive(Clone)]
pub(crate) struct Seen(pub Vec<Assessed>);

/// An answer with status 200 whose failed gates show in the log.
pub(crate) fn with_outcome(failed: Gates, body: impl Serialize, seen: impl Into<Vec<Assessed>>) -> Response {
    let mut response = Json(body).into_response();
    response.extensions_mut().insert(Seen(seen.into()));
    if let Some(code) = fail_code(failed) {
        response.extensions_mut().insert(AnswerCode(code));
    }
    response
}
