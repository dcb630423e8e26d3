//! The capture page: opened with a token, guided by what the server sees, done once.

mod attempt;
mod flight;
mod pace;
mod token;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use facegate_api::{
    Api, ApiError, CaptureOrder, ErrorCode, Purpose, RequestPeer, RequestSession, observed, read_photo,
};
use facegate_domain::AppMode;
use facegate_service::{Advice, ImageFault, ImageInput, OpenCapture, ServiceError, advice};
use http::HeaderValue;
use serde::Serialize;

use crate::fault::Answer;
use crate::{headers, pages, patience};
use flight::Flights;
use pace::Pace;
pub(crate) use token::Token;

/// Most bytes of a picture that is only looked at: 640 pixels at any quality fit.
const LOOK_BYTES: usize = 512 * 1024;
/// What a camera shows to an app that runs no model.
const SANDBOX: &str = "LIVE_PERSON_A_1";

/// The state of the page's router; cheap to clone.
#[derive(Clone)]
pub struct CapturePage {
    api: Api,
    pace: Arc<Pace>,
    flights: Flights,
    policy: HeaderValue,
}

impl CapturePage {
    /// `origins`: whose pages may show it in a frame.
    pub fn new(api: Api, origins: &[String]) -> Self {
        let (pace, flights) = (Arc::default(), Flights::default());
        Self { api, pace, flights, policy: headers::capture_policy(origins) }
    }
}

/// Every path of the page; to be merged with the API's.
pub fn capture_router(page: CapturePage) -> Router {
    let (policy, api) = (page.policy.clone(), page.api.clone());
    let routes = Router::new()
        .route("/capture", get(async || Redirect::permanent("/capture/")))
        .route("/capture/", get(async || pages::page("capture/index.html")))
        .route("/capture/assets/{file}", get(asset))
        .route("/capture/api/open", post(open))
        .route("/capture/api/look", post(look))
        .route("/capture/api/finish", post(finish))
        .method_not_allowed_fallback(async || ApiError::from(ErrorCode::MethodNotAllowed))
        .layer(from_fn(patience::limited))
        .layer(from_fn_with_state(policy, headers::capture))
        .with_state(page);
    observed(routes, &api)
}

async fn asset(Path(file): Path<String>) -> Answer<Response> {
    pages::asset(&format!("capture/assets/{file}"))
}

#[derive(Serialize)]
struct OpenView {
    purpose: Purpose,
    app_name: String,
    return_url: Option<String>,
    origin: Option<String>,
    attempts_left: u32,
}

#[derive(Serialize)]
struct LookView {
    ready: bool,
    advice: Vec<&'static str>,
}

async fn open(State(page): State<CapturePage>, peer: RequestPeer, token: Token) -> Answer<Response> {
    let (capture, order) = find(&page, &peer, &token).await?;
    let CaptureOrder { purpose, return_url, origin, .. } = order;
    let attempts_left = capture.attempts_left;
    let app_name = capture.app.name.clone();
    Ok(Json(OpenView { purpose, app_name, return_url, origin, attempts_left }).into_response())
}

/// Looks at a picture and keeps nothing of it.
async fn look(State(page): State<CapturePage>, peer: RequestPeer, token: Token, request: Request) -> Answer<Response> {
    let _flight = page.flights.begin(token.digest())?;
    let (capture, order) = find(&page, &peer, &token).await?;
    page.pace.take(&token.digest())?;
    let photo = read_photo(&page.api, &capture.app, request, LOOK_BYTES).await?;
    let image = image_of(&capture, photo.bytes.clone());
    let seen = match page.api.facegate().look(&capture.app, image, &order.checks()).await {
        Ok(seen) => advice(&seen.analysis),
        Err(ServiceError::Image(ImageFault::NoFace)) => vec![Advice::NoFace],
        Err(error) => return Err(error.into()),
    };
    Ok(Json(LookView { ready: seen.is_empty(), advice: names(&seen) }).into_response())
}

/// Enrols or verifies. The token is gone if it passes, and after the last attempt.
async fn finish(
    State(page): State<CapturePage>,
    RequestSession(session): RequestSession,
    peer: RequestPeer,
    token: Token,
    request: Request,
) -> Answer<Response> {
    let flight = page.flights.begin(token.digest())?;
    let (capture, order) = find(&page, &peer, &token).await?;
    let photo = read_photo(&page.api, &capture.app, request, usize::MAX).await?;
    // A browser that leaves must not leave the token taken: from here on it goes to the end.
    let work = tokio::spawn(async move {
        let _flight = flight;
        attempt::carry_out(page, capture, order, session, token, photo).await
    });
    Ok(Json(work.await.map_err(|_| ErrorCode::Internal)??).into_response())
}

async fn find(page: &CapturePage, peer: &RequestPeer, token: &Token) -> Answer<(OpenCapture, CaptureOrder)> {
    let capture = page.api.facegate().open_capture(token.as_str(), peer.0).await?;
    let order = CaptureOrder::from_text(&capture.order).ok_or(ErrorCode::CaptureNotFound)?;
    Ok((capture, order))
}

fn image_of(capture: &OpenCapture, photo: bytes::Bytes) -> ImageInput {
    match capture.app.mode {
        AppMode::Sandbox => ImageInput::Scenario(SANDBOX.to_owned()),
        AppMode::Live | AppMode::Testing => ImageInput::Bytes(photo),
    }
}

fn names(advice: &[Advice]) -> Vec<&'static str> {
    advice.iter().map(|one| one.as_str()).collect()
}
