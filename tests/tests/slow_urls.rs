//! A thousand requests at once whose URLs never deliver: who sends photos themselves notices nothing of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use facegate_tests::raw::{Reply, serve_files};
use facegate_tests::{Answer, App, Setup, images, photos, pictures};
use serde_json::json;
use tokio::task::JoinSet;

const SLOW: usize = 1000;
const PHOTOS: usize = 15;

/// Enrols photos one after the other; the median of the times. Each is answered at once and with success.
async fn enroll_photos(app: &App, image: &str) -> Duration {
    let mut times = Vec::new();
    for number in 0..PHOTOS {
        let begun = Instant::now();
        app.enroll(&json!({"image": image, "subject_id": format!("photo-{number}")})).await.expect_enrolled();
        times.push(begun.elapsed());
    }
    times.sort();
    times[PHOTOS / 2]
}

/// Asks for a URL that never delivers, again and again; how often, by whether the server was busy or gave up in time.
async fn insist(app: App, url: String, over: Arc<AtomicBool>, under_way: Arc<AtomicUsize>) -> [usize; 2] {
    let mut told = [0, 0];
    while !over.load(Ordering::SeqCst) {
        under_way.fetch_add(1, Ordering::SeqCst);
        let answer = app.enroll(&json!({ "image": url })).await;
        under_way.fetch_sub(1, Ordering::SeqCst);
        match answer.outcome() {
            (503, "SERVER_BUSY") => told[0] += 1,
            (400, "INVALID_PAYLOAD_IMAGE_TIMEOUT") => told[1] += 1,
            other => panic!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_slow_urls_hold_up_no_photo() {
    let setup = Setup::default().set("URL__ALLOW_NETWORKS", "127.0.0.0/8").set("URL__TIMEOUT_SECONDS", "6");
    let server = setup.set("LIMITS__MAX_CONNECTIONS", "1200").start();
    let (app, slow) = (server.live(), server.live());
    let files = serve_files(|_| Reply::Never);
    let image = images::base64(&images::jpeg_of(&pictures::fitted(&photos::pixels(photos::SMALL), 260), 85));
    enroll_photos(&app, &image).await;
    let alone = enroll_photos(&app, &image).await;
    let memory = server.peak_memory();

    let (over, under_way) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut asking = JoinSet::new();
    for number in 0..SLOW {
        asking.spawn(insist(slow.clone(), format!("{files}/{number}.jpg"), over.clone(), under_way.clone()));
    }
    // All have asked, and those that are waited for wait.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let waiting = under_way.load(Ordering::SeqCst);
    assert!(waiting >= 64, "{waiting} are waited for");
    let beside = enroll_photos(&app, &image).await;
    let probe: Answer = app.get("subjects").await;
    probe.expect(200, "");
    over.store(true, Ordering::SeqCst);
    let told = asking.join_all().await;
    let [busy, late] = told.into_iter().fold([0, 0], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
    let grown = server.peak_memory() - memory;
    println!(
        "{waiting} slow URLs under way; a photo took {alone:?} alone and {beside:?} beside them; of the URLs {busy} were told \
         busy and {late} too late; memory grew by {grown} MB"
    );
    assert!(late > 0 && busy > 0, "some are tried and the others refused");
    assert!(beside < alone * 5 + Duration::from_millis(500), "a photo waits for URLs");
    assert!(grown < 200, "memory grew by {grown} MB");
}
