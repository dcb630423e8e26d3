//! Trying an endpoint out: the API's own request and answer, and what the machine saw.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use facegate_api::{AnswerCode, Endpoint, try_out};
use serde::Serialize;
use serde_json::value::RawValue;

use super::tenant::Chosen;
use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, missing};
use crate::views::SeenView;

/// Its parts in their order: a JSON map would sort the answer's fields.
#[derive(Serialize)]
struct TriedView<'a> {
    status: u16,
    answer: &'a RawValue,
    seen: Vec<SeenView>,
}

/// Answers as the endpoint would. Units are taken as from a client.
pub(crate) async fn run(
    State(console): State<Console>,
    operator: Operator,
    Chosen(app): Chosen,
    Path((_, endpoint)): Path<(String, String)>,
    request: Request,
) -> Answer<Response> {
    let endpoint = Endpoint::parse(&endpoint).ok_or_else(|| missing("there is no such endpoint to try"))?;
    let tried = try_out(&console.api, app, operator.request, endpoint, request).await;
    let seen = tried.seen.iter().map(|seen| SeenView::new(seen, &console.options.thresholds)).collect();
    let mut response = Json(TriedView { status: tried.status, answer: &tried.answer, seen }).into_response();
    // So that the operator's figures count it as what it was.
    if let Some(code) = tried.code {
        response.extensions_mut().insert(AnswerCode(code));
    }
    Ok(response)
}
