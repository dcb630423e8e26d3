//! `POST /v1/face/verify`, `/compare`, `/search`: the endpoints that compare faces.

use axum::extract::State;
use axum::response::Response;

use crate::body::send_held;
use crate::call::Call;
use crate::wire::{ComparedAnswer, SearchedAnswer, VerifiedAnswer, with_outcome};
use crate::{Api, ApiError, ErrorCode, payload};

/// Is this the subject it claims to be?
pub(crate) async fn verify(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let body = call.whole_body(ErrorCode::ImageSize)?;
    let (request, matching) = payload::verify(&body, call.image_rules(&api))?;
    drop(body);
    call.hold_images(&api, &[&request.image]).await?;
    let answer = api.facegate.verify(&call.app, call.session, request).await?;
    let thresholds = matching.return_thresholds.then(|| api.facegate.calibration(&answer.assessed));
    let worded = VerifiedAnswer::new(call.session, &answer, thresholds);
    Ok(with_outcome(answer.assessed.failed, worded, [answer.assessed]))
}

/// Do two photos show the same person?
pub(crate) async fn compare(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let body = call.whole_body(ErrorCode::Image1Size)?;
    let (request, matching) = payload::compare(&body, call.image_rules(&api))?;
    drop(body);
    let [first, second] = &request.images;
    call.hold_images(&api, &[first, second]).await?;
    let answer = api.facegate.compare(&call.app, request).await?;
    let thresholds = matching.return_thresholds.then(|| api.facegate.calibration(&answer.assessed[0]));
    let worded = ComparedAnswer::new(call.session, &answer, thresholds);
    Ok(with_outcome(answer.failed, worded, answer.assessed))
}

/// Who is this?
pub(crate) async fn search(State(api): State<Api>, mut call: Call) -> Result<Response, ApiError> {
    let body = call.whole_body(ErrorCode::ImageSize)?;
    let (request, matching) = payload::search(&body, call.image_rules(&api))?;
    drop(body);
    match request.photo_bytes {
        0 => call.hold_images(&api, &[&request.image]).await?,
        _ => call.keep_images(&api, &[&request.image]).await.map(drop)?,
    }
    let room = api.admission.answer(&call.app.id);
    let answer = api.facegate.search(&call.app, call.session, request, &room).await?;
    let thresholds = matching.return_thresholds.then(|| api.facegate.calibration(&answer.assessed));
    let worded = SearchedAnswer::new(call.session, &answer, thresholds);
    let failed = answer.assessed.failed;
    drop(answer.candidates);
    let response = with_outcome(failed, worded, [answer.assessed]);
    match room.into_share() {
        Some(share) => send_held(response, share).await,
        None => Ok(response),
    }
}
