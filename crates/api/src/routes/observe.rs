//! `POST /v1/face/liveness` and `/detect`: what a photo shows, without knowing whom.

use axum::extract::State;
use axum::response::Response;

use crate::call::Call;
use crate::wire::{DetectedAnswer, ObservedAnswer, with_outcome};
use crate::{Api, ApiError, ErrorCode, payload};

/// Does the photo show a live person?
pub(crate) async fn liveness(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let body = call.whole_body(ErrorCode::ImageSize)?;
    let (image, checks) = payload::observe(&body, call.image_rules(&api), true)?;
    drop(body);
    call.hold_images(&api, &[&image]).await?;
    let assessed = api.facegate.observe(&call.app, image, checks).await?;
    let worded = ObservedAnswer::new(call.session, &assessed);
    Ok(with_outcome(assessed.failed, worded, [assessed]))
}

/// Every face of a photo.
pub(crate) async fn detect(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let body = call.whole_body(ErrorCode::ImageSize)?;
    let (image, checks) = payload::observe(&body, call.image_rules(&api), false)?;
    drop(body);
    call.hold_images(&api, &[&image]).await?;
    let assessed = api.facegate.detect(&call.app, image, checks).await?;
    let worded = DetectedAnswer::new(call.session, &assessed);
    Ok(with_outcome(assessed.failed, worded, [assessed]))
}
