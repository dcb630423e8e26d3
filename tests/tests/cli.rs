//! The operator's commands: beside a running server, which sees each change at once; and what they say about mistakes.

use std::process::{Command, Output};
use std::sync::OnceLock;

use facegate_tests::{App, TestServer, done, facegate, names, photos, refused, repository};
use serde_json::{Value, json};

fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(TestServer::start)
}

fn small() -> Vec<u8> {
    photos::bytes(photos::SMALL)
}

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn an_app_lives_and_dies_while_the_server_runs() {
    let server = server();
    let made = server.run_json(&["app", "create", "--mode", "testing", "--name", "clinic", "--enroll-quota", "1"]);
    assert_eq!(names(&made), ["api_key", "app_id"]);
    let app = App::new(server.base(), made["app_id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    app.enroll_file(&small(), json!({"subject_id": "a"})).await.expect_enrolled();
    app.enroll_file(&small(), json!({})).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");

    let shown = server.show(&app);
    assert_eq!(shown["app_id"], app.id.as_str());
    assert_eq!((shown["name"].as_str(), shown["mode"].as_str()), (Some("clinic"), Some("testing")));
    assert_eq!(shown["enroll"], json!({"limit": 1, "used": 1, "left": 0}));
    assert!(!shown.to_string().contains(&app.key), "a key is shown once");

    done(server.run(&["app", "set-quota", &app.id, "--enroll-quota", "2"]));
    assert_eq!(server.show(&app)["enroll"], json!({"limit": 2, "used": 1, "left": 1}));
    app.enroll_file(&small(), json!({})).await.expect_enrolled();
    done(server.run(&["app", "set-quota", &app.id, "--enroll-quota", "unlimited", "--liveness-quota", "0"]));
    app.enroll_file(&small(), json!({})).await.expect_enrolled();
    app.enroll_file(&small(), json!({"is_liveness": true})).await.expect(403, "INSUFFICIENT_QUOTA_LIVENESS");

    let listed = server.run_json(&["app", "list"]);
    let ids: Vec<&Value> = listed.as_array().unwrap().iter().map(|app| &app["app_id"]).collect();
    assert!(ids.contains(&&json!(app.id)));
    let plain = done(server.run(&["app", "list"]));
    assert!(plain.contains(&app.id) && plain.contains("clinic") && !plain.contains(&app.key), "{plain}");

    let hesitant = refused(server.run(&["app", "delete", &app.id]));
    assert!(hesitant.contains("--yes"), "{hesitant}");
    app.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
    done(server.run(&["app", "delete", &app.id, "--yes"]));
    app.enroll(&json!({})).await.expect(401, "UNAUTHORIZED");
    assert!(refused(server.run(&["app", "show", &app.id])).contains("there is no app"));
}

#[tokio::test]
async fn keys_overlap_until_the_old_one_is_revoked() {
    let server = server();
    let old = server.live();
    let rotated = server.run_json(&["app", "rotate-key", &old.id]);
    assert_eq!(rotated["app_id"], old.id.as_str());
    let new = old.with_key(rotated["api_key"].as_str().unwrap());
    for app in [&old, &new] {
        app.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
    }
    let fingerprint = server.show(&old)["keys"][0]["fingerprint"].as_str().unwrap().to_owned();
    done(server.run(&["app", "revoke-key", &old.id, &fingerprint]));
    old.enroll(&json!({})).await.expect(401, "UNAUTHORIZED");
    new.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
    let shown = server.show(&old);
    assert!(shown["keys"][0]["revoked_at"].is_string() && shown["keys"][1]["revoked_at"].is_null(), "{shown}");
    let again = refused(server.run(&["app", "revoke-key", &old.id, &fingerprint]));
    assert!(again.contains(&fingerprint), "{again}");

    let newest = new.with_key(server.run_json(&["app", "rotate-key", &new.id])["api_key"].as_str().unwrap());
    done(server.run(&["app", "revoke-key", &new.id, "--all-but-newest"]));
    new.enroll(&json!({})).await.expect(401, "UNAUTHORIZED");
    newest.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
}

#[tokio::test]
async fn a_sandbox_app_answers_without_models() {
    let app = server().app(&["--mode", "sandbox"]);
    let answer = app.enroll(&json!({"image": "LIVE_PERSON_A_1", "subject_id": "a"})).await;
    assert_eq!(answer.expect_enrolled(), "a");
    let gated = json!({"image": "SPOOF_PERSON_BLUR_M_B_2", "is_liveness": true, "validate_liveness": true,
                       "validate_attribute": true, "validate_quality": true, "validate_nface": true});
    app.enroll(&gated).await.expect(200, "FAIL_ON_15");
    app.enroll(&json!({"image": "NO_FACE_PHOTO"})).await.expect(400, "FACE_NOT_DETECTED");
    app.enroll(&json!({"image": "IMAGE_EXCEED_LIMIT"})).await.expect(400, "INVALID_PAYLOAD_IMAGE_SIZE");
    app.enroll(&json!({"image": "MY_PHOTO"})).await.expect(400, "INVALID_SANDBOX_IMAGE");
    assert_eq!(app.delete_subject("SUB_EXIST").await.status, 200);
    app.delete_subject("SUB_NOT_EXIST").await.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
    app.delete_subject("a").await.expect(400, "INVALID_SANDBOX_SUBJECT_ID");
}

#[test]
fn mistakes_are_told() {
    let server = server();
    let live = server.live();
    for (arguments, named) in [
        (&["app", "show", "nobody"][..], "there is no app"),
        (&["app", "set-quota", "nobody", "--enroll-quota", "1"], "there is no app"),
        (&["app", "rotate-key", "nobody"], "there is no app"),
        (&["app", "delete", "nobody", "--yes"], "there is no app"),
        (&["app", "set-quota", &live.id, "--enroll-quota", "1"], "live app"),
        (&["app", "create", "--mode", "live", "--enroll-quota", "1"], "live apps"),
        (&["app", "create", "--mode", "free"], "free"),
        (&["app", "create", "--mode", "testing", "--enroll-quota", "many"], "unlimited"),
        (&["app", "create"], "--mode"),
        (&["serv"], "serv"),
    ] {
        let said = refused(server.run(arguments));
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
    let nowhere = tempfile::tempdir().unwrap();
    let path = nowhere.path().join("data");
    let said = refused(facegate().args(["app", "list", "--data"]).arg(&path).output().unwrap());
    assert!(said.contains("there is no store") && !path.exists(), "a mistyped folder is not made: {said}");
}

#[test]
fn the_shipped_models_are_sound() {
    let models = repository().join("models");
    let out = done(facegate().args(["models", "verify", "--models"]).arg(&models).output().unwrap());
    for name in ["yunet", "sface", "fr_liveness", "attribute_context", "attribute_heads", "runtime"] {
        assert!(out.lines().any(|line| line.starts_with("ok") && line.contains(name)), "{name}: {out}");
    }
    assert!(!out.contains("fail"), "{out}");
}

#[test]
fn the_doctor_knows_the_healthy_and_the_sick() {
    let server = server();
    let healthy = server.run(&["doctor", "--listen", "127.0.0.1:0"]);
    let (out, err) = text(&healthy);
    assert!(healthy.status.success(), "{out}{err}");
    let folder = tempfile::tempdir().unwrap();
    let mut sick = facegate();
    sick.args(["doctor", "--listen", "127.0.0.1:0", "--models", "nowhere", "--data"]).arg(folder.path());
    let sick = sick.current_dir(folder.path()).output().unwrap();
    let (out, err) = text(&sick);
    assert!(!sick.status.success(), "{out}{err}");
    assert!(out.contains("make models"), "it says what to do: {out}{err}");
}

/// `facegate config show` with these changes.
fn configured(change: impl FnOnce(&mut Command) -> &mut Command) -> Output {
    let mut command = facegate();
    change(command.args(["config", "show"])).output().unwrap()
}

#[test]
fn settings_are_layered_and_mistakes_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facegate.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    std::fs::write(&file, done(facegate().args(["config", "default"]).output().unwrap())).unwrap();
    let default = done(configured(|c| c));
    assert_eq!(default, done(configured(|c| c.arg("--config").arg(&file))), "the printed defaults are the defaults");

    write("listen = '127.0.0.1:1111'\ndata = '/from/file'\n[limits]\nworkers = 3\nqueue = 7\n");
    let shown = done(configured(|c| {
        c.env("FACEGATE_LIMITS__WORKERS", "5").env("FACEGATE_DATA", "/from/environment");
        c.arg("--config").arg(&file).args(["--data", "/from/flag"])
    }));
    for line in ["listen = \"127.0.0.1:1111\"", "data = \"/from/flag\"", "workers = 5", "queue = 7"] {
        assert!(shown.lines().any(|one| one == line), "{line}: {shown}");
    }
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "json\n").unwrap();
    let shown = done(configured(|c| c.env("FACEGATE_LOG__FORMAT_FILE", &secret)));
    assert!(shown.contains("format = \"json\""), "{shown}");

    for (text, named) in [
        ("listn = 'x'", "listn"),
        ("[limits]\nworker = 1", "worker"),
        ("[limits]\nworkers = 'x'", "workers"),
        ("a = ", "TOML"),
    ] {
        write(text);
        let said = refused(configured(|c| c.arg("--config").arg(&file)));
        assert!(said.contains(named) && said.contains("facegate.toml"), "{text}: {said}");
    }
    let said = refused(configured(|c| c.env("FACEGATE_LIMITS__WORKER", "1")));
    assert!(said.contains("FACEGATE_LIMITS__WORKER"), "{said}");
    let said = refused(configured(|c| c.args(["--config", "/does/not/exist.toml"])));
    assert!(said.contains("/does/not/exist.toml"), "{said}");
}

#[tokio::test]
async fn logs_and_answers_hold_nothing_private() {
    let server = TestServer::start();
    let app = server.live();
    let subject = "Siti-Rahayu-1987";
    app.enroll_file(&small(), json!({"subject_id": subject})).await.expect_enrolled();
    app.enroll_file(b"rubbish", json!({"subject_id": subject})).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    app.enroll(&json!({"image": "http://user:hunter2@10.1.2.3/secret-name.jpg"}))
        .await
        .expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    assert_eq!(app.delete("", &format!("subject_id={subject}")).await.status, 200);
    app.with_key("fg_guess").enroll(&json!({})).await.expect(401, "UNAUTHORIZED");
    let log = server.log();
    assert!(log.matches("/v1/face/enroll").count() >= 5, "a line a request: {log}");
    for private in [subject, &app.key, "fg_guess", "hunter2", "secret-name", "10.1.2.3"] {
        assert!(!log.contains(private), "{private} is in the log");
    }
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&facegate().arg("--help").output().unwrap()).0;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(commands.len() > 15 && commands.contains(&"enroll"), "{commands:?}");
    let written = facegate().arg("man").arg(folder.path()).output().unwrap();
    assert!(written.status.success(), "{}", text(&written).1);
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&facegate().args(["completions", shell]).output().unwrap()).0;
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
            let page = std::fs::read_to_string(folder.path().join(format!("facegate-{command}.1"))).unwrap();
            assert!(page.contains(".SH SYNOPSIS"), "{command}");
        }
    }
}
