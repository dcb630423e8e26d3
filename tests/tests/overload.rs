//! More requests than the server can work on: some are told so, the others are answered, nothing is lost.

use facegate_tests::{Answer, App, Setup, photos, with_image};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A photograph that takes a while.
fn large() -> Value {
    with_image(&photos::bytes(photos::GROUP), json!({}))
}

async fn at_once(app: &App, count: usize, payload: &Value) -> Vec<Answer> {
    let text = payload.to_string();
    let mut requests = JoinSet::new();
    for _ in 0..count {
        let (app, text) = (app.clone(), text.clone());
        requests.spawn(async move { app.post(text).await });
    }
    requests.join_all().await
}

fn expect_busy(answer: &Answer) {
    answer.expect(503, "SERVER_BUSY");
    let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().expect("whole seconds");
    assert!(wait >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_says_busy_and_recovers() {
    for setting in [("LIMITS__QUEUE", "2"), ("LIMITS__MAX_IN_FLIGHT", "3")] {
        let mut server = Setup::default().set("LIMITS__WORKERS", "1").set(setting.0, setting.1).start();
        let app = server.app(&["--mode", "testing", "--enroll-quota", "1000"]);
        let answers = at_once(&app, 30, &large()).await;
        let (served, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        println!("{setting:?}: {} served, {} busy", served.len(), busy.len());
        for answer in &served {
            answer.expect_enrolled();
        }
        busy.iter().for_each(|answer| expect_busy(answer));
        // Three are on the server at a time; a few more come when one of them has ended.
        assert!((1..=15).contains(&served.len()), "{} of 30 were served, the others would have waited", served.len());
        app.enroll(&large()).await.expect_enrolled();
        let used = server.show(&app)["enroll"]["used"].as_u64().unwrap();
        assert_eq!(used, served.len() as u64 + 1, "who was sent away pays nothing");
        assert!(server.runs());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_whose_client_has_left_is_dropped() {
    let server = Setup::default().set("LIMITS__WORKERS", "1").start();
    let app = server.app(&["--mode", "testing", "--enroll-quota", "1000"]);
    let text = large().to_string();
    let mut leaving = JoinSet::new();
    for _ in 0..40 {
        let (app, text) = (app.clone(), text.clone());
        leaving.spawn(async move { app.try_post(text).await.is_ok() });
    }
    // When the first is answered, the others have been waiting.
    assert!(leaving.join_next().await.unwrap().unwrap());
    leaving.shutdown().await;
    app.enroll(&large()).await.expect_enrolled();
    let used = server.show(&app)["enroll"]["used"].as_u64().unwrap();
    assert!((2..20).contains(&used), "{used} of 41 were worked on, though 39 had left");
}

#[tokio::test]
async fn a_rate_limit_is_per_app() {
    let server = Setup::default().set("RATE_LIMIT__REQUESTS_PER_SECOND", "1").start();
    let (app, other) = (server.live(), server.live());
    let answers = at_once(&app, 12, &json!({})).await;
    let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!limited.is_empty(), "twelve at once are more than one a second");
    for answer in limited {
        answer.expect(429, "TOO_MANY_REQUESTS");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    }
    other.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
}
