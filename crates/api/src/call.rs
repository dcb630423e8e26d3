//! What a handler receives. Authentication, rate limit and admission happen while it is extracted, in this order and
//! before a byte of the body is read, so no handler can forget them.

use std::net::IpAddr;

use axum::RequestExt;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use facegate_domain::SessionId;
use facegate_service::{ImageInput, Tenant};
use http::HeaderMap;
use http::request::Parts;

use crate::admission::Admitted;
use crate::body::{self, Incoming};
use crate::payload::ImageRules;
use crate::request_id::RequestContext;
use crate::{Api, ApiError, ErrorCode};

/// An authenticated caller.
pub(crate) struct Caller {
    /// Whose request it is.
    pub app: Tenant,
    /// The request's id.
    pub session: SessionId,
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let context = parts.extensions.get::<RequestContext>().cloned().ok_or(ErrorCode::Internal)?;
        let Some((id, key)) = credentials(&parts.headers) else {
            return Err(api.facegate.refuse(context.session, context.from).into());
        };
        let app = api.facegate.authenticate(context.session, context.from, id, key).await?;
        context.set_app(&app.id);
        if let Some(rate) = &api.rate {
            rate.check(&app.id)?;
        }
        Ok(Self { app, session: context.session })
    }
}

/// The id of a request, for paths beside this crate's. It is missing outside [`crate::observed`] only.
#[derive(Clone, Copy, Debug)]
pub struct RequestSession(pub SessionId);

impl<S: Sync> FromRequestParts<S> for RequestSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let context = parts.extensions.get::<RequestContext>().ok_or(ErrorCode::Internal)?;
        Ok(Self(context.session))
    }
}

/// The network that a request comes from, as far as it is known, likewise.
#[derive(Clone, Copy, Debug)]
pub struct RequestPeer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for RequestPeer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let context = parts.extensions.get::<RequestContext>().ok_or(ErrorCode::Internal)?;
        Ok(Self(context.from))
    }
}

/// Images that a body of this path may hold.
fn images_of(request: &Request) -> usize {
    if request.uri().path().ends_with("/compare") { 2 } else { 1 }
}

/// App-ID and API-Key as they were sent, right or wrong.
pub(crate) fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    text(headers, "app-id").zip(text(headers, "api-key"))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
}

/// An authenticated, admitted request with its body.
pub(crate) struct Call {
    /// Whose request it is.
    pub app: Tenant,
    /// The request's id.
    pub session: SessionId,
    body: Incoming,
    headers: HeaderMap,
    admitted: Admitted,
}

impl FromRequest<Api> for Call {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, api: &Api) -> Result<Self, ApiError> {
        let caller: Caller = request.extract_parts_with_state(api).await?;
        Self::admit(request, api, caller).await
    }
}

impl Call {
    /// Admits a request whose caller is known, and reads its body.
    pub async fn admit(request: Request, api: &Api, Caller { app, session }: Caller) -> Result<Self, ApiError> {
        if api.facegate.is_overloaded(&app) {
            return Err(ErrorCode::ServerBusy.into());
        }
        let mut admitted = api.admission.admit(&app.id)?;
        let max = api.options.max_body_bytes() * images_of(&request);
        let (parts, body) = request.into_parts();
        let body = match body::declared(&body, max) {
            None => Incoming::TooLarge,
            Some(bytes) => {
                admitted.await_body(bytes).await?;
                body::read(body, max, api.options.body_timeout).await?
            }
        };
        Ok(Self { app, session, body, headers: parts.headers, admitted })
    }

    /// The body; it is gone from here, so that it is freed as soon as it is parsed.
    pub fn take_body(&mut self) -> Incoming {
        std::mem::replace(&mut self.body, Incoming::TooLarge)
    }

    /// The body, or this error if it is longer than anything valid.
    pub fn whole_body(&mut self, too_large: ErrorCode) -> Result<Bytes, ApiError> {
        match self.take_body() {
            Incoming::Whole(body) => Ok(body),
            Incoming::TooLarge => Err(too_large.into()),
        }
    }

    /// A header as text; `None` if it is absent. One that is no text reads as empty.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap_or_default())
    }

    /// How this app's image fields are read.
    pub fn image_rules(&self, api: &Api) -> ImageRules {
        ImageRules { mode: self.app.mode, max_bytes: api.options.max_image_bytes }
    }

    /// From here on the request holds these images and no longer its body; with a URL among them it waits apart. Else it is not
    /// the client any more who decides how long it takes.
    pub async fn hold_images(&mut self, api: &Api, images: &[&ImageInput]) -> Result<(), ApiError> {
        if self.keep_images(api, images).await? == 0 {
            self.admitted.arrived();
        }
        Ok(())
    }

    /// The same for a request that waits once more, for what other answers to its app hold: it stays within its app's part. How
    /// many URLs there are.
    pub async fn keep_images(&mut self, api: &Api, images: &[&ImageInput]) -> Result<usize, ApiError> {
        let here = |image: &&ImageInput| if let ImageInput::Bytes(bytes) = image { bytes.len() } else { 0 };
        let here = images.iter().map(here).sum::<usize>();
        let urls = images.iter().filter(|image| matches!(image, ImageInput::Url(_))).count();
        // Images are no larger than the body that they came in.
        self.admitted.shrink(here);
        if urls > 0 {
            self.admitted.await_url(here + urls * api.options.max_image_bytes).await?;
        }
        Ok(urls)
    }
}
