//! What every answer to a browser carries: scripts, styles and pictures from this server only, nothing inline.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};

/// All but who may show a page in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ";

/// The same where nobody may.
const NOBODY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The camera for pages of this server, nothing else.
const PERMISSIONS: &str = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()";

/// The layer of the console: nobody may frame it.
pub(crate) async fn console(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    common(headers);
    headers.insert(CONTENT_SECURITY_POLICY, capture_policy(&[]));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// The layer of the capture page: the policy's origins may frame it.
pub(crate) async fn capture(State(policy): State<HeaderValue>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    common(response.headers_mut());
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// The policy of a page that these origins may show in a frame; nobody without any, or if one is no header value.
pub(crate) fn capture_policy(origins: &[String]) -> HeaderValue {
    let framed = HeaderValue::from_str(&format!("{POLICY}{}", origins.join(" ")));
    match framed {
        Ok(policy) if !origins.is_empty() => policy,
        _ => HeaderValue::from_static(NOBODY),
    }
}

/// What all pages share.
fn common(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS));
}
