//! The master key is changed while a server serves: nothing that is enrolled is lost, no request fails.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use facegate_tests::{App, Setup, TestServer, done, master_key, photos};
use serde_json::json;

fn start(data: &Path, current: &str, previous: &str) -> TestServer {
    let setup = Setup::default().data(data).set("ENCRYPTION__MASTER_KEY", current);
    setup.set("ENCRYPTION__PREVIOUS_MASTER_KEYS", previous).start()
}

async fn verify(app: &App) {
    let answer = app.face_file("verify", &photos::bytes(photos::SMALL), json!({"subject_id": "obama"})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_key_is_changed_while_a_server_serves() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (master_key(folder.path(), "old.key"), master_key(folder.path(), "new.key"));
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let server = start(&data, &old, "");
    let app = server.live();
    for _ in 0..5 {
        server.live();
    }
    app.enroll_file(&photos::bytes(photos::SMALL), json!({"subject_id": "obama"})).await.expect_enrolled();
    drop(server);
    // Every server knows the new key before one uses it.
    drop(start(&data, &old, &new));
    let server = start(&data, &new, &old);
    let app = App::new(server.base(), &app.id, &app.key);
    let stop = Arc::new(AtomicBool::new(false));
    let traffic = tokio::spawn({
        let (app, stop) = (App::new(server.base(), &app.id, &app.key), stop.clone());
        async move {
            let mut requests = 0;
            while !stop.load(Ordering::Relaxed) {
                verify(&app).await;
                let subject = json!({"subject_id": format!("subject {}", requests % 3)});
                app.enroll_file(&photos::bytes(photos::SMALL), subject).await.expect_enrolled();
                requests += 1;
            }
            requests
        }
    });
    verify(&app).await;
    let told = done(server.run(&["keys", "rewrap"]));
    assert!(told.contains("sealed 6 apps anew"), "{told}");
    verify(&app).await;
    stop.store(true, Ordering::Relaxed);
    assert!(traffic.await.unwrap() > 0);
    let told = done(server.run(&["keys", "status"]));
    assert!(told.contains("(current): seals 6 apps") && !told.contains("rewrap"), "{told}");
    drop(server);
    // The new key alone.
    let server = start(&data, &new, "");
    verify(&App::new(server.base(), &app.id, &app.key)).await;
    drop(server);
    // A server with the old one does not start.
    let setup = Setup::default().data(&data).set("ENCRYPTION__MASTER_KEY", &old);
    let refused = setup.command(&data).output().unwrap();
    let sentence = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && sentence.contains("sealed with the master key"), "{sentence}");
}
