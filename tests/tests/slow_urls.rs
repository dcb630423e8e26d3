//! A thousand requests at once whose URLs never deliver: who sends photos themselves notices nothing of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use facegate_tests::many_open_files;
use facegate_tests::raw::{Reply, serve_files};
use facegate_tests::{Answer, App, Setup, images, photos, pictures};
use serde_json::json;
use tokio::task::JoinSet;

const SLOW: usize = 1000;
const PHOTOS: usize = 15;
/// How long the server waits for a URL.
const TIMEOUT: Duration = Duration::from_secs(8);
/// How many URLs are waited for at once (`url.max_concurrent`); a few hundred requests wait for their turn, the others are refused.
const MANY: usize = 64;

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

/// What has become of the requests for slow URLs.
#[derive(Default)]
struct Told {
    /// The server gave up in time.
    late: AtomicUsize,
    /// It was busy.
    busy: AtomicUsize,
    over: AtomicBool,
}

fn count(of: &AtomicUsize) -> usize {
    of.load(Ordering::SeqCst)
}

/// Asks for a URL that never delivers, again and again.
async fn insist(app: App, url: String, told: Arc<Told>) {
    while !told.over.load(Ordering::SeqCst) {
        let answer = app.enroll(&json!({ "image": url })).await;
        let kind = match answer.outcome() {
            (503, "SERVER_BUSY") => &told.busy,
            (400, "INVALID_PAYLOAD_IMAGE_TIMEOUT") => &told.late,
            other => panic!("{other:?}"),
        };
        kind.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_slow_urls_hold_up_no_photo() {
    many_open_files();
    let setup = Setup::default().set("URL__ALLOW_NETWORKS", "127.0.0.0/8");
    let setup = setup.set("URL__TIMEOUT_SECONDS", &TIMEOUT.as_secs().to_string());
    // Room for as many downloads as there may be; by default it is enough for the largest photos of six.
    let setup = setup.set("LIMITS__MAX_BODY_MEMORY_MIB", "500");
    let server = setup.set("LIMITS__MAX_CONNECTIONS", "1200").start();
    let (app, slow) = (server.live(), server.live());
    let (told, held) = (Arc::new(Told::default()), Arc::new(AtomicUsize::new(0)));
    let files = serve_files({
        let held = held.clone();
        move |_| Reply::Held(held.clone())
    });
    let image = images::base64(&images::jpeg_of(&pictures::fitted(&photos::pixels(photos::SMALL), 260), 85));
    enroll_photos(&app, &image).await;
    // The best of three: a machine that is busy with something else for a moment is not what is measured.
    let mut alone = Duration::MAX;
    for _ in 0..3 {
        alone = alone.min(enroll_photos(&app, &image).await);
    }
    let memory = server.peak_memory();

    let mut asking = JoinSet::new();
    for number in 0..SLOW {
        asking.spawn(insist(slow.clone(), format!("{files}/{number}.jpg"), told.clone()));
    }
    // As many URLs are waited for as may be, and there is no place for more.
    let mut most = 0;
    for _ in 0..600 {
        most = most.max(count(&held));
        if most >= MANY && count(&told.busy) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(most >= MANY, "{most} URLs are waited for");
    let mut beside = Duration::MAX;
    for _ in 0..3 {
        beside = beside.min(enroll_photos(&app, &image).await);
        assert!(count(&held) > 0, "no URL was waited for beside the photos");
    }
    let probe: Answer = app.get("subjects").await;
    probe.expect(200, "");
    told.over.store(true, Ordering::SeqCst);
    asking.join_all().await;
    let (busy, late) = (count(&told.busy), count(&told.late));
    let grown = server.peak_memory() - memory;
    println!(
        "{most} slow URLs waited for; a photo took {alone:?} alone and {beside:?} beside them; of the URLs {busy} were told \
         busy and {late} too late; memory grew by {grown} MB"
    );
    assert!(late > 0 && busy > 0, "some are tried and the others refused");
    // Who waits for a place or a worker that URLs have waits for as long as they do.
    assert!(beside < TIMEOUT / 2, "a photo waits for URLs: {beside:?}");
    // It also shares its two cores with a thousand clients.
    assert!(beside < alone * 8 + Duration::from_secs(1), "a photo took {alone:?} alone and {beside:?} beside URLs");
    assert!(grown < 200, "memory grew by {grown} MB");
}
