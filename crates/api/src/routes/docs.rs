//! `GET /openapi.json` and the page that shows it. Everything comes from the binary; the page asks nobody else.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa_swagger_ui::Config;

use crate::{ApiError, ErrorCode, openapi_json};

/// An hour: the document changes only with the binary.
const KEEP: &str = "public, max-age=3600";
/// The page draws itself with inline styles and pictures; it may load and call this server only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static DOCUMENT: LazyLock<Option<String>> = LazyLock::new(|| openapi_json().ok());
// "none": otherwise the page sends the document to a validator on the web.
static PAGE: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").validator_url("none").use_base_layout()));

/// The document.
pub(crate) async fn document() -> Result<Response, ApiError> {
    let text = DOCUMENT.as_deref().ok_or(ErrorCode::Internal)?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEEP)], text).into_response())
}

/// To the page, whose files are named relative to it.
pub(crate) async fn to_page() -> Redirect {
    Redirect::permanent("/docs/")
}

/// The page itself.
pub(crate) async fn page() -> Result<Response, ApiError> {
    serve("")
}

/// A file of the page.
pub(crate) async fn file(
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, ApiError> {
    serve(&path.map_err(|_| ErrorCode::NotFound)?)
}

/// What the binary holds is not copied.
fn body(bytes: Cow<'static, [u8]>) -> Bytes {
    match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}

fn serve(name: &str) -> Result<Response, ApiError> {
    let found = utoipa_swagger_ui::serve(name, PAGE.clone()).map_err(|_| ErrorCode::Internal)?;
    let file = found.ok_or(ErrorCode::NotFound)?;
    let headers =
        [(CONTENT_TYPE, file.content_type.as_str()), (CACHE_CONTROL, KEEP), (CONTENT_SECURITY_POLICY, POLICY)];
    let mut response = (headers, body(file.bytes)).into_response();
    if file.gzpipped {
        response.headers_mut().insert(CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
