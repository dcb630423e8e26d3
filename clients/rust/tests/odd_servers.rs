//! The client against what can stand in front of a server: proxies that are busy, redirect, answer pages, or are gone.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use facegate_client::{Client, Enroll, Error, Image};
use futures_util::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that gives this answer to everyone.
struct OddServer {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl OddServer {
    async fn start(head: &str, body: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let answer = [head.as_bytes(), body].concat();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let mut request = Vec::new();
                // Every request of these tests ends with its JSON or, without a body, with its head.
                while !request.ends_with(b"}") && !request.ends_with(b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let _ = stream.write_all(&answer).await;
            }
        });
        Self { url, connections }
    }

    fn client(&self) -> Client {
        Client::new(&self.url, "app", "secret-key").unwrap()
    }
}

fn enroll() -> Enroll {
    Enroll::new(Image::text("LIVE_PERSON_A_1"))
}

#[tokio::test]
async fn redirects_do_not_carry_the_key_away() {
    let thief = OddServer::start("200 OK", b"{}").await;
    let server = OddServer::start(&format!("307 Temporary Redirect\r\nLocation: {}", thief.url), b"").await;
    let Error::Refused(refusal) = server.client().enroll(&enroll()).await.unwrap_err() else { panic!("no refusal") };
    assert_eq!((refusal.status, refusal.code.as_str()), (307, ""));
    assert_eq!(thief.connections.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn busy_servers_say_when_to_come_back_and_are_asked_once() {
    let body = br#"{"message":"busy","error_code":"SERVER_BUSY","session_id":"s"}"#;
    let server = OddServer::start("503 Service Unavailable\r\nRetry-After: 7", body).await;
    let error = server.client().enroll(&enroll()).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.code(), Some("SERVER_BUSY"));
    let Error::Refused(refusal) = error else { panic!("no refusal") };
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(7)));
    assert_eq!(server.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn pages_are_no_answers() {
    for body in [&b"<html>"[..], b"", b"[]", b"null", b"{}", b"\xff"] {
        let server = OddServer::start("200 OK", body).await;
        let error = server.client().enroll(&enroll()).await.unwrap_err();
        assert!(matches!(error, Error::Answer) && !error.is_retryable(), "{error:?}");
        let server = OddServer::start("502 Bad Gateway", body).await;
        let error = server.client().enroll(&enroll()).await.unwrap_err();
        assert!(error.is_retryable() && error.code().is_none());
        assert_eq!(error.to_string(), "HTTP status 502");
    }
}

#[tokio::test]
async fn a_dead_server_is_no_answer_and_shows_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&url, "app", "secret-key").unwrap();
    let error = client.subject(&"budi".into()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.is_retryable());
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("budi") && !shown.contains("secret-key"), "{shown}");
}

#[tokio::test]
async fn a_stream_of_subjects_ends_with_its_error() {
    let server = OddServer::start("500 Internal Server Error", b"{}").await;
    let mut subjects = server.client().subjects(100);
    assert!(matches!(subjects.try_next().await, Err(Error::Refused(_))));
    assert!(matches!(subjects.try_next().await, Ok(None)));
}
