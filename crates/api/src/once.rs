//! The `Idempotency-Key` header: a repeated request gets the first answer again, byte by byte.

use axum::response::{IntoResponse, Response};
use facegate_domain::SessionId;
use facegate_service::{IdempotencyKey, Once};
use http::header;
use sha2::{Digest, Sha256};

use crate::wire::EnrolledAnswer;
use crate::{ApiError, ErrorCode};

/// The key of a request that has one.
pub(crate) fn key(header: Option<&str>) -> Result<Option<IdempotencyKey>, ApiError> {
    header.map(|text| IdempotencyKey::parse(text).map_err(|_| ErrorCode::IdempotencyKey.into())).transpose()
}

/// What tells a repetition from another request under the same key.
pub(crate) fn fingerprint(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// How the service makes the request repeatable.
pub(crate) fn once(key: IdempotencyKey, fingerprint: [u8; 32], session: SessionId) -> Once {
    let word = move |answer: &_| serde_json::to_vec(&EnrolledAnswer::new(session, answer)).unwrap_or_default();
    Once { key, fingerprint, word: Box::new(word) }
}

/// A kept answer as it was worded the first time.
pub(crate) fn response(json: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}
