//! `GET /v1/face/subjects` and `/v1/face/subjects/{subject_id}`.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use facegate_service::ServiceError;

use crate::call::Caller;
use crate::wire::{SubjectAnswer, SubjectsAnswer};
use crate::{Api, ApiError, ErrorCode, payload};

/// A page of the app's subjects in the order of their ids.
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let page = payload::Page::parse(query.as_deref().unwrap_or_default())?;
    let (subjects, more) = api.facegate.subjects(&caller.app, page.after.as_ref(), page.limit).await?;
    let next = subjects.last().filter(|_| more).map(|last| payload::cursor(&last.subject_id));
    Ok(Json(SubjectsAnswer::new(caller.session, &subjects, next)).into_response())
}

/// One subject's record.
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, ApiError> {
    // What cannot be a subject id names nobody.
    let Path(id) = path.map_err(|_| ErrorCode::SubjectNotFound)?;
    let subject = payload::subject_id(&id).map_err(|_| ErrorCode::SubjectNotFound)?;
    let record = api.facegate.subject(&caller.app, &subject).await.map_err(|error| match error {
        ServiceError::SubjectNotFound => ErrorCode::SubjectNotFound.into(),
        other => ApiError::from(other),
    })?;
    Ok(Json(SubjectAnswer::new(caller.session, &record)).into_response())
}
