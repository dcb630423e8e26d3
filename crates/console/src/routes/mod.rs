//! The paths, one file a resource, and the layers around them.

mod account;
mod apps;
mod audit;
mod keys;
mod subjects;
mod system;
mod tenant;
mod tries;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::middleware::from_fn;
use axum::response::{Redirect, Response};
use axum::routing::{delete, get, post};
use facegate_api::{ApiError, ErrorCode, observed};

use crate::fault::Answer;
use crate::{Console, headers, pages, patience};

/// Most bytes of a body: a password of its greatest length with every byte escaped, and more than any other form. Photos to try
/// are read apart, within the API's own limits.
const FORM_BYTES: usize = 16 * 1024;

/// Every path of the console; to be merged with the API's.
pub fn router(console: Console) -> Router {
    let api = Router::new()
        .route("/session", get(account::state).post(account::sign_in).delete(account::sign_out))
        .route("/setup", post(account::set_up))
        .route("/password", post(account::change_password))
        .route("/apps", get(apps::list).post(apps::create))
        .route("/apps/{app}", get(apps::show).patch(apps::change))
        .route("/apps/{app}/keys", post(keys::add))
        .route("/apps/{app}/keys/{fingerprint}", delete(keys::revoke))
        .route("/apps/{app}/subjects/find", post(subjects::find))
        .route("/apps/{app}/subjects/show", post(subjects::show))
        .route("/apps/{app}/subjects/photo", post(subjects::photo))
        .route("/apps/{app}/subjects/delete", post(subjects::delete))
        .route("/apps/{app}/try/{endpoint}", post(tries::run))
        .route("/audit", get(audit::page))
        .route("/audit/verify", post(audit::verify))
        .route("/health", get(system::health))
        .route("/settings", get(system::settings))
        .route("/{*rest}", get(nothing));
    let whole = console.api.clone();
    let routes = Router::new()
        .nest("/console/api", api)
        // Who opens the server in a browser means its pages.
        .route("/", get(async || Redirect::temporary("/console/")))
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(page))
        .route("/console/assets/{file}", get(asset))
        .route("/console/{*page}", get(page))
        .method_not_allowed_fallback(async || ApiError::from(ErrorCode::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn(patience::limited))
        .layer(from_fn(headers::console))
        .with_state(console);
    observed(routes, &whole)
}

async fn nothing() -> ApiError {
    ErrorCode::NotFound.into()
}

/// Every address of the console is the same page, whose script reads the address.
async fn page() -> Response {
    pages::page("console/index.html")
}

async fn asset(Path(file): Path<String>) -> Answer<Response> {
    pages::asset(&format!("console/assets/{file}"))
}
