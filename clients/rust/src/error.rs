//! Why a request has no answer.

use std::time::Duration;

use serde::Deserialize;

use crate::SubjectId;

/// Why a request has no answer. Its text never shows a key, a subject id or a photo.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be made as asked for.
    #[error("{0}")]
    Setup(&'static str),
    /// The request cannot be sent as it is.
    #[error("{0}")]
    Request(&'static str),
    /// The server refused the request.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The server was not reached, or its answer did not arrive in time or as a whole.
    #[error("no answer: {0}")]
    Transport(#[source] reqwest::Error),
    /// The server answered with success and something that is no answer of this API.
    #[error("the server's answer is none of the face API's")]
    Answer,
}

/// What a server says when it refuses a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", code, if code.is_empty() { "" } else { ": " })]
#[non_exhaustive]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error_code`; empty when something else than the API answered, such as a proxy.
    pub code: String,
    /// The server's text.
    pub message: String,
    /// The request's id, to look it up in the server's log.
    pub session_id: Option<String>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// With `DUPLICATE_FACE`: the subject that has this face.
    pub duplicate_subject_id: Option<SubjectId>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error_code: String,
    message: String,
    session_id: Option<String>,
    duplicate_subject_id: Option<SubjectId>,
}

impl Refusal {
    /// Reads an answer whose status is no success, whatever its body is.
    pub(crate) fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let message = if body.message.is_empty() { format!("HTTP status {status}") } else { body.message };
        Self {
            status,
            code: body.error_code,
            message,
            session_id: body.session_id,
            retry_after,
            duplicate_subject_id: body.duplicate_subject_id,
        }
    }
}

impl Error {
    /// Whether the same request may succeed later: the server was busy or not reached, or the rate limit was reached.
    /// A request that was not answered may have been carried out.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(refusal) => matches!(refusal.status, 408 | 429 | 502..=504),
            Self::Transport(_) => true,
            Self::Setup(_) | Self::Request(_) | Self::Answer => false,
        }
    }

    /// The server's `error_code`, if it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) if !refusal.code.is_empty() => Some(&refusal.code),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // A URL can hold a subject id.
        Self::Transport(error.without_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_body_makes_a_refusal() {
        let body = br#"{"message":"busy","error_code":"SERVER_BUSY","session_id":"s","new":1}"#;
        let busy = Refusal::read(503, Some(Duration::from_secs(1)), body);
        assert_eq!(busy.to_string(), "SERVER_BUSY: busy");
        assert_eq!(busy.session_id.as_deref(), Some("s"));
        assert!(Error::from(busy).is_retryable());
        for body in [&b"<html>"[..], b"", b"[]", br#"{"message":1}"#, b"\xff"] {
            let refusal = Refusal::read(404, None, body);
            assert_eq!((refusal.code.as_str(), refusal.to_string().as_str()), ("", "HTTP status 404"));
            assert!(!Error::from(refusal).is_retryable());
        }
    }

    #[test]
    fn a_duplicate_is_named_but_not_shown() {
        let body = br#"{"message":"m","error_code":"DUPLICATE_FACE","duplicate_subject_id":"budi"}"#;
        let refusal = Refusal::read(409, None, body);
        assert_eq!(refusal.duplicate_subject_id.as_ref().map(SubjectId::as_str), Some("budi"));
        let error = Error::from(refusal);
        assert_eq!(error.code(), Some("DUPLICATE_FACE"));
        assert!(!format!("{error} {error:?}").contains("budi"));
    }
}
