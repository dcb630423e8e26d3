//! Apps: making them, showing them, changing their limits.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use facegate_api::ApiError;
use facegate_domain::{App, AppMode, Quota};
use facegate_gallery::{MAX_RETENTION_DAYS, QuotaChange};
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::tenant::Chosen;
use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, of_body, of_service, of_store};
use crate::views::AppView;

/// Most characters of an app's name.
const MAX_NAME: usize = 100;

/// A new app. A quota that is absent or `null` is unlimited.
#[derive(Deserialize)]
pub(crate) struct NewApp {
    mode: String,
    #[serde(default)]
    name: String,
    enroll_quota: Option<u64>,
    liveness_quota: Option<u64>,
    retention_days: Option<u32>,
}

/// What is to change; what is absent stays, `null` takes a limit away.
#[derive(Deserialize)]
pub(crate) struct Changes {
    #[serde(default, deserialize_with = "present")]
    enroll_quota: Option<Option<u64>>,
    #[serde(default, deserialize_with = "present")]
    liveness_quota: Option<Option<u64>>,
    #[serde(default, deserialize_with = "present")]
    retention_days: Option<Option<u32>>,
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

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
pub(crate) async fn create(
    State(console): State<Console>,
    _: Operator,
    body: Result<Json<NewApp>, JsonRejection>,
) -> Answer<Response> {
    let Json(new) = body.map_err(of_body)?;
    let mode: AppMode = new.mode.parse().map_err(|_| ApiError::payload("mode must be live, testing or sandbox"))?;
    let name = name(&new.name)?;
    if mode == AppMode::Live && (new.enroll_quota.is_some() || new.liveness_quota.is_some()) {
        return Err(ApiError::payload("quotas do not apply to live apps"));
    }
    let quota = |limit| Ok::<_, ApiError>(Quota { limit: units(limit)?, used: 0 });
    let (app, key) = App::create(mode, &name, quota(new.enroll_quota)?, quota(new.liveness_quota)?);
    let app = App { retention_days: days(new.retention_days)?, ..app };
    console.stores.apps.create_app(&app).await.map_err(of_store)?;
    Ok((StatusCode::CREATED, Json(json!({"app": AppView::new(&app), "api_key": key.reveal()}))).into_response())
}

/// Changes limits and retention.
pub(crate) async fn change(
    State(console): State<Console>,
    _: Operator,
    Chosen(app): Chosen,
    body: Result<Json<Changes>, JsonRejection>,
) -> Answer<Response> {
    let Json(changes) = body.map_err(of_body)?;
    let limits = QuotaChange {
        enroll: changes.enroll_quota.map(units).transpose()?,
        liveness: changes.liveness_quota.map(units).transpose()?,
    };
    let retention = changes.retention_days.map(days).transpose()?;
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

fn name(text: &str) -> Answer<String> {
    let text = text.trim();
    if text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(ApiError::payload(format!("name has at most {MAX_NAME} characters and no control characters")));
    }
    Ok(text.to_owned())
}

/// A limit that the stores' integers hold.
fn units(limit: Option<u64>) -> Answer<Option<u64>> {
    match limit {
        Some(units) if i64::try_from(units).is_err() => Err(ApiError::payload("a quota is too large")),
        limit => Ok(limit),
    }
}

fn days(days: Option<u32>) -> Answer<Option<u32>> {
    match days {
        Some(days) if !(1..=MAX_RETENTION_DAYS).contains(&days) => {
            Err(ApiError::payload(format!("retention_days must be 1 to {MAX_RETENTION_DAYS}, or null")))
        }
        days => Ok(days),
    }
}
