//! Clients that ask for photos and do not read them: what they take is of their own app's part, and the server's other apps
//! notice nothing.

use facegate_tests::{App, TestServer, images, photos, with_image};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// So little that the server cannot hand the whole answer to the system.
const RECEIVE_BUFFER: u32 = 4096;

/// An app with a subject whose photo is nearly as large as one may be.
async fn with_large_photo(server: &TestServer) -> App {
    let app = server.app(&["--mode", "live"]);
    let photo = images::grown_to(photos::bytes(photos::OBAMA), 4_900 << 10);
    app.enroll_file(&photo, json!({"subject_id": "large"})).await.expect_enrolled();
    app
}

fn wanted() -> Value {
    wanted_by(&photos::bytes(photos::OBAMA))
}

fn wanted_by(probe: &[u8]) -> Value {
    with_image(probe, json!({"return_image": true, "is_liveness": false}))
}

/// Searches with large probes, again and again, until they are dropped; they wait for what is not read.
fn flood(app: &App, clients: usize) -> JoinSet<()> {
    let payload = wanted_by(&images::grown_to(photos::bytes(photos::OBAMA), 4_900 << 10));
    let mut flood = JoinSet::new();
    for _ in 0..clients {
        let (app, payload) = (app.clone(), payload.clone());
        flood.spawn(async move {
            loop {
                app.face("search", &payload).await;
            }
        });
    }
    flood
}

/// Searches, and reads the first line of the answer only.
async fn begun(server: &TestServer, app: &App) -> (TcpStream, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
    let mut stream = socket.connect(server.address().parse().unwrap()).await.unwrap();
    let body = wanted().to_string();
    let head = format!(
        "POST /v1/face/search HTTP/1.1\r\nHost: faces\r\nApp-ID: {}\r\nAPI-Key: {}\r\nContent-Length: {}\r\n\r\n",
        app.id,
        app.key,
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut line = [0; 12];
    stream.read_exact(&mut line).await.unwrap();
    (stream, String::from_utf8_lossy(&line).into_owned())
}

async fn search(app: &App) -> u16 {
    let found = app.face("search", &wanted()).await;
    if found.status == 200 {
        let image = found.body["matches"][0]["image"].as_str().unwrap_or_else(|| panic!("{:?}", found.body["matches"]));
        assert_eq!(image.len(), (4_900usize << 10).div_ceil(3) * 4);
    }
    found.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_that_nobody_reads_take_their_own_apps_room_only() {
    let server = TestServer::start();
    let (slow, other) = (with_large_photo(&server).await, with_large_photo(&server).await);
    let mut unread = Vec::new();
    for _ in 0..4 {
        unread.push(begun(&server, &slow).await);
    }
    let told: Vec<&str> = unread.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(told[0], "HTTP/1.1 200");
    assert!(told[1..].contains(&"HTTP/1.1 503"), "one app may hold all of the room: {told:?}");
    let flood = flood(&slow, 12);
    for round in 0..10 {
        assert_eq!(search(&other).await, 200, "round {round}");
        let photo = photos::bytes(photos::SMALL);
        other.enroll_file(&photo, json!({"subject_id": format!("new {round}")})).await.expect_enrolled();
    }
    drop(flood);
    // What the slow app asks for without photos is answered too.
    slow.face_file("search", &photos::bytes(photos::OBAMA), json!({"is_liveness": false})).await.expect(200, "");
    drop(unread);
    // The system tells the server a little later.
    for _ in 0..20 {
        if search(&slow).await == 200 {
            return;
        }
    }
    panic!("the room of answers that nobody waits for is not given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_photos_of_many_searches_at_once_have_room() {
    let server = TestServer::start();
    let app = server.app(&["--mode", "live"]);
    for number in 0..10 {
        let payload = json!({"subject_id": format!("subject {number}")});
        app.enroll_file(&photos::bytes(photos::OBAMA), payload).await.expect_enrolled();
    }
    let mut searches = JoinSet::new();
    for _ in 0..16 {
        let (app, mut payload) = (app.clone(), wanted());
        payload["limit"] = json!(10);
        searches.spawn(async move { app.face("search", &payload).await });
    }
    for found in searches.join_all().await {
        found.expect(200, "");
        let matches = found.body["matches"].as_array().unwrap().clone();
        assert!(matches.len() == 10 && matches.iter().all(|one| one["image"].is_string()), "{} matches", matches.len());
    }
}
