//! Sizes, rates, overload.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use facegate_api::ApiOptions;
use facegate_domain::AppMode;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;

use crate::support::World;

const MIB: usize = 1024 * 1024;

/// A body without a declared length, in pieces; it never ends if `open`.
fn streamed(pieces: usize, open: bool) -> Body {
    let chunk = Bytes::from(vec![b'A'; 64 * 1024]);
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, std::io::Error>>(1);
    tokio::spawn(async move {
        for _ in 0..pieces {
            if send.send(Ok(Frame::data(chunk.clone()))).await.is_err() {
                return;
            }
        }
        if open {
            send.closed().await;
        }
    });
    let mut receive = receive;
    let stream = futures_util::stream::poll_fn(move |context| receive.poll_recv(context));
    Body::new(StreamBody::new(stream).map_err(axum::Error::new))
}

#[tokio::test]
async fn too_large_is_too_large_however_it_comes() {
    let world = World::new();
    let client = world.app(AppMode::Live, None, None).await;
    let image = |bytes: usize| format!(r#"{{"image":"{}"}}"#, "A".repeat(bytes.div_ceil(3) * 4));
    // One triple more than 5 MiB, a body over the limit with a length, and one without.
    for body in [Body::from(image(5 * MIB + 3)), Body::from(image(9 * MIB)), streamed(200, false)] {
        assert_eq!(world.enroll(&client, body).await.code(), (400, "INVALID_PAYLOAD_IMAGE_SIZE"));
    }
    // Exactly 5 MiB reaches the engine, which fails here.
    let exact = format!(r#"{{"image":"{}AAA"}}"#, "A".repeat((5 * MIB / 3) * 4));
    assert_eq!(world.enroll(&client, exact).await.status, 500);
    assert_eq!(world.delete(&client, "?subject_id=a", streamed(200, false)).await.code(), (400, "INVALID_PAYLOAD"));
}

#[tokio::test]
async fn the_quota_comes_before_the_size() {
    let world = World::new();
    let client = world.app(AppMode::Testing, Some(0), None).await;
    for body in [streamed(200, false), Body::from(format!(r#"{{"image":"{}"}}"#, "A".repeat(7 * MIB)))] {
        assert_eq!(world.enroll(&client, body).await.code(), (403, "INSUFFICIENT_QUOTA_ENROLL"));
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let world = World::with(ApiOptions { body_timeout: Duration::from_millis(100), ..ApiOptions::default() });
    let client = world.sandbox().await;
    assert_eq!(world.enroll(&client, streamed(1, true)).await.code(), (408, "REQUEST_TIMEOUT"));
}

#[tokio::test]
async fn one_request_too_many_is_busy() {
    let options = ApiOptions { max_in_flight: 1, body_timeout: Duration::from_secs(60), ..ApiOptions::default() };
    let world = World::with(options);
    let client = world.sandbox().await;
    // Its body is polled only when it has been let in, and never comes.
    let (entered, is_in) = tokio::sync::oneshot::channel();
    let mut entered = Some(entered);
    let stream = futures_util::stream::poll_fn(move |_| {
        entered.take().map(|signal| signal.send(()));
        std::task::Poll::<Option<Result<Frame<Bytes>, axum::Error>>>::Pending
    });
    let slow = client.request("POST", "/v1/face/enroll", Body::new(StreamBody::new(stream)));
    let slow = tokio::spawn(tower::ServiceExt::oneshot(world.router.clone(), slow));
    is_in.await.unwrap();
    let answer = world.enroll(&client, r#"{"image":"LIVE_PERSON_A_1"}"#).await;
    assert_eq!((answer.code(), &answer.headers["retry-after"]), ((503, "SERVER_BUSY"), &"1".parse().unwrap()));
    // Probes are not work, and a client that leaves makes room.
    assert_eq!(world.send(client.request("GET", "/healthz", "")).await.status, 200);
    slow.abort();
    let _ = slow.await;
    assert_eq!(world.enroll(&client, r#"{"image":"LIVE_PERSON_A_1"}"#).await.status, 200);
}

#[tokio::test]
async fn the_rate_limit_is_per_app() {
    let options = ApiOptions { requests_per_second: NonZeroU32::new(3), ..ApiOptions::default() };
    let world = World::with(options);
    let (fast, other) = (world.sandbox().await, world.sandbox().await);
    let mut limited = None;
    for _ in 0..100 {
        let answer = world.delete(&fast, "?subject_id=SUB_EXIST", "").await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
    }
    let limited = limited.expect("a hundred requests were never too many");
    assert_eq!((limited.code().1, &limited.headers["retry-after"]), ("TOO_MANY_REQUESTS", &"1".parse().unwrap()));
    assert_eq!(world.delete(&other, "?subject_id=SUB_EXIST", "").await.status, 200);
}
