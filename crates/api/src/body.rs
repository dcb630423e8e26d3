//! Reads a request's body within its limits of size and time.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::{ApiError, ErrorCode};

/// A body, or the fact that it is longer than anything valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// All of it.
    Whole(Bytes),
    /// More than allowed; what was read of it is gone.
    TooLarge,
}

/// Most bytes that this body will have: what it declares, or `max` where it declares nothing.
pub(crate) fn declared(body: &Body, max: usize) -> Option<usize> {
    match body.size_hint().exact() {
        Some(exact) => usize::try_from(exact).ok().filter(|bytes| *bytes <= max),
        None => Some(max),
    }
}

/// Reads at most `max` bytes; `REQUEST_TIMEOUT` if they take longer than `within`.
pub(crate) async fn read(body: Body, max: usize, within: Duration) -> Result<Incoming, ApiError> {
    tokio::time::timeout(within, collect(body, max)).await.map_err(|_| ErrorCode::RequestTimeout)?
}

async fn collect(mut body: Body, max: usize) -> Result<Incoming, ApiError> {
    let expected = body.size_hint().exact().and_then(|exact| usize::try_from(exact).ok()).unwrap_or(0);
    let mut whole = BytesMut::with_capacity(expected.min(max));
    while let Some(frame) = body.frame().await {
        // The client broke off; whoever reads this answer learns no more from a better code.
        let frame = frame.map_err(|_| ApiError::payload("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > max {
            return Ok(Incoming::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(Incoming::Whole(whole.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let whole = read(Body::from("12345"), 5, SOON).await.unwrap();
        assert_eq!(whole, Incoming::Whole(Bytes::from_static(b"12345")));
        assert_eq!(read(Body::from("123456"), 5, SOON).await.unwrap(), Incoming::TooLarge);
        assert_eq!(declared(&Body::from("123456"), 5), None);
        assert_eq!(declared(&Body::from("1234"), 5), Some(4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        struct Never;
        impl HttpBody for Never {
            type Data = Bytes;
            type Error = axum::Error;
            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
                std::task::Poll::Pending
            }
        }
        let error = read(Body::new(Never), 5, SOON).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::RequestTimeout);
    }
}
