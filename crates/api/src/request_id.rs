//! The outermost layer: names each request, words each error, writes one log line a request and counts it.
//!
//! The line never holds a subject, a key, a URL, a query or anything of an image.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use facegate_domain::{AppId, SessionId, SubjectId};
use facegate_service::Facegate;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use tracing::{Instrument as _, Span};
use utoipa::ToSchema;

use crate::{Api, ApiError, drain};

/// The target of the spans of requests: no line of the log.
pub const SPANS: &str = "facegate_request";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What all layers know about a request.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// The request's id.
    pub session: SessionId,
    /// The network that it comes from, as far as it is known.
    pub from: Option<IpAddr>,
    app: Arc<OnceLock<AppId>>,
}

impl RequestContext {
    /// Remembers for the log whose request it is.
    pub fn set_app(&self, app: &AppId) {
        let _ = self.app.set(app.clone());
    }
}

/// As an extension of an answer with status 200: a code that belongs in the log and the metrics, `FAIL_ON_n`.
#[derive(Clone, Debug)]
pub struct AnswerCode(pub String);

/// An error answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody<'a> {
    /// For people; may be more exact than the code's own text.
    message: &'a str,
    /// For programs.
    error_code: &'static str,
    /// The request's id, also in `X-Request-Id`. [ours]
    session_id: String,
    /// With `DUPLICATE_FACE`: the subject that has this face. [ours]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duplicate_subject_id: Option<&'a str>,
}

impl<'a> ErrorBody<'a> {
    /// Words an error.
    pub fn new(error: &'a ApiError, session: SessionId) -> Self {
        Self {
            message: error.message(),
            error_code: error.code.as_str(),
            session_id: session.to_string(),
            duplicate_subject_id: error.duplicate_of.as_ref().map(SubjectId::as_str),
        }
    }
}

/// The layer.
pub(crate) async fn answer(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let context = RequestContext { session: SessionId::generate(), from: api.peers.of(&parts), app: Arc::default() };
    let line = LogLine::start(&parts, context.clone(), api.facegate);
    parts.extensions.insert(context.clone());
    let request = Request::from_parts(parts, body);
    let (request, lent) = drain::lend(request);
    let span = line.span();
    let mut response = next.run(request).instrument(span.clone()).await;
    lent.drain(response.status()).await;

    let session_id = context.session.to_string();
    let code = if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let json = serde_json::to_vec(&ErrorBody::new(&error, context.session)).unwrap_or_default();
        *response.body_mut() = Body::from(json);
        // It was set for the empty body.
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(error.code.as_str().to_owned())
    } else {
        response.extensions_mut().remove::<AnswerCode>().map(|code| code.0)
    };
    if let Ok(value) = HeaderValue::from_str(&session_id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    // Only what is the same for everybody says that it may be kept.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    span.record("http.response.status_code", response.status().as_u16());
    span.record("error_code", code.as_deref().unwrap_or_default());
    line.finish(response.status().as_u16(), code.as_deref());
    response
}

/// Writes its line when the request ends, also when it ends because the client left.
struct LogLine {
    method: Method,
    route: Option<MatchedPath>,
    context: RequestContext,
    started: Instant,
    facegate: Arc<Facegate>,
    done: bool,
}

impl LogLine {
    fn start(request: &Parts, context: RequestContext, facegate: Arc<Facegate>) -> Self {
        let route = request.extensions.get::<MatchedPath>().cloned();
        Self { method: request.method.clone(), route, context, started: Instant::now(), facegate, done: false }
    }

    /// The request as a collector sees it; the service adds the times of its stages.
    fn span(&self) -> Span {
        let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
        tracing::info_span!(
            target: SPANS,
            "request",
            otel.name = %format_args!("{} {route}", self.method),
            otel.kind = "server",
            http.request.method = %self.method,
            http.route = route,
            http.response.status_code = tracing::field::Empty,
            error_code = tracing::field::Empty,
            session_id = %self.context.session,
            fetch_ms = tracing::field::Empty,
            wait_ms = tracing::field::Empty,
            decode_ms = tracing::field::Empty,
            detect_ms = tracing::field::Empty,
            embed_ms = tracing::field::Empty,
            measure_ms = tracing::field::Empty,
            store_ms = tracing::field::Empty,
        )
    }

    fn finish(mut self, status: u16, code: Option<&str>) {
        self.done = true;
        self.write(status, code.unwrap_or_default());
    }

    fn write(&self, status: u16, error_code: &str) {
        let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
        let app = self.context.app.get().map_or("-", AppId::as_str);
        let took = self.started.elapsed();
        self.facegate.metrics().request(route, status, error_code, took);
        let ms = took.as_secs_f64() * 1e3;
        tracing::info!(
            method = %self.method,
            route,
            status,
            error_code,
            session_id = %self.context.session,
            app,
            ms = (ms * 10.0).round() / 10.0,
            "request"
        );
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        if !self.done {
            // 499: the usual way to write that nobody waited for the answer.
            self.write(499, "CLIENT_LEFT");
        }
    }
}
