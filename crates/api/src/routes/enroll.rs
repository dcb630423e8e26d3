//! `POST` and `DELETE /v1/face/enroll`.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use facegate_service::{Checks, EnrollRequest, Enrolled, ImageInput, Terms};

use crate::body::Incoming;
use crate::call::Call;
use crate::wire::{DeletedAnswer, EnrolledAnswer, with_outcome};
use crate::{Api, ApiError, once, payload};

/// Enrols a face or replaces one that is enrolled.
pub(crate) async fn enroll(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let key = once::key(call.header("idempotency-key"))?;
    let mut fingerprint = None;
    let request = match call.take_body() {
        Incoming::Whole(body) => {
            fingerprint = key.is_some().then(|| once::fingerprint(&body));
            payload::enroll(&body, call.image_rules(&api))?
        }
        // Only an image makes a body that large, so it takes the way of an image that is too large.
        Incoming::TooLarge => EnrollRequest {
            image: ImageInput::TooLarge,
            subject_id: None,
            checks: Checks::default(),
            check_duplicate: false,
            terms: Terms::default(),
        },
    };
    call.hold_images(&api, &[&request.image]).await?;
    let once = key.zip(fingerprint).map(|(key, fingerprint)| once::once(key, fingerprint, call.session));
    match api.facegate.enroll(&call.app, call.session, request, once).await? {
        Enrolled::Fresh(answer) => {
            let worded = EnrolledAnswer::new(call.session, &answer);
            Ok(with_outcome(answer.assessed.failed, worded, [answer.assessed]))
        }
        Enrolled::Kept(json) => Ok(once::response(json)),
    }
}

/// Removes an enrolled face.
pub(crate) async fn delete(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
    mut call: Call,
) -> Result<Response, ApiError> {
    let Incoming::Whole(body) = call.take_body() else {
        return Err(ApiError::payload("the body is too large"));
    };
    let subject = payload::delete_subject(&body, query.as_deref().unwrap_or_default())?;
    api.facegate.delete_subject(&call.app, call.session, &subject).await?;
    Ok(Json(DeletedAnswer::new(&subject)).into_response())
}
