//! What a handler for the operator receives; no handler can forget to ask.

use axum::extract::FromRequestParts;
use facegate_api::{ApiError, ErrorCode, RequestPeer, RequestSession};
use facegate_domain::{SessionId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry};
use http::request::Parts;

use super::Token;
use crate::Console;

/// The operator, signed in. A request that may change something has shown its CSRF token.
pub(crate) struct Operator {
    /// The session's token.
    pub token: Token,
    /// The request's id.
    pub request: SessionId,
}

impl FromRequestParts<Console> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, ApiError> {
        let RequestSession(request) = RequestSession::from_request_parts(parts, console).await?;
        let peer = RequestPeer::from_request_parts(parts, console).await?;
        let token = Token::of(&parts.headers).ok_or(ErrorCode::Unauthorized)?;
        if !console.is_session(&token, &peer).await? {
            return Err(ErrorCode::Unauthorized.into());
        }
        if !parts.method.is_safe() && !token.vouches_for(&parts.headers) {
            let message = Some("the request lacks the CSRF token of its session".to_owned());
            return Err(ApiError { message, ..ErrorCode::Unauthorized.into() });
        }
        Ok(Self { token, request })
    }
}

impl Operator {
    /// A row of the audit log about what the operator does now.
    pub fn row(&self, action: Action) -> AuditEntry {
        AuditEntry::done(Timestamp::now(), &Actor::Operator, action).in_session(Some(self.request))
    }
}
