//! The capture page's way over real HTTP: ordered by an app, carried out once, and known to the app alone.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use facegate_tests::{Answer, App, Setup, TestServer, answer, photos, raw};
use serde_json::{Value, json};

/// What the page asks, with this token and photo.
async fn page(server: &TestServer, token: &str, path: &str, photo: Option<&[u8]>) -> Answer {
    let browser = App::new(server.base(), "", "");
    let request = browser.anonymous("POST", &format!("/capture/api/{path}"));
    let request = request.header("Authorization", format!("Bearer {token}"));
    answer(request.body(photo.unwrap_or_default().to_vec()).send().await).await
}

async fn order(app: &App, more: Value) -> Answer {
    app.face("capture_tokens", &more).await
}

async fn state(app: &App, id: &str) -> Answer {
    app.get(&format!("capture_tokens/{id}")).await
}

fn text(answer: &Answer, field: &str) -> String {
    answer.body[field].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_enrolled_once_and_the_app_is_told() {
    let server = TestServer::start();
    let (app, other) = (server.live(), server.live());
    let made =
        order(&app, json!({"purpose": "enroll", "subject_id": "budi", "return_url": "https://bank.example/done"}))
            .await;
    let (token, id) = (text(&made, "token"), text(&made, "capture_id"));
    assert_eq!(text(&made, "url"), format!("/capture#token={token}"));
    assert_eq!(state(&app, &id).await.body["status"], "pending");
    state(&other, &id).await.expect(404, "CAPTURE_NOT_FOUND");
    let opened = page(&server, &token, "open", None).await;
    assert_eq!((&opened.body["purpose"], &opened.body["attempts_left"]), (&json!("enroll"), &json!(5)));
    page(&server, "fgc_0000", "open", None).await.expect(404, "CAPTURE_NOT_FOUND");
    // Guidance, at a modest rate; nothing of it is kept.
    let person = photos::bytes(photos::PERSON_A);
    let seen = page(&server, &token, "look", Some(&photos::bytes(photos::GROUP))).await;
    assert!(seen.body["advice"].as_array().unwrap().contains(&json!("one_face_only")), "{:?}", seen.body);
    app.expect_absent("budi").await;
    // A photo that fails a gate can be taken again, a good one ends it.
    let crowd = page(&server, &token, "finish", Some(&photos::bytes(photos::GROUP))).await;
    assert_eq!((&crowd.body["passed"], &crowd.body["attempts_left"]), (&json!(false), &json!(4)));
    let done = page(&server, &token, "finish", Some(&person)).await;
    assert_eq!(done.body["passed"], true, "{:?}", done.body);
    page(&server, &token, "finish", Some(&person)).await.expect(404, "CAPTURE_NOT_FOUND");
    // However often the page is loaded again: the token was right, so its address has guessed nothing.
    for _ in 0..80 {
        page(&server, &token, "open", None).await.expect(404, "CAPTURE_NOT_FOUND");
    }
    let known = state(&app, &id).await;
    assert_eq!((&known.body["status"], &known.body["attempts"]), (&json!("passed"), &json!(2)));
    assert_eq!(known.body["result_session_id"], done.body["session_id"]);
    app.get("subjects/budi").await.expect(200, "");
    // The log: who ordered it and who carried it out.
    let out = server.run(&["audit", "export", "--app", &app.id]).stdout;
    let out = String::from_utf8(out).unwrap();
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        rows.iter().map(|row| (row["action"].as_str().unwrap(), row["actor"].as_str().unwrap())).collect();
    assert_eq!(told[1].0, "capture_ordered");
    assert!(told[1].1.starts_with("key "), "{told:?}");
    assert_eq!(told[2], ("enrolled", "capture"));
    assert!(!server.log().contains(&token) && !server.log().contains("budi"), "the log names a token or a subject");
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_ends_after_five_wrong_faces() {
    let server = TestServer::start();
    let app = server.live();
    order(&app, json!({"purpose": "verify", "subject_id": "budi"})).await.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
    let enrolled = facegate_tests::with_image(&photos::bytes(photos::PERSON_A), json!({"subject_id": "budi"}));
    app.enroll(&enrolled).await.expect_enrolled();
    let made = order(&app, json!({"purpose": "verify", "subject_id": "budi"})).await;
    let (token, id) = (text(&made, "token"), text(&made, "capture_id"));
    let wrong = photos::bytes(photos::IMPOSTOR_1);
    for left in (0..5).rev() {
        let answer = page(&server, &token, "finish", Some(&wrong)).await;
        let told = (&answer.body["passed"], &answer.body["mismatch"], &answer.body["attempts_left"]);
        assert_eq!(told, (&json!(false), &json!(true), &json!(left)));
    }
    page(&server, &token, "finish", Some(&photos::bytes(photos::PERSON_A))).await.expect(404, "CAPTURE_NOT_FOUND");
    assert_eq!(state(&app, &id).await.body["status"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_has_one_photo_on_its_way() {
    let server = TestServer::start();
    let app = server.app(&["--mode", "sandbox"]);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        tokens.push(text(&order(&app, json!({"purpose": "enroll"})).await, "token"));
    }
    // Half of a photo; the server has asked for it, so it waits for the rest.
    let mut half = raw::connect(server.address()).unwrap();
    let head = format!(
        "POST /capture/api/finish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 100000\r\n\
         Expect: 100-continue\r\n\r\n",
        tokens[0]
    );
    half.write_all(head.as_bytes()).unwrap();
    let mut line = [0u8; 12];
    half.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 100");
    half.write_all(&[0; 1000]).unwrap();
    for path in ["finish", "look"] {
        let refused = page(&server, &tokens[0], path, Some(b"anything")).await;
        refused.expect(429, "TOO_MANY_REQUESTS");
        assert_eq!(refused.headers["retry-after"], "1");
    }
    page(&server, &tokens[0], "open", None).await.expect(200, "");
    assert_eq!(page(&server, &tokens[1], "finish", Some(b"anything")).await.body["passed"], true, "another link");
    // When it is given up, the next one may come.
    drop(half);
    let deadline = Instant::now() + Duration::from_secs(30);
    while page(&server, &tokens[0], "finish", Some(b"anything")).await.status == 429 {
        assert!(Instant::now() < deadline, "the half is still waited for");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page(&server, &tokens[0], "open", None).await.expect(404, "CAPTURE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_at_the_same_time_are_taken_one_by_one() {
    let server = TestServer::start();
    let app = server.live();
    let made = order(&app, json!({"purpose": "enroll", "subject_id": "budi"})).await;
    let (token, id) = (text(&made, "token"), text(&made, "capture_id"));
    // Five wrong photos, all at once and again until each was looked at: the fifth ends it, whoever it was.
    let crowd = photos::bytes(photos::GROUP);
    let send = async || loop {
        let answer = page(&server, &token, "finish", Some(&crowd)).await;
        if answer.status != 429 {
            return answer.body["attempts_left"].as_u64();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let (a, b, c, d, e) = tokio::join!(send(), send(), send(), send(), send());
    let mut left = [a, b, c, d, e];
    left.sort();
    assert_eq!(left, [0, 1, 2, 3, 4].map(Some));
    assert_eq!(state(&app, &id).await.body["status"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_app_needs_no_camera_and_the_page_is_framed_by_whom_it_may() {
    let server = Setup::default().set("CAPTURE__ORIGINS", "https://bank.example").start();
    let app = server.app(&["--mode", "sandbox"]);
    let framed = json!({"purpose": "enroll", "origin": "https://bank.example", "return_url": "https://bank.example/x"});
    let token = text(&order(&app, framed).await, "token");
    let evil = json!({"purpose": "enroll", "return_url": "https://evil.example/"});
    order(&app, evil).await.expect(400, "INVALID_PAYLOAD");
    // Looks take no time here, so that a second one comes too soon on any machine.
    assert_eq!(page(&server, &token, "look", Some(b"anything")).await.body["ready"], true);
    page(&server, &token, "look", Some(b"anything")).await.expect(429, "TOO_MANY_REQUESTS");
    assert_eq!(page(&server, &token, "finish", Some(b"anything")).await.body["passed"], true);
    let shown = App::new(server.base(), "", "").anonymous("GET", "/capture/").send().await.unwrap();
    let policy = shown.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors https://bank.example"), "{policy}");
    let off = Setup::default().set("CAPTURE__ENABLED", "false").start();
    order(&off.live(), json!({"purpose": "enroll"})).await.expect(404, "CAPTURE_NOT_FOUND");
}
