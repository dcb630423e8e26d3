//! Browsers call the API directly.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The layer for these origins, `*` for any; `None` when there are none. Origins that are no header value are left
/// out. A preflight needs no key: browsers send none with it.
pub(crate) fn layer(origins: &[String]) -> Option<CorsLayer> {
    let allowed = if origins.iter().any(|origin| origin == "*") {
        // Safe: the key is a header that a page must know, not a cookie that a browser adds.
        AllowOrigin::any()
    } else {
        let listed: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
        if listed.is_empty() {
            return None;
        }
        AllowOrigin::list(listed)
    };
    let [app_id, api_key, idempotency_key] = ["app-id", "api-key", "idempotency-key"].map(HeaderName::from_static);
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers([app_id, api_key, idempotency_key, CONTENT_TYPE, ACCEPT])
            .expose_headers([HeaderName::from_static("x-request-id"), http::header::RETRY_AFTER])
            .max_age(Duration::from_secs(3600)),
    )
}
