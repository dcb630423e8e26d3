//! A photo as the body of a request, without JSON around it: what the pages send.

use axum::extract::Request;
use bytes::Bytes;
use facegate_service::Tenant;

use crate::admission::Admitted;
use crate::body::{self, Incoming};
use crate::{Api, ApiError, ErrorCode};

/// A photo and its share of the server's memory, which it holds until it is dropped.
pub struct HeldPhoto {
    /// The file.
    pub bytes: Bytes,
    _admitted: Admitted,
}

/// Reads a body of at most `max` bytes (and never more than a photo may have), admitted like any request with a photo.
///
/// Errors: `SERVER_BUSY`, `REQUEST_TIMEOUT`, `INVALID_PAYLOAD_IMAGE_SIZE`.
pub async fn read_photo(api: &Api, app: &Tenant, request: Request, max: usize) -> Result<HeldPhoto, ApiError> {
    if api.facegate.is_overloaded(app) {
        return Err(ErrorCode::ServerBusy.into());
    }
    let mut admitted = api.admission.admit(&app.id)?;
    let (max, body) = (max.min(api.options.max_image_bytes), request.into_body());
    let bytes = body::declared(&body, max).ok_or(ErrorCode::ImageSize)?;
    admitted.await_body(bytes).await?;
    let read = body::read(body, max, api.options.body_timeout).await?;
    admitted.arrived();
    match read {
        Incoming::Whole(bytes) => Ok(HeldPhoto { bytes, _admitted: admitted }),
        Incoming::TooLarge => Err(ErrorCode::ImageSize.into()),
    }
}
