//! Apps: making them, showing them, changing their limits.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use facegate_api::ApiError;
use facegate_gallery::QuotaChange;
use http::StatusCode;
use serde_json::json;

use super::tenant::Chosen;
use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, of_service, of_store};
use crate::forms::{Body, Changes, NewApp, read};
use crate::views::AppView;

/// Every app, oldest first.
pub(crate) async fn list(State(console): State<Console>, _: Operator) -> Answer<Response> {
    let apps = console.stores.apps.apps().await.map_err(of_store)?;
    Ok(Json(json!({"apps": apps.iter().map(AppView::new).collect::<Vec<_>>()})).into_response())
}

/// One app, with the number of its subjects.
pub(crate) async fn show(State(console): State<Console>, _: Operator, Chosen(app): Chosen) -> Answer<Response> {
    let subjects = console.facegate().count(&app.id).await.map_err(of_service)?;
    Ok(Json(json!({"app": AppView::new(&app), "subjects": subjects})).into_response())
}

/// Makes one; its key is in this answer only.
pub(crate) async fn create(State(console): State<Console>, _: Operator, body: Body<NewApp>) -> Answer<Response> {
    let new = read(body)?;
    let (app, key) = new.app()?;
    console.stores.apps.create_app(&app).await.map_err(of_store)?;
    Ok((StatusCode::CREATED, Json(json!({"app": AppView::new(&app), "api_key": key.reveal()}))).into_response())
}

/// Changes limits and retention.
pub(crate) async fn change(
    State(console): State<Console>,
    _: Operator,
    Chosen(app): Chosen,
    body: Body<Changes>,
) -> Answer<Response> {
    let changes = read(body)?;
    let (limits, retention) = changes.read()?;
    if limits != QuotaChange::default() {
        if !app.is_metered() {
            return Err(ApiError::payload("quotas do not apply to live apps"));
        }
        console.stores.apps.set_quotas(&app.id, limits).await.map_err(of_store)?;
    }
    if let Some(days) = retention {
        console.stores.apps.set_retention(&app.id, days).await.map_err(of_store)?;
    }
    let changed = console.facegate().as_operator(&app.id).await.map_err(of_service)?;
    Ok(Json(json!({"app": AppView::new(&changed)})).into_response())
}
