//! The endpoints as the console tries them: same rules, same use cases, same words, and what was seen beside it.

use axum::extract::{Request, State};
use axum::response::Response;
use facegate_domain::SessionId;
use facegate_service::{Assessed, Tenant};
use http_body_util::BodyExt;
use serde_json::value::{RawValue, to_raw_value};

use crate::call::{Call, Caller};
use crate::request_id::{AnswerCode, ErrorBody};
use crate::routes::{enroll, matching, observe};
use crate::wire::Seen;
use crate::{Api, ApiError};

/// What can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /v1/face/enroll`.
    Enroll,
    /// `POST /v1/face/verify`.
    Verify,
    /// `POST /v1/face/compare`.
    Compare,
    /// `POST /v1/face/search`.
    Search,
    /// `POST /v1/face/liveness`.
    Liveness,
    /// `POST /v1/face/detect`.
    Detect,
}

impl Endpoint {
    /// By the last part of its path.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "enroll" => Self::Enroll,
            "verify" => Self::Verify,
            "compare" => Self::Compare,
            "search" => Self::Search,
            "liveness" => Self::Liveness,
            "detect" => Self::Detect,
            _ => return None,
        })
    }
}

/// What a client would have been answered, and what the server saw.
#[derive(Clone, Debug)]
pub struct Tried {
    /// HTTP status.
    pub status: u16,
    /// The body, as it is worded.
    pub answer: Box<RawValue>,
    /// `FAIL_ON_n` or the error's code; `None` on success.
    pub code: Option<String>,
    /// One analysis a photo; none where the request got an error. Holds templates: not to be sent anywhere.
    pub seen: Vec<Assessed>,
}

/// Answers a request as the endpoint does, in the name of `app`'s holder. Admission, limits and quotas apply; the app's
/// rate limit does not.
pub async fn try_out(api: &Api, app: Tenant, session: SessionId, endpoint: Endpoint, request: Request) -> Tried {
    match answer(api, Caller { app, session }, endpoint, request).await {
        Ok(response) => tried(response).await,
        Err(error) => {
            let answer = to_raw_value(&ErrorBody::new(&error, session)).unwrap_or_default();
            let code = Some(error.code.as_str().to_owned());
            Tried { status: error.code.status(), answer, code, seen: Vec::new() }
        }
    }
}

async fn answer(api: &Api, caller: Caller, endpoint: Endpoint, request: Request) -> Result<Response, ApiError> {
    // Before the body is read, as clients of a busy server know it.
    let call = Call::admit(request, api, caller).await?;
    let api = State(api.clone());
    match endpoint {
        Endpoint::Enroll => enroll::enroll(api, call).await,
        Endpoint::Verify => matching::verify(api, call).await,
        Endpoint::Compare => matching::compare(api, call).await,
        Endpoint::Search => matching::search(api, call).await,
        Endpoint::Liveness => observe::liveness(api, call).await,
        Endpoint::Detect => observe::detect(api, call).await,
    }
}

async fn tried(mut response: Response) -> Tried {
    let seen = response.extensions_mut().remove::<Seen>().map(|seen| seen.0).unwrap_or_default();
    let code = response.extensions_mut().remove::<AnswerCode>().map(|code| code.0);
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    // Every answer of the API is JSON.
    let answer = serde_json::from_slice(&body).unwrap_or_default();
    Tried { status, answer, code, seen }
}
