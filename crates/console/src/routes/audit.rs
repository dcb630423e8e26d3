//! The audit log: pages of it, and whether it is as it was written.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use facegate_api::{ApiError, ErrorCode};
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::audit::{AuditCursor, AuditFilter};
use serde::Deserialize;
use serde_json::json;

use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, missing, of_store};
use crate::views::AuditView;

/// Rows in a page.
const PAGE: usize = 100;

/// Which rows are wanted; what is empty is absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    app: String,
    since: String,
    after: String,
}

/// A page, oldest first.
pub(crate) async fn page(
    State(console): State<Console>,
    _: Operator,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Answer<Response> {
    let Query(wanted) = query.map_err(|_| ApiError::payload("the query is not as asked for"))?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let app = some(&wanted.app).map(|id| AppId::parse(&id)).transpose();
    let since = some(&wanted.since).map(|text| Timestamp::parse(&text).ok_or(ErrorCode::InvalidPayload)).transpose()?;
    let filter = AuditFilter { app: app.map_err(|_| missing("there is no such app"))?, since, pseudonym: None };
    let after = some(&wanted.after).map(|text| read_cursor(&text).ok_or(ErrorCode::Cursor)).transpose()?;
    let mut rows = console.stores.audit.audit_rows(&filter, after.as_ref(), PAGE + 1).await.map_err(of_store)?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| {
        let entry = &row.entry;
        format!("{}.{}.{}.{}", entry.at.0, row.app, row.lane, row.number)
    });
    let rows: Vec<_> = rows.iter().map(AuditView::new).collect();
    Ok(Json(json!({"rows": rows, "next": next})).into_response())
}

/// Checks every chain.
pub(crate) async fn verify(State(console): State<Console>, _: Operator) -> Answer<Response> {
    let report = console.stores.audit.verify_audit().await.map_err(of_store)?;
    let faults: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
    Ok(Json(json!({"rows": report.rows, "chains": report.chains, "faults": faults})).into_response())
}

/// The place of a row. App-IDs hold no dot.
fn read_cursor(text: &str) -> Option<AuditCursor> {
    let mut parts = text.splitn(4, '.');
    Some(AuditCursor {
        at: Timestamp(parts.next()?.parse().ok()?),
        app: parts.next()?.to_owned(),
        lane: parts.next()?.parse().ok()?,
        number: parts.next()?.parse().ok()?,
    })
}
