//! How the server is: live figures, and the settings in force.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, of_service, of_store};

/// Live figures of this server.
pub(crate) async fn health(State(console): State<Console>, _: Operator) -> Answer<Response> {
    let apps = console.stores.apps.apps().await.map_err(of_store)?;
    let mut subjects = 0;
    for app in &apps {
        subjects += console.facegate().count(&app.id).await.map_err(of_service)?;
    }
    let load = console.api.load();
    let options = &console.options;
    Ok(Json(json!({
        "ready": console.facegate().ready().await.is_ok(),
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": console.started.elapsed().as_secs(),
        "runtime": options.runtime,
        "workers": options.workers,
        "queue": options.queue,
        "in_flight": load.in_flight,
        "max_in_flight": load.max_in_flight,
        "apps": apps.len(),
        "subjects": subjects,
    }))
    .into_response())
}

/// The settings; they are changed in the configuration file.
pub(crate) async fn settings(State(console): State<Console>, _: Operator) -> Response {
    Json(json!({"settings": console.options.settings})).into_response()
}
