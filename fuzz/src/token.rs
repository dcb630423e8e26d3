//! Everything a caller presents to be recognised by: cursors, App-ID and API-Key, idempotency keys, the console's session
//! and CSRF token, the capture page's token, ids in paths, and keys that operators give.
//!
//! Input: lines `kind value`, see [`run`]; a line without a known kind is tried as everything.

use facegate_api::stages;
use facegate_console::stages as console;
use facegate_domain::{ApiKey, AppId, SessionId, SubjectId, Timestamp};
use facegate_vault::{MasterKey, MasterKeyId};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The last microsecond of the year 9999.
const LAST: i64 = 253_402_300_799_999_999;

/// Runs one input.
pub fn run(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        headers(line);
        if let Ok(text) = std::str::from_utf8(line) {
            page(text);
            ids(text);
            keys(text);
        }
    }
}

fn map(name: HeaderName, value: &[u8]) -> HeaderMap {
    HeaderValue::from_bytes(value).map(|value| HeaderMap::from_iter([(name, value)])).unwrap_or_default()
}

/// A header as it comes from the network, with any bytes that HTTP lets through.
fn headers(value: &[u8]) {
    let mut both = map(HeaderName::from_static("app-id"), value);
    both.extend(map(HeaderName::from_static("api-key"), value));
    if let Some((id, key)) = stages::credentials(&both) {
        assert!(!id.is_empty() && id == key && id.trim() == id && id.is_ascii());
    }
    session(value);
    if let Some((token, digest)) = console::capture_token(&map(AUTHORIZATION, value)) {
        assert!(value.starts_with(b"Bearer ") && (1..=100).contains(&token.len()));
        assert_eq!(digest, ApiKey::presented(&token).digest().0);
    }
    let text = std::str::from_utf8(value).ok();
    if let Ok(Some(key)) = stages::idempotency_key(text) {
        assert_eq!(Some(key.as_str()), text);
        assert!((1..=255).contains(&key.as_str().len()) && key.as_str().bytes().all(|b| (b' '..=b'~').contains(&b)));
    }
}

/// Cookies of others do not hide the session's, and are none.
fn session(value: &[u8]) {
    let found = console::session(&map(COOKIE, value));
    assert!(found.is_none() || value.windows(16).any(|part| part == b"facegate_console"));
    let Some((cookie, digest)) = console::new_session() else { panic!("no cookie") };
    let token = cookie.split_once('=').map(|(_, token)| token.as_bytes()).unwrap_or_default();
    // Nothing that others know or guess vouches for a session, be it the caller's or somebody's: its own token and what the
    // store keeps of it neither.
    for session in [value, cookie.as_bytes()] {
        for sent in [value, b"", token, hex::encode(digest).as_bytes()] {
            let mut both = map(COOKIE, session);
            both.extend(map(HeaderName::from_static("x-csrf-token"), sent));
            assert!(!console::vouched(&both), "a session without its CSRF token");
        }
    }
    if found.is_none() && !value.windows(16).any(|part| part == b"facegate_console") {
        let among = [value, b"; ", cookie.as_bytes()].concat();
        if HeaderValue::from_bytes(&among).is_ok_and(|value| value.to_str().is_ok()) {
            assert_eq!(console::session(&map(COOKIE, &among)), Some(digest), "a session is lost among cookies");
        }
    }
}

/// The query of a list; a cursor leads behind the subject it was given for.
fn page(text: &str) {
    for query in [text.to_owned(), format!("limit=2&cursor={text}")] {
        let Ok((limit, after)) = stages::page(&query) else { continue };
        assert!((1..=500).contains(&limit));
        if let Some(after) = after {
            let again = stages::page(&format!("cursor={}", stages::cursor(&after)));
            assert_eq!(again.map(|(_, subject)| subject), Ok(Some(after)));
        }
    }
}

fn ids(text: &str) {
    if let Ok(id) = SubjectId::parse(text) {
        assert!((1..=SubjectId::MAX_BYTES).contains(&id.as_str().len()));
        assert_eq!(SubjectId::parse(id.as_str()).as_ref(), Ok(&id));
        let again = stages::page(&format!("cursor={}", stages::cursor(&id)));
        assert_eq!(again, Ok((100, Some(id))), "a cursor leads elsewhere");
    }
    if let Ok(id) = AppId::parse(text) {
        assert_eq!(id.as_str(), text);
        assert!(text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    }
    if let Some(id) = SessionId::parse(text) {
        assert_eq!(SessionId::parse(&id.to_string()), Some(id));
    }
    // Others are written as the end of the year 9999.
    if let Some(at) = Timestamp::parse(text).filter(|at| (0..=LAST).contains(&at.0)) {
        assert_eq!(Timestamp::parse(&at.to_text()), Some(at), "a moment is written as another");
    }
}

/// What operators type in; a key is never part of what is shown of it.
fn keys(text: &str) {
    if let Some(id) = MasterKeyId::parse(text) {
        assert_eq!(MasterKeyId::parse(&id.to_string()), Some(id));
    }
    if let Ok(key) = MasterKey::parse(text) {
        let plain = key.reveal();
        assert_eq!(MasterKey::parse(&plain).map(|key| key.id()), Ok(key.id()));
        assert!(!format!("{key:?}").contains(&plain[..16]));
    }
}
