//! What Prometheus reads. On an address of its own, since it is for the operator's machinery and has no key.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use facegate_service::Facegate;
use http::{StatusCode, header};

/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`.
pub(crate) async fn metrics(State(facegate): State<Arc<Facegate>>) -> Response {
    match facegate.metrics().text(facegate.levels()) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
