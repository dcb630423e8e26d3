//! Probes for the machinery that runs the server. No key needed; they say nothing beyond yes and no.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Api, ApiError, ErrorCode};

/// A probe waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// The answer of a probe.
#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    /// `ok`.
    status: &'static str,
}

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    Json(Status { status: "ok" }).into_response()
}

/// `GET /readyz`: store and models work.
pub(crate) async fn ready(State(api): State<Api>) -> Result<Response, ApiError> {
    match tokio::time::timeout(PATIENCE, api.facegate.ready()).await {
        Ok(Ok(())) => Ok(Json(Status { status: "ok" }).into_response()),
        _ => Err(ApiError { message: Some("not ready".into()), ..ErrorCode::ServerBusy.into() }),
    }
}
