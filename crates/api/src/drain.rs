//! Reads what is left of a request's body before an early answer is sent.
//!
//! Closing a connection with unread bytes resets it, and a client that is still sending then sees "connection reset"
//! instead of its 401 or its `INVALID_PAYLOAD_IMAGE_SIZE`. What is read here is thrown away and bounded.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// Most bytes thrown away for one request.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Longest time spent on it.
const MAX_TIME: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Home {
    body: Option<Body>,
    polled: bool,
}

/// Takes the body back when the request is done.
pub(crate) struct Lent {
    home: Arc<Mutex<Home>>,
    expects_continue: bool,
}

/// Wraps the body of a request so that what is not read of it comes back.
pub(crate) fn lend(request: Request) -> (Request, Lent) {
    let home = Arc::<Mutex<Home>>::default();
    let expects_continue = request.headers().contains_key(header::EXPECT);
    let lent = Lent { home: home.clone(), expects_continue };
    let request = request.map(|body| Body::new(LentBody { inner: body, polled: false, home }));
    (request, lent)
}

impl Lent {
    /// Reads the rest, within bounds. Not after a body that was too slow, and not from a client that waits for
    /// `100 Continue`: it has sent nothing.
    pub async fn drain(self, status: StatusCode) {
        let home = std::mem::take(&mut *self.home.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(mut body) = home.body else { return };
        let waits = self.expects_continue && !home.polled;
        if body.is_end_stream() || waits || status == StatusCode::REQUEST_TIMEOUT {
            return;
        }
        let rest = async {
            let mut seen = 0usize;
            while let Some(Ok(frame)) = body.frame().await {
                seen = seen.saturating_add(frame.data_ref().map_or(0, Bytes::len));
                if seen > MAX_BYTES {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(MAX_TIME, rest).await;
    }
}

struct LentBody {
    inner: Body,
    polled: bool,
    home: Arc<Mutex<Home>>,
}

impl HttpBody for LentBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.polled = true;
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for LentBody {
    fn drop(&mut self) {
        let body = std::mem::take(&mut self.inner);
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Home { body: Some(body), polled: self.polled };
    }
}
