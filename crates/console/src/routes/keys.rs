//! Keys of apps: one more, one less.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use facegate_domain::{KeyRecord, Timestamp};
use http::StatusCode;
use serde_json::json;

use super::tenant::Chosen;
use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, missing, of_store};

/// Adds a key, which is in this answer only; the others stay valid.
pub(crate) async fn add(State(console): State<Console>, _: Operator, Chosen(app): Chosen) -> Answer<Response> {
    let (key, record) = KeyRecord::generate();
    console.stores.apps.add_key(&app.id, &record).await.map_err(of_store)?;
    let answer = json!({"api_key": key.reveal(), "fingerprint": record.digest.fingerprint()});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Revokes the key with this fingerprint.
pub(crate) async fn revoke(
    State(console): State<Console>,
    _: Operator,
    Chosen(app): Chosen,
    Path((_, fingerprint)): Path<(String, String)>,
) -> Answer<Response> {
    let in_force = app.keys.iter().filter(|key| key.revoked_at.is_none());
    let found = in_force.map(|key| key.digest).find(|digest| digest.fingerprint() == fingerprint);
    let digest = found.ok_or_else(|| missing("the app has no such key in force"))?;
    console.stores.apps.revoke_key(&app.id, &digest, Timestamp::now()).await.map_err(of_store)?;
    Ok(Json(json!({"revoked": fingerprint})).into_response())
}
