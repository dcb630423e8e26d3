//! Files and connections that mean harm: the right code, little memory, and a server that goes on.

use std::io::Write;
use std::net::TcpStream;

use facegate_tests::{App, Setup, TestServer, images, photos, pictures, raw, with_image};
use serde_json::json;

/// The contract's limit of an image, bytes.
const MAX_IMAGE: usize = 5 * 1024 * 1024;
/// Most memory the server may ever take, MB.
const MAX_MEMORY: u64 = 400;

const FORMAT: &str = "INVALID_PAYLOAD_IMAGE_FORMAT";

/// Two workers, as on the smallest machines, and little patience with the slow.
fn server() -> TestServer {
    let setup = Setup::default().set("LIMITS__WORKERS", "2");
    setup.set("LIMITS__HEADER_TIMEOUT_SECONDS", "2").set("LIMITS__BODY_TIMEOUT_SECONDS", "2").start()
}

/// The server is alive, has kept to its memory, and enrols.
async fn expect_well(server: &mut TestServer, app: &App) {
    assert!(server.runs());
    app.enroll_file(&photos::bytes(photos::SMALL), json!({})).await.expect_enrolled();
    let peak = server.peak_memory();
    println!("the server's peak: {peak} MB");
    assert!(peak < MAX_MEMORY, "{peak} MB");
}

/// A number that follows from another.
fn mixed(seed: usize) -> usize {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20) as usize
}

#[tokio::test]
async fn files_that_mean_harm() {
    let mut server = server();
    let app = server.live();
    let small = photos::bytes(photos::SMALL);
    let png = images::png(&pictures::fitted(&photos::pixels(photos::SMALL), 120));
    let wide = images::lying_jpeg(&small, 60_000, 800);
    let mut rows: Vec<(String, Vec<u8>, &str)> = vec![
        ("a PNG of 60,000 x 60,000, all of it".into(), images::png_bomb(60_000, 60_000), FORMAT),
        ("a PNG of 60,000 x 60,000, its head".into(), images::png_bomb(60_000, 60_000)[..200].to_vec(), FORMAT),
        ("a PNG of 49 megapixels, allowed".into(), images::png_bomb(7000, 7000), "FACE_NOT_DETECTED"),
        ("a JPEG that claims 60,000 x 60,000".into(), images::lying_jpeg(&small, 60_000, 60_000), FORMAT),
        ("a JPEG that claims 7,000 x 7,000".into(), images::lying_jpeg(&small, 7_000, 7_000), FORMAT),
        ("a JPEG that claims 60,000 x 800".into(), wide, FORMAT),
        ("a JPEG that claims 65,535 x 1".into(), images::lying_jpeg(&small, 65_535, 1), FORMAT),
        ("a JPEG of no height".into(), images::lying_jpeg(&small, 204, 0), FORMAT),
        ("5 MiB and one byte".into(), images::grown_to(small.clone(), MAX_IMAGE + 1), "INVALID_PAYLOAD_IMAGE_SIZE"),
        ("6 MB of nothing".into(), vec![0; 6_000_000], "INVALID_PAYLOAD_IMAGE_SIZE"),
        ("5 MiB of nothing".into(), vec![0; MAX_IMAGE], FORMAT),
        ("JPEG, then ZIP".into(), [&small[..], b"PK\x03\x04\x14\0\0\0"].concat(), ""),
        ("JPEG, then PNG".into(), [&small[..], &png[..]].concat(), ""),
        ("PNG, then script".into(), [&png[..], b"<script>alert(1)</script>"].concat(), ""),
        ("GIF, then JPEG".into(), [b"GIF89a\x01\0\x01\0", &small[..]].concat(), FORMAT),
        ("PDF, then JPEG".into(), [b"%PDF-1.7\n", &small[..]].concat(), FORMAT),
        ("HTML, then JPEG".into(), [b"<html><!--", &small[..]].concat(), FORMAT),
        (
            "SVG".into(),
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>".to_vec(),
            FORMAT,
        ),
        ("WebP".into(), b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0".to_vec(), FORMAT),
        ("one byte".into(), vec![0xFF], FORMAT),
        ("JPEG's first bytes only".into(), b"\xFF\xD8\xFF\xE0".to_vec(), FORMAT),
        ("PNG's first bytes only".into(), png[..8].to_vec(), FORMAT),
        ("a PNG whose checksum is wrong".into(), flipped(&png, png.len() / 2), FORMAT),
    ];
    for part in 1..10 {
        rows.push((format!("{part}/10 of a JPEG"), small[..small.len() * part / 10].to_vec(), FORMAT));
        rows.push((format!("{part}/10 of a PNG"), png[..png.len() * part / 10].to_vec(), FORMAT));
    }
    for seed in 0..20 {
        let bytes: Vec<u8> = (0..mixed(seed) % 5000 + 1).map(|i| mixed(seed << 16 | i) as u8).collect();
        rows.push((format!("rubbish {seed}"), bytes.clone(), FORMAT));
        rows.push((format!("rubbish {seed} that begins as JPEG"), [b"\xFF\xD8\xFF\xDB", &bytes[..]].concat(), FORMAT));
        rows.push((format!("rubbish {seed} that begins as PNG"), [&png[..33], &bytes[..]].concat(), FORMAT));
    }
    for (what, file, code) in rows {
        let answer = app.enroll_file(&file, json!({})).await;
        let status = if code.is_empty() { 200 } else { 400 };
        assert_eq!(answer.outcome(), (status, code), "{what}: {}", answer.body);
    }
    expect_well(&mut server, &app).await;
}

fn flipped(file: &[u8], at: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at] ^= 0x40;
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_photos_and_large_ones_at_once() {
    let mut server = server();
    let app = server.live();
    let small = photos::bytes(photos::SMALL);
    let mut requests = tokio::task::JoinSet::new();
    let large =
        [images::png_bomb(7000, 7000), images::jpeg(&pictures::resized(&photos::pixels(photos::OBAMA), 6000, 8000))];
    let files = (0..60).map(|seed| flipped(&small, mixed(seed) % small.len()));
    let files = files.chain(large.iter().cycle().take(12).cloned());
    for file in files {
        let (app, payload) = (app.clone(), with_image(&file, json!({"is_liveness": true})));
        requests.spawn(async move { app.enroll(&payload).await });
    }
    for answer in requests.join_all().await {
        // What is broken inside may still be a face; a fault of ours it never is.
        let fine = [(200, ""), (400, FORMAT), (400, "FACE_NOT_DETECTED")].contains(&answer.outcome());
        assert!(fine, "{}", answer.body);
    }
    expect_well(&mut server, &app).await;
}

#[tokio::test]
async fn bodies_that_mean_harm() {
    let mut server = server();
    let app = server.live();
    let image = images::base64(&photos::bytes(photos::SMALL));
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let keys: String = (0..400_000).map(|key| format!("\"k{key}\":1,")).collect();
    let rows: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("40 MB", vec![b' '; 40_000_000], 400, "INVALID_PAYLOAD_IMAGE_SIZE"),
        ("a deep array", nested("[", "]").into(), 400, "INVALID_PAYLOAD"),
        ("a deep object", nested("{\"a\":", "}").into(), 400, "INVALID_PAYLOAD"),
        ("a deep image", format!("{{\"image\":{}}}", nested("[", "]")).into(), 400, "INVALID_PAYLOAD"),
        ("many keys", format!("{{{keys}\"image\":\"{image}\"}}").into(), 200, ""),
        (
            "one key many times",
            format!("{{{}\"image\":\"{image}\"}}", "\"image\":\"\",".repeat(300_000)).into(),
            200,
            "",
        ),
        ("a long unknown field", json!({"x": "y".repeat(6_000_000), "image": image}).to_string().into(), 200, ""),
        (
            "a million line breaks",
            json!({"image": format!("{}{image}", "\n".repeat(1_000_000))}).to_string().into(),
            200,
            "",
        ),
        ("invalid UTF-8", b"{\"image\":\"\xff\xfe\"}".to_vec(), 400, "INVALID_PAYLOAD"),
        ("UTF-16", "{\"image\":\"\"}".encode_utf16().flat_map(u16::to_le_bytes).collect(), 400, "INVALID_PAYLOAD"),
        ("half a surrogate", b"{\"image\":\"\\ud800\"}".to_vec(), 400, "INVALID_PAYLOAD"),
        ("NUL", vec![0; 1000], 400, "INVALID_PAYLOAD"),
        ("a number beyond all bounds", b"{\"image\":1e999999}".to_vec(), 400, "INVALID_PAYLOAD"),
        (
            "a subject of 6 MB",
            json!({"image": image, "subject_id": "x".repeat(6_000_000)}).to_string().into(),
            400,
            "INVALID_PAYLOAD_SUBJECT_ID",
        ),
    ];
    for (what, body, status, code) in rows {
        println!("{what}");
        let answer = app.post(body).await;
        let deep = what.starts_with("a deep") && answer.status == 400;
        assert!(
            answer.outcome() == (status, code) || deep && answer.code().starts_with("INVALID_PAYLOAD"),
            "{what}: {}",
            answer.body
        );
    }
    // Nobody has to listen to this to its end: an answer, or a closed door.
    if let Ok(answer) = app.try_post(vec![b' '; 200_000_000]).await {
        answer.expect(400, "INVALID_PAYLOAD_IMAGE_SIZE");
    }
    let long = "x".repeat(100_000);
    app.delete(&json!({"subject_id": long}).to_string(), "").await.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
    expect_well(&mut server, &app).await;
}

fn head(app: &App, more: &str) -> String {
    format!("POST /v1/face/enroll HTTP/1.1\r\nHost: x\r\nApp-ID: {}\r\nAPI-Key: {}\r\n{more}", app.id, app.key)
}

/// The status line of an answer; empty if the server just closed.
fn status(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_mean_harm() {
    let mut server = server();
    let app = server.live();
    let address = server.address().to_owned();
    let body = with_image(&photos::bytes(photos::SMALL), json!({})).to_string();

    // Open connections that say nothing, or begin and stop, while the rest goes on.
    let idle: Vec<TcpStream> = (0..100).map(|_| raw::connect(&address).unwrap()).collect();
    let mut stalled: Vec<TcpStream> = (0..20).map(|_| raw::connect(&address).unwrap()).collect();
    for stream in &mut stalled {
        stream.write_all(head(&app, "Content-Length: 100000\r\n\r\n{\"image\": \"AAAA").as_bytes()).unwrap();
    }
    app.enroll_file(&photos::bytes(photos::SMALL), json!({})).await.expect_enrolled();
    for stream in &mut stalled {
        let answer = raw::rest(stream);
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
    }
    for mut stream in idle {
        let answer = raw::rest(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    let floods: String = (0..20_000).map(|n| format!("X-{n}: y\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "z".repeat(2_000_000));
    let endless = head(&app, &"X: y\r\n".repeat(3));
    for (what, bytes) in [
        ("20,000 headers", head(&app, &floods) + "\r\n"),
        ("a header of 2 MB", head(&app, &large) + "\r\n"),
        ("a path of 1 MB", format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1_000_000))),
        ("no HTTP", "\x16\x03\x01\x02\0\x01\0\x01\x7c\x03\x03 hello\r\n\r\n".into()),
        ("HTTP/2 at once", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into()),
        ("two lengths", head(&app, "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ")),
        ("a negative length", head(&app, "Content-Length: -1\r\n\r\n{}")),
        ("a length beyond all bounds", head(&app, "Content-Length: 99999999999999999999999\r\n\r\n{}")),
        ("bad chunks", head(&app, "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n")),
        ("a chunk beyond all bounds", head(&app, "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n{}")),
        ("a header that does not end", endless),
    ] {
        let answer = raw::send(&address, bytes.as_bytes());
        println!("{what}: {}", status(&answer));
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
    }

    // Length and chunks at once: the length must not hide a second request.
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let both = format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n{smuggled}", smuggled.len());
    let answer = raw::send(&address, head(&app, &both).as_bytes());
    assert!(answer.matches("HTTP/1.1").count() <= 1 || !answer.contains("\"ok\""), "{answer}");

    // Clients that close their half, or all, in the middle.
    let length = format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let answer = raw::send_and_half_close(&address, (head(&app, &length) + &body).as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = raw::send_and_half_close(&address, (head(&app, &length) + &body[..1000]).as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    for _ in 0..50 {
        let mut stream = raw::connect(&address).unwrap();
        stream.write_all((head(&app, &length) + &body[..body.len() / 2]).as_bytes()).unwrap();
    }
    for _ in 0..20 {
        let mut stream = raw::connect(&address).unwrap();
        stream.write_all((head(&app, &length) + &body).as_bytes()).unwrap();
    }
    expect_well(&mut server, &app).await;
    for fault in ["panicked", "ERROR"] {
        assert!(!server.log().contains(fault), "{fault} in the log:\n{}", server.log());
    }
}
