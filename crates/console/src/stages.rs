//! How secrets of requests are read, for fuzz targets only (feature `stages`).

use http::HeaderMap;

use crate::{auth, capture};

/// What the store would look for: the SHA-256 of the session's token in the request's cookies.
pub fn session(headers: &HeaderMap) -> Option<[u8; 32]> {
    auth::Token::of(headers).map(|token| token.digest())
}

/// A new session's cookie as a browser sends it back, and what the store keeps of it.
pub fn new_session() -> Option<(String, [u8; 32])> {
    let token = auth::Token::generate();
    let cookie = auth::cookie(&token, true)?;
    let sent = cookie.to_str().ok()?.split(';').next()?;
    Some((sent.to_owned(), token.digest()))
}

/// Whether the request shows the CSRF token of its session.
pub fn vouched(headers: &HeaderMap) -> bool {
    auth::Token::of(headers).is_some_and(|token| token.vouches_for(headers))
}

/// The token that a capture page sends, and what the store would look for.
pub fn capture_token(headers: &HeaderMap) -> Option<(String, [u8; 32])> {
    capture::Token::of(headers).map(|token| (token.as_str().to_owned(), token.digest()))
}

/// What a body or query asks for, by path, without the store.
///
/// # Errors
/// What the handler would answer.
pub mod asked {
    use axum::Json;
    use axum::extract::Query;
    use facegate_api::ApiError;
    use facegate_domain::{App, SubjectId};
    use facegate_gallery::QuotaChange;
    use facegate_gallery::audit::{AuditCursor, AuditFilter};
    use serde::de::DeserializeOwned;

    use crate::forms::{self, Change, Changes, Find, Named, NewApp, Page, SetUp, SignIn};

    fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
        forms::read(Json::from_bytes(body))
    }

    /// `POST /apps`.
    pub fn app(body: &[u8]) -> Result<App, ApiError> {
        read::<NewApp>(body)?.app().map(|(app, _)| app)
    }

    /// `PATCH /apps/{app}`: limits, and days of retention if they change.
    pub fn changes(body: &[u8]) -> Result<(QuotaChange, Option<Option<u32>>), ApiError> {
        read::<Changes>(body)?.read()
    }

    /// `POST /apps/{app}/subjects/find`: the prefix, and after whom.
    pub fn find(body: &[u8]) -> Result<(Option<SubjectId>, Option<SubjectId>), ApiError> {
        read::<Find>(body)?.read()
    }

    /// `POST /apps/{app}/subjects/show`, `photo`, `delete`.
    pub fn subject(body: &[u8]) -> Result<SubjectId, ApiError> {
        read::<Named>(body)?.subject()
    }

    /// `POST /session`, `/setup`, `/password`: the lengths of what is secret.
    pub fn secrets(body: &[u8]) -> [Result<[usize; 2], ApiError>; 3] {
        [
            read::<SignIn>(body).map(|form| [form.password.len(), 0]),
            read::<SetUp>(body).map(|form| [form.code.len(), form.password.len()]),
            read::<Change>(body).map(|form| [form.current.len(), form.new.len()]),
        ]
    }

    /// `GET /audit?…`.
    pub fn audit(query: &str) -> Result<(AuditFilter, Option<AuditCursor>), ApiError> {
        let address = format!("/audit?{query}").parse().map_err(|_| ApiError::payload("no address"))?;
        Query::<Page>::try_from_uri(&address).map_err(|_| ApiError::payload("no query"))?.0.read()
    }
}
