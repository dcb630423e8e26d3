//! The binary's commands as an operator types them; no models needed.

// Helpers are test code too, but the lint only knows functions marked #[test].
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn facegate(data: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_facegate"));
    command.args(line.split(' ')).arg("--data").arg(data).stdin(Stdio::null());
    std::env::vars().filter(|(name, _)| name.starts_with("FACEGATE_")).for_each(|(name, _)| {
        command.env_remove(name);
    });
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Standard output of a command that succeeds.
fn run(data: &Path, line: &str) -> String {
    let output = facegate(data, line);
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The one sentence of a command that fails.
fn refused(data: &Path, line: &str) -> String {
    let output = facegate(data, line);
    let sentence = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{line}: {sentence}");
    assert_eq!(sentence.trim().lines().count(), 1, "{sentence}");
    assert!(sentence.starts_with("facegate: ") && !sentence.contains("panicked"), "{sentence}");
    sentence
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_life_of_an_app() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let made = run(&data, "app create --mode testing --name shop --enroll-quota 7 --json");
    assert!(made.starts_with(r#"{"app_id": ""#), "{made}");
    let made = json(&made);
    let (id, first_key) = (made["app_id"].as_str().unwrap(), made["api_key"].as_str().unwrap());

    let shown = json(&run(&data, &format!("app show {id} --json")));
    assert_eq!((&shown["mode"], &shown["name"]), (&"testing".into(), &"shop".into()));
    assert_eq!((&shown["enroll"]["left"], &shown["liveness"]["left"]), (&7.into(), &100.into()));

    run(&data, &format!("app set-quota {id} --enroll-quota unlimited --liveness-quota 3"));
    let second_key = json(&run(&data, &format!("app rotate-key {id} --json")))["api_key"].clone();
    assert_ne!(second_key, *first_key);
    let shown = json(&run(&data, &format!("app show {id} --json")));
    assert_eq!((&shown["enroll"]["limit"], &shown["liveness"]["limit"]), (&Value::Null, &3.into()));
    let fingerprint = |n: usize| shown["keys"][n]["fingerprint"].as_str().unwrap().to_owned();

    run(&data, &format!("app revoke-key {id} --all-but-newest"));
    assert!(refused(&data, &format!("app revoke-key {id} {}", fingerprint(0))).contains("no key"));
    let told = run(&data, &format!("app revoke-key {id} {}", fingerprint(1)));
    assert!(told.contains("no key in force"), "{told}");
    let listed = run(&data, "app list");
    assert!(listed.contains(id) && listed.contains("shop"), "{listed}");
    for printed in [&listed, &run(&data, &format!("app show {id}"))] {
        assert!(!printed.contains(&first_key[3..]), "a key is shown once only");
    }

    // There is nobody to ask here.
    assert!(refused(&data, &format!("app delete {id}")).contains("--yes"));
    run(&data, &format!("app delete {id} --yes"));
    assert!(refused(&data, &format!("app show {id}")).contains("no app"));
    assert_eq!(json(&run(&data, "app list --json")), Value::Array(vec![]));
}

#[test]
fn mistakes_are_one_clear_sentence_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let nothing = folder.path().join("nothing");
    assert!(refused(&data, "app list").contains("--data"));
    assert!(refused(&data, "app create --mode live --enroll-quota 5").contains("live"));
    let models = format!("serve --listen 127.0.0.1:0 --models {}", nothing.display());
    assert!(refused(&data, &models).contains("make models"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    assert!(refused(&data, &format!("serve --listen {address}")).contains(&address.to_string()));
    assert!(refused(&data, &format!("serve --config {}", nothing.display())).contains("cannot be read"));
    assert!(!data.join("facegate.lock").exists());
}

#[test]
fn a_store_that_is_none_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    std::fs::write(&path, b"this is not a database, whatever its name says").unwrap();
    refused(folder.path(), "app list");
    assert_eq!(std::fs::read(&path).unwrap(), b"this is not a database, whatever its name says");
}

#[test]
fn settings_can_be_printed_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facegate.toml");
    std::fs::write(&file, run(folder.path(), "config default")).unwrap();
    let shown = run(folder.path(), &format!("config show --config {}", file.display()));
    let data = shown.lines().find(|line| line.starts_with("data = ")).unwrap();
    assert!(data.contains(folder.path().to_str().unwrap()), "the flag wins: {data}");
    let listed = |text: &str| text.parse::<toml::Table>().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(listed(&shown), listed(&std::fs::read_to_string(&file).unwrap()));
}

#[test]
fn doctor_fails_when_something_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing");
    let output = facegate(folder.path(), &format!("doctor --listen 127.0.0.1:0 --models {}", nothing.display()));
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(report.contains("fail  models") && report.contains("ok    config"), "{report}");
}
