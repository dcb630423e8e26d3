//! What Prometheus reads: the requests that were made, and nothing that tells whose they were.

use std::collections::BTreeSet;

use facegate_tests::{Setup, photos, raw, repository};
use serde_json::{Value, json};

/// The address that the server logged after `what`.
fn address(log: &str, what: &str) -> String {
    let (_, rest) = log.split_once(&format!("{what} on http://")).expect("the server says where");
    rest.split(['/', '\n']).next().unwrap().to_owned()
}

fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.unwrap_or_else(|| panic!("{series}\n{text}")).trim().parse().unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_route_and_code_and_nobody_is_named() {
    let server = Setup::default().set("METRICS__LISTEN", "127.0.0.1:0").set("LIMITS__WORKERS", "2").start();
    let (live, poor) = (server.live(), server.app(&["--mode", "testing", "--enroll-quota", "0"]));
    let photo = photos::bytes(photos::SMALL);
    for _ in 0..3 {
        live.enroll_file(&photo, json!({"subject_id": "somebody-special"})).await.expect_enrolled();
    }
    live.face_file("verify", &photo, json!({"subject_id": "somebody-special"})).await.expect(200, "");
    live.enroll_file(&photo, json!({"detect_mask": true, "FAIL_ON_4": true})).await;
    poor.enroll_file(&photo, json!({})).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
    live.with_key("a-wrong-key").enroll_file(&photo, json!({})).await.expect(401, "UNAUTHORIZED");
    live.get("/no/such/path").await;

    let text = raw::get(&address(&server.log(), "metrics"), "/metrics").unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("text/plain; version=0.0.4"), "{text}");
    let requests = |code: &str, route: &str, status: u16| {
        value(&text, &format!(r#"facegate_requests_total{{code="{code}",route="{route}",status="{status}"}}"#))
    };
    assert_eq!(requests("", "/v1/face/enroll", 200), 4.0);
    assert_eq!(requests("", "/v1/face/verify", 200), 1.0);
    assert_eq!(requests("INSUFFICIENT_QUOTA_ENROLL", "/v1/face/enroll", 403), 1.0);
    assert_eq!(requests("UNAUTHORIZED", "/v1/face/enroll", 401), 1.0);
    assert_eq!(requests("NOT_FOUND", "-", 404), 1.0);
    assert_eq!(value(&text, r#"facegate_request_seconds_count{route="/v1/face/enroll"}"#), 6.0);
    for stage in ["wait", "decode", "detect", "embed", "measure"] {
        assert_eq!(value(&text, &format!(r#"facegate_stage_seconds_count{{stage="{stage}"}}"#)), 5.0, "{stage}");
        assert!(value(&text, &format!(r#"facegate_stage_seconds_sum{{stage="{stage}"}}"#)) > 0.0, "{stage}");
    }
    assert!(value(&text, r#"facegate_stage_seconds_count{stage="store"}"#) >= 4.0);
    assert_eq!((value(&text, "facegate_workers "), value(&text, "facegate_busy_workers ")), (2.0, 0.0));
    assert!(value(&text, "process_resident_memory_bytes ") > 50e6);
    for secret in ["somebody", &live.id, &poor.id, &live.key, "wrong-key"] {
        assert!(!text.contains(secret), "{text}");
    }
    let elsewhere = raw::get(server.address(), "/metrics").unwrap();
    assert!(elsewhere.starts_with("HTTP/1.1 404"), "the API's address has no metrics: {elsewhere}");
}

/// Names of this server's series in a query of Prometheus.
fn names(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("facegate_") || word.starts_with("process_"))
}

#[test]
fn the_dashboard_asks_for_what_there_is() {
    let file = repository().join("packaging/grafana.json");
    let dashboard: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let queries: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    let asked: BTreeSet<&str> = queries.iter().flat_map(|query| names(query)).collect();
    let server = Setup::default().set("METRICS__LISTEN", "127.0.0.1:0").start();
    raw::get(server.address(), "/healthz").unwrap();
    let text = raw::get(&address(&server.log(), "metrics"), "/metrics").unwrap();
    assert!(queries.len() >= 8 && asked.len() >= 8, "{asked:?}");
    for name in asked {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}\n{text}");
    }
}

/// A collector that keeps what it is sent.
fn collector() -> (String, std::sync::mpsc::Receiver<Vec<u8>>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (sender, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
            stream.set_read_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
            while let Ok(read @ 1..) = stream.read(&mut part) {
                bytes.extend(&part[..read]);
                let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(bytes.len());
                let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                if length.is_some_and(|length| bytes.len() >= head + 4 + length) {
                    break;
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = sender.send(bytes);
        }
    });
    (address, received)
}

#[tokio::test]
async fn spans_go_to_a_collector_and_name_nobody() {
    let (address, received) = collector();
    let mut server = Setup::default().set("LOG__TRACES", &address).start();
    let app = server.live();
    let enrolled = app.enroll_file(&photos::bytes(photos::SMALL), json!({"subject_id": "somebody-special"})).await;
    enrolled.expect_enrolled();
    server.terminate();
    assert!(server.ended().success(), "what is left is sent before the end");
    let sent: Vec<u8> = received.try_iter().flatten().collect();
    let has = |text: &str| sent.windows(text.len()).any(|part| part == text.as_bytes());
    for text in ["POST /v1/face/enroll", "detect_ms", "store_ms", "session_id", "facegate"] {
        assert!(has(text), "{text}");
    }
    for secret in ["somebody", &app.id, &app.key] {
        assert!(!has(secret), "{secret}");
    }
    assert!(!server.log().contains("detect_ms"), "spans are no lines of the log");
}
