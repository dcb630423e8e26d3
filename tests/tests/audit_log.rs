//! The audit log of a real server: who did what, in bounds, and nothing about whom.

use facegate_tests::{App, Setup, TestServer, images, master_key, photos, with_image};
use serde_json::{Value, json};

fn export(server: &TestServer, arguments: &[&str]) -> Vec<Value> {
    let done = server.run(&[&["audit", "export"], arguments].concat());
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{err}");
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn actions(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["action"].as_str().unwrap()).collect()
}

fn verify(server: &TestServer) -> Value {
    let report = server.run_json(&["audit", "verify"]);
    assert_eq!(report["faults"], json!([]));
    report
}

#[tokio::test]
async fn every_change_is_in_the_log_and_nothing_biometric_is() {
    let server = TestServer::start();
    let (app, other) = (server.live(), server.live());
    let file = photos::bytes(photos::SMALL);
    let payload = with_image(&file, json!({"subject_id": "Siti Nurhaliza"}));
    let enrolled = app.enroll(&payload).await;
    enrolled.expect_enrolled();
    app.enroll(&payload).await.expect_enrolled();
    app.enroll(&with_image(&file, json!({"subject_id": "budi"}))).await.expect_enrolled();
    other.enroll(&payload).await.expect_enrolled();
    let shown = app.face_file("search", &file, json!({"return_image": true, "limit": 2})).await;
    assert_eq!(shown.body["matches"].as_array().unwrap().len(), 2);
    app.face_file("search", &file, json!({"limit": 2})).await.expect(200, "");
    assert_eq!(app.delete_subject("Siti Nurhaliza").await.status, 200);
    server.run_json(&["app", "rotate-key", &app.id]);
    let rows = export(&server, &["--app", &app.id]);
    let wanted =
        ["app_created", "enrolled", "updated", "enrolled", "photo_shown", "photo_shown", "deleted", "key_added"];
    assert_eq!(actions(&rows), wanted);
    // By the operator at the command line, by clients with the key that `app show` lists.
    let fingerprint = server.show(&app)["keys"][0]["fingerprint"].as_str().unwrap().to_owned();
    let actors: Vec<&str> = rows.iter().map(|row| row["actor"].as_str().unwrap()).collect();
    let client = format!("key {fingerprint}");
    assert!(
        (actors[0], actors[7]) == ("operator", "operator") && actors[1..7].iter().all(|a| *a == client),
        "{actors:?}"
    );
    assert_eq!(rows[1]["session_id"], enrolled.body["session_id"]);
    assert_eq!(rows[4]["session_id"], shown.body["session_id"]);
    // One subject's rows, by a name that only the app's key gives.
    let siti = export(&server, &["--app", &app.id, "--subject", "Siti Nurhaliza"]);
    assert_eq!(actions(&siti), ["enrolled", "updated", "photo_shown", "deleted"]);
    assert!(export(&server, &["--app", &other.id]).iter().all(|row| row["subject"] != siti[0]["subject"]));
    assert_eq!(export(&server, &["--app", &app.id, "--since", "2200-01-01"]), [] as [Value; 0]);
    let everything = Value::from(export(&server, &[])).to_string();
    for secret in ["Siti", "budi", &images::base64(&file)[..60], &app.key] {
        assert!(!everything.contains(secret), "the log has {secret}");
    }
    let report = verify(&server);
    assert_eq!(report["rows"].as_u64().unwrap() as usize, export(&server, &[]).len());
    // A deleted app's rows stay, and its subjects' names go with its key.
    assert!(server.run(&["app", "delete", &app.id, "--yes"]).status.success());
    assert_eq!(actions(&export(&server, &["--app", &app.id])).last(), Some(&"app_deleted"));
    assert!(!server.run(&["audit", "export", "--app", &app.id, "--subject", "budi"]).status.success());
    verify(&server);
}

#[tokio::test]
async fn refused_requests_are_counted_and_fill_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Without a limit of attempts: attempts.rs is about that.
    let setup = Setup::default().data(folder.path()).set("RATE_LIMIT__WRONG_KEYS_PER_ADDRESS", "0");
    let mut server = setup.start();
    let app = server.live();
    let refuse = async |app: App, times: usize| {
        for _ in 0..times {
            app.get("subjects").await.expect(401, "UNAUTHORIZED");
        }
    };
    refuse(app.with_key("fg_wrong"), 60).await;
    refuse(App::new(server.base(), "unknown", "fg_wrong"), 40).await;
    app.anonymous("GET", "/v1/face/subjects").send().await.unwrap();
    app.get("subjects").await.expect(200, "");
    server.terminate();
    assert!(server.ended().success());
    for (rows, attempts) in [
        (export(&server, &["--app", &app.id]), 60),
        (export(&server, &[]).into_iter().filter(|row| row["app"] == "").collect(), 41),
    ] {
        let own = |action: &'static str| rows.iter().filter(move |row| row["action"] == action);
        let each = own("refused").count();
        let counted: u64 =
            own("refused_more").map(|row| row["details"]["count"].as_str().unwrap().parse::<u64>().unwrap()).sum();
        // A period may have ended in between; then there are a few more.
        assert!((10..=20).contains(&each), "{each} rows: {rows:?}");
        assert_eq!(each as u64 + counted, attempts, "{rows:?}");
        let refused = own("refused").next().unwrap();
        assert_eq!((&refused["actor"], &refused["outcome"]), (&json!("stranger"), &json!("UNAUTHORIZED")));
    }
    verify(&server);
}

#[tokio::test]
async fn a_copy_that_is_broken_off_is_in_the_log_too() {
    let server = TestServer::start();
    let app = server.live();
    app.enroll_file(&photos::bytes(photos::SMALL), json!({})).await.expect_enrolled();
    // Nothing can be written there.
    let out = server.data().join("none").join("bank.export");
    let key = master_key(server.data(), "export.key");
    let refused = server.run(&["export", "--app", &app.id, "--out", out.to_str().unwrap(), "--key", &key]);
    assert!(!refused.status.success());
    assert_eq!(actions(&export(&server, &["--app", &app.id])), ["app_created", "enrolled", "backup_begun"]);
    let out = server.data().join("bank.export");
    let done = server.run(&["export", "--app", &app.id, "--out", out.to_str().unwrap(), "--key", &key]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let rows = export(&server, &["--app", &app.id]);
    assert_eq!(actions(&rows)[3..], ["backup_begun", "backed_up"]);
}
