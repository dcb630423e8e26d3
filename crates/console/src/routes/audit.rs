//! The audit log: pages of it, and whether it is as it was written.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use facegate_api::ApiError;
use serde_json::json;

use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, of_store};
use crate::forms::{Page, cursor_text};
use crate::views::AuditView;

/// Rows in a page.
const PAGE: usize = 100;

/// A page, newest first.
pub(crate) async fn page(
    State(console): State<Console>,
    _: Operator,
    query: Result<Query<Page>, QueryRejection>,
) -> Answer<Response> {
    let Query(wanted) = query.map_err(|_| ApiError::payload("the query is not as asked for"))?;
    let (filter, after) = wanted.read()?;
    let mut rows = console.stores.audit.audit_rows(&filter, after.as_ref(), PAGE + 1).await.map_err(of_store)?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(cursor_text);
    let rows: Vec<_> = rows.iter().map(AuditView::new).collect();
    Ok(Json(json!({"rows": rows, "next": next})).into_response())
}

/// Checks every chain.
pub(crate) async fn verify(State(console): State<Console>, _: Operator) -> Answer<Response> {
    let report = console.stores.audit.verify_audit().await.map_err(of_store)?;
    let faults: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
    Ok(Json(json!({"rows": report.rows, "chains": report.chains, "faults": faults})).into_response())
}
