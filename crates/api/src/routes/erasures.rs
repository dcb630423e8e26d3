//! `GET /v1/face/erasures/{session_id}`.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use facegate_domain::SessionId;

use crate::call::Caller;
use crate::wire::ErasureAnswer;
use crate::{Api, ApiError, ErrorCode};

/// What a deletion has removed.
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, ApiError> {
    // What cannot be a request's id names no deletion.
    let id = path.ok().and_then(|Path(id)| SessionId::parse(&id)).ok_or(ErrorCode::ErasureNotFound)?;
    let receipt = api.facegate.erasure(&caller.app, id).await?.ok_or(ErrorCode::ErasureNotFound)?;
    Ok(Json(ErasureAnswer::new(caller.session, id, &receipt)).into_response())
}
