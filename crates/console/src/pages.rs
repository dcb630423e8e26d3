//! The files of the pages, which the binary holds.

use axum::response::{IntoResponse, Response};
use facegate_api::ErrorCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::fault::Answer;

/// `make console` puts them there; a binary that was built without has none.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Files;

/// Files whose name changes with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Pages: asked for anew each time, so that a new binary shows at once.
const ANEW: &str = "no-cache";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>facegate</title>\
    <p>This facegate was built without its pages: run <code>make console</code>, then build it again.</p></html>";

/// A page: `console/index.html`.
pub(crate) fn page(name: &str) -> Response {
    match Files::get(name) {
        Some(file) => send(file, ANEW),
        None => ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], NOT_BUILT).into_response(),
    }
}

/// A file that a page loads: `console/assets/index-1234.js`.
pub(crate) fn asset(name: &str) -> Answer<Response> {
    Ok(send(Files::get(name).ok_or(ErrorCode::NotFound)?, FOR_EVER))
}

fn send(file: EmbeddedFile, keep: &'static str) -> Response {
    let kind = file.metadata.mimetype().to_owned();
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, keep.to_owned())], file.data.into_owned()).into_response()
}
