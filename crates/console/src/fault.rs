//! Errors of the console, in the words of the API's table.

use axum::extract::rejection::JsonRejection;
use facegate_api::{ApiError, ErrorCode};
use facegate_gallery::StoreError;
use facegate_service::ServiceError;

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, ApiError>;

/// Nothing is there, and what.
pub(crate) fn missing(what: &str) -> ApiError {
    ApiError { message: Some(what.to_owned()), ..ErrorCode::NotFound.into() }
}

/// A store's refusal. An operator is told that an app is not there, where a client is told that it has no key.
pub(crate) fn of_store(error: StoreError) -> ApiError {
    match error {
        StoreError::UnknownApp => missing("there is no such app"),
        StoreError::UnknownKey => missing("the app has no such key in force"),
        other => ServiceError::from(other).into(),
    }
}

/// A use case's refusal, likewise.
pub(crate) fn of_service(error: ServiceError) -> ApiError {
    match error {
        ServiceError::Unauthorized => missing("there is no such app"),
        ServiceError::SubjectNotFound => ErrorCode::SubjectNotFound.into(),
        other => other.into(),
    }
}

/// A body that is not what was asked for, or longer than a form can be; the parser's own words may quote it.
pub(crate) fn of_body(_: JsonRejection) -> ApiError {
    ApiError::payload("the body is not the JSON object that was asked for")
}
