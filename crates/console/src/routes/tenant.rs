//! The app that a path names.

use axum::extract::{FromRequestParts, RawPathParams};
use facegate_api::ApiError;
use facegate_domain::AppId;
use facegate_service::Tenant;
use http::request::Parts;

use crate::Console;
use crate::fault::{missing, of_service};

/// The app of the path's `{app}`, in the operator's hands.
pub(crate) struct Chosen(pub Tenant);

impl FromRequestParts<Console> for Chosen {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, ApiError> {
        let none = || missing("there is no such app");
        let path = RawPathParams::from_request_parts(parts, console).await.map_err(|_| none())?;
        let id = path.iter().find(|(name, _)| *name == "app").and_then(|(_, id)| AppId::parse(id).ok());
        Ok(Self(console.facegate().as_operator(&id.ok_or_else(none)?).await.map_err(of_service)?))
    }
}
