//! Reads a request's body within its limits of size and time, and writes an answer's that counts while it is written.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

use crate::admission::AnswerShare;
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

/// Bytes of it that are given to the connection at once: what is left counts until it has taken them.
const PIECE: usize = 32 * 1024;

/// An answer's body and its share of the server's memory.
struct HeldBody {
    rest: Bytes,
    _share: AnswerShare,
}

/// An answer that counts for what the server holds until the client has read it.
pub(crate) async fn send_held(answer: Response, mut share: AnswerShare) -> Result<Response, ApiError> {
    let (mut parts, body) = answer.into_parts();
    let rest = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| ErrorCode::Internal)?;
    parts.headers.insert(CONTENT_LENGTH, rest.len().into());
    // It was written into memory that grew by doubling.
    share.shrink(2 * rest.len());
    Ok(Response::from_parts(parts, Body::new(HeldBody { rest, _share: share })))
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.rest.len().min(PIECE);
        // A copy: a piece that waits to be sent must not keep all of it, which counts no more by then.
        let piece = Bytes::copy_from_slice(&self.rest.split_to(piece));
        Poll::Ready(if piece.is_empty() { None } else { Some(Ok(Frame::data(piece))) })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
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
