//! The paths, one file a resource, and the layers around them.

mod captures;
mod docs;
pub(crate) mod enroll;
mod erasures;
mod health;
pub(crate) mod matching;
mod metrics;
pub(crate) mod observe;
mod subjects;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use facegate_service::Facegate;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use health::Status;

use crate::{Api, ApiError, ErrorCode, cors, request_id};

/// Every path of the server.
pub fn router(api: Api) -> Router {
    let cors = cors::layer(&api.options.cors_origins);
    let routes = Router::new()
        .route("/v1/face/enroll", post(enroll::enroll).delete(enroll::delete))
        .route("/v1/face/verify", post(matching::verify))
        .route("/v1/face/compare", post(matching::compare))
        .route("/v1/face/search", post(matching::search))
        .route("/v1/face/liveness", post(observe::liveness))
        .route("/v1/face/detect", post(observe::detect))
        .route("/v1/face/subjects", get(subjects::list))
        .route("/v1/face/subjects/{subject_id}", get(subjects::show))
        .route("/v1/face/erasures/{session_id}", get(erasures::show))
        .route("/v1/face/capture_tokens", post(captures::order))
        .route("/v1/face/capture_tokens/{capture_id}", get(captures::show))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::to_page))
        .route("/docs/", get(docs::page))
        .route("/docs/{*file}", get(docs::file))
        .fallback(async || ApiError::from(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || ApiError::from(ErrorCode::MethodNotAllowed))
        .with_state(api.clone());
    match cors {
        // Within the outermost layer: that one sees what CORS answers by itself.
        Some(cors) => outermost(routes.layer(CatchPanicLayer::custom(panicked)).layer(cors), &api),
        None => observed(routes, &api),
    }
}

/// Adds what every path of a server needs: an id, a line in the log, errors worded as JSON, no end by a panic.
pub fn observed(routes: Router, api: &Api) -> Router {
    outermost(routes.layer(CatchPanicLayer::custom(panicked)), api)
}

fn outermost(routes: Router, api: &Api) -> Router {
    routes.layer(from_fn_with_state(api.clone(), request_id::answer))
}

/// What an operator's Prometheus reads, for an address of its own: `GET /metrics`.
pub fn metrics_router(facegate: Arc<Facegate>) -> Router {
    Router::new().route("/metrics", get(metrics::metrics)).with_state(facegate)
}

/// The panic's text stays in the log.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::from(ErrorCode::Internal).into_response()
}
