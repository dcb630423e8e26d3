//! The token of a capture, as the page sends it: in a header, so that no address and no log has it.

use axum::extract::FromRequestParts;
use facegate_api::{ApiError, ErrorCode};
use facegate_domain::ApiKey;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

/// What a browser presented, right or wrong, in the form that tokens are made with: for another the store is not asked.
pub(crate) struct Token(String);

impl<S: Sync> FromRequestParts<S> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(&parts.headers).ok_or_else(|| ErrorCode::CaptureNotFound.into())
    }
}

impl Token {
    /// The one that a request brings.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        token.filter(|token| ApiKey::is_capture_form(token)).map(|token| Self(token.to_owned()))
    }

    /// The secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its SHA-256.
    pub fn digest(&self) -> [u8; 32] {
        ApiKey::presented(&self.0).digest().0
    }
}
