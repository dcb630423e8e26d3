//! `POST /v1/face/capture_tokens` and `GET /v1/face/capture_tokens/{capture_id}`.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use facegate_domain::SessionId;

use crate::call::{Call, Caller};
use crate::capture::{CaptureOrder, Purpose};
use crate::wire::{CaptureAnswer, CaptureStateAnswer};
use crate::{Api, ApiError, ErrorCode, payload};

/// Orders a capture.
pub(crate) async fn order(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let body = call.whole_body(ErrorCode::InvalidPayload)?;
    let (order, seconds) = payload::capture(&body, &api.options.capture_origins)?;
    if let (Purpose::Verify, Some(subject)) = (order.purpose, order.subject()) {
        api.facegate.expect_enrolled(&call.app, &subject).await?;
    }
    let made = api.facegate.order_capture(&call.app, call.session, order.to_text(), seconds).await?;
    Ok(Json(CaptureAnswer::new(call.session, &made)).into_response())
}

/// How a capture went: what a browser says about it can be forged, this cannot.
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, ApiError> {
    let id = path.ok().and_then(|Path(id)| SessionId::parse(&id)).ok_or(ErrorCode::CaptureNotFound)?;
    let known = api.facegate.known_capture(&caller.app, id).await?;
    let order = CaptureOrder::from_text(&known.order).ok_or(ErrorCode::CaptureNotFound)?;
    Ok(Json(CaptureStateAnswer::new(caller.session, id, &known, order)).into_response())
}
