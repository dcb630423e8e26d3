//! How long a request of a page may take, its body included: who is not signed in cannot hold a connection for long.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use facegate_api::ErrorCode;

use crate::fault::Answer;

/// Longer than a photo waits in a full queue.
const MOST: Duration = Duration::from_secs(60);

/// The layer: `REQUEST_TIMEOUT` for what takes longer. What is written by then is written.
pub(crate) async fn limited(request: Request, next: Next) -> Answer<Response> {
    tokio::time::timeout(MOST, next.run(request)).await.map_err(|_| ErrorCode::RequestTimeout.into())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let routes = Router::new().route("/", post(async |_: String| "read")).layer(from_fn(limited));
        let send = async |body: Body| routes.clone().oneshot(Request::post("/").body(body).unwrap()).await.unwrap();
        assert_eq!(send(Body::from("all")).await.status(), StatusCode::OK);
        let never = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
        assert_eq!(send(Body::from_stream(never)).await.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
