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
