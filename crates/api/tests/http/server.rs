//! The server loop over real sockets.

use std::time::Duration;

use facegate_api::{ServeOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Client, World};

async fn start(world: &World, options: ServeOptions) -> (std::net::SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = world.router.clone();
    let server = tokio::spawn(async move {
        serve(listener, router, options, async {
            let _ = stopped.await;
        })
        .await;
    });
    (address, stop, server)
}

fn head(client: &Client, length: usize) -> String {
    let (id, key) = (&client.id, &client.key);
    format!(
        "POST /v1/face/enroll HTTP/1.1\r\nHost: x\r\nApp-ID: {id}\r\nAPI-Key: {key}\r\nContent-Length: {length}\r\n"
    )
}

/// Reads until `needle` has come or the connection ends.
async fn read_until(stream: &mut TcpStream, needle: &str) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains(needle) {
        match stream.read(&mut buffer).await.unwrap() {
            0 => break,
            n => seen.extend_from_slice(&buffer[..n]),
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

#[tokio::test]
async fn a_client_that_is_still_sending_gets_its_early_answer() {
    let world = World::new();
    let (address, _stop, _server) = start(&world, ServeOptions::default()).await;
    let good = world.sandbox().await;
    let wrong = Client { id: good.id.clone(), key: "wrong".into() };
    // Far more than sockets buffer: closing early would reset the connection and lose the answer.
    let body = vec![b'A'; 20 * 1024 * 1024];
    for (client, code) in [(&wrong, "UNAUTHORIZED"), (&good, "INVALID_PAYLOAD_IMAGE_SIZE")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{}\r\n", head(client, body.len())).as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let answer = read_until(&mut stream, "}").await;
        assert!(answer.contains(code), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_is_told_at_once() {
    let world = World::new();
    let (address, _stop, _server) = start(&world, ServeOptions::default()).await;
    let client = world.sandbox().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{}Expect: 100-continue\r\n\r\n", head(&client, 20 * 1024 * 1024));
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_until(&mut stream, "}").await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("IMAGE_SIZE"), "{answer}");
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let world = World::new();
    let options = ServeOptions { header_timeout: Duration::from_millis(200), ..ServeOptions::default() };
    let (address, _stop, _server) = start(&world, options).await;
    for said in ["", "P", "POST /v1/face/enroll HTTP/1.1\r\nHost:"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // Ends only when the server closes; the test would hang otherwise.
        let _ = stream.read_to_end(&mut rest).await;
    }
}

#[tokio::test]
async fn who_reads_no_answers_is_cut_off() {
    let world = World::new();
    let options = ServeOptions { write_timeout: Duration::from_millis(200), ..ServeOptions::default() };
    let (address, _stop, _server) = start(&world, options).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    // More than the sockets hold between them.
    let asked = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(40);
    stream.write_all(asked.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut read = Vec::new();
    // Ends only when the server closes, which then has not sent everything.
    let _ = stream.read_to_end(&mut read).await;
    assert!(read.starts_with(b"HTTP/1.1 200") && read.len() < 40 << 20, "{} bytes", read.len());
}

#[tokio::test]
async fn a_running_request_is_finished_and_no_new_one_is_taken() {
    let world = World::new();
    let (address, stop, server) = start(&world, ServeOptions::default()).await;
    let client = world.sandbox().await;
    let body = r#"{"image":"LIVE_PERSON_A_1"}"#;
    let mut running = TcpStream::connect(address).await.unwrap();
    // The server says "100 Continue" when it waits for the body: then the request runs.
    let head = format!("{}Expect: 100-continue\r\n\r\n", head(&client, body.len()));
    running.write_all(head.as_bytes()).await.unwrap();
    assert!(read_until(&mut running, "\r\n\r\n").await.contains("100 Continue"));
    let mut idle = TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    let _ = idle.read_to_end(&mut Vec::new()).await;
    assert!(TcpStream::connect(address).await.is_err(), "the door is closed");
    running.write_all(body.as_bytes()).await.unwrap();
    assert!(read_until(&mut running, "}}").await.contains("Request Success"));
    server.await.unwrap();
}
