//! How the server is: live figures, and the settings in force.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, of_service, of_store};
use crate::views::RequestView;

/// Live figures of this server.
pub(crate) async fn health(State(console): State<Console>, _: Operator) -> Answer<Response> {
    let apps = console.stores.apps.apps().await.map_err(of_store)?;
    let mut subjects = 0;
    for app in &apps {
        subjects += console.facegate().count(&app.id).await.map_err(of_service)?;
    }
    let facegate = console.facegate();
    let (levels, options) = (facegate.levels(), &console.options);
    let figures = facegate.metrics().figures();
    let requests = figures.routes.iter().filter(|(route, _)| is_told(route));
    let requests: Vec<_> =
        requests.map(|(route, of)| RequestView::new(route, &of.codes, (of.median, of.p95))).collect();
    Ok(Json(json!({
        "ready": facegate.ready().await.is_ok(),
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": console.started.elapsed().as_secs(),
        "runtime": options.runtime,
        "workers": levels.workers,
        "busy": levels.busy,
        "waiting": levels.waiting,
        "queue": options.queue,
        "requests": requests,
        "apps": apps.len(),
        "subjects": subjects,
    }))
    .into_response())
}

/// Requests about faces; those of the console itself would only crowd the page.
fn is_told(route: &str) -> bool {
    route.starts_with("/v1/") || route.starts_with("/capture/api/") || route.contains("/try/")
}

/// The settings; they are changed in the configuration file.
pub(crate) async fn settings(State(console): State<Console>, _: Operator) -> Response {
    Json(json!({"settings": console.options.settings})).into_response()
}
