//! Starting and stopping: running requests finish, mistakes of the operator get one clear sentence.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use facegate_tests::{Setup, TestServer, facegate, finish, in_folder, photos, raw, repository, with_image};
use serde_json::json;

/// Sends the head of an enrolment and waits until the server wants the body: from then on the request is running.
fn begin(address: &str, head: &str) -> TcpStream {
    let mut stream = raw::connect(address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0u8; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test]
async fn running_requests_finish_and_new_ones_are_not_taken() {
    let mut server = TestServer::start();
    let app = server.live();
    let body = with_image(&photos::bytes(photos::SMALL), json!({"subject_id": "last"})).to_string();
    let head = format!(
        "POST /v1/face/enroll HTTP/1.1\r\nHost: x\r\nApp-ID: {}\r\nAPI-Key: {}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        app.id,
        app.key,
        body.len()
    );
    let mut running: Vec<TcpStream> = (0..5).map(|_| begin(server.address(), &head)).collect();
    // A connection that was used before and is quiet now must not hold the server up.
    app.enroll(&json!({})).await.expect(400, "INVALID_PAYLOAD");
    server.terminate();
    while TcpStream::connect(server.address()).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    for stream in &mut running {
        stream.write_all(body.as_bytes()).unwrap();
    }
    for stream in &mut running {
        let answer = raw::rest(stream);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Request Success"), "{answer}");
    }
    assert_eq!(server.ended().code(), Some(0));
}

#[tokio::test]
async fn what_was_enrolled_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Setup::default().data(folder.path()).start();
    let app = server.live();
    app.enroll_file(&photos::bytes(photos::SMALL), json!({"subject_id": "budi"})).await.expect_enrolled();
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    let server = Setup::default().data(folder.path()).start();
    let app = facegate_tests::App::new(server.base(), &app.id, &app.key);
    assert_eq!(app.delete_subject("budi").await.status, 200);
}

/// Runs a command that must fail, and gives its one sentence.
fn refusal(mut command: Command) -> String {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = finish(&mut child, Duration::from_secs(60)).expect("it ends by itself");
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(!status.success(), "it did not fail: {text}");
    assert!(text.starts_with("facegate: ") && text.trim_end().lines().count() == 1, "one sentence: {text}");
    for internal in ["panicked", "Error {", "Os {", "src/", "backtrace"] {
        assert!(!text.contains(internal), "{internal} is for nobody's eyes: {text}");
    }
    println!("{text}");
    text
}

fn serve(arguments: &[&str], data: &Path, models: &Path) -> Command {
    let mut command = facegate();
    command.arg("serve").args(arguments).arg("--data").arg(data).arg("--models").arg(models);
    command
}

fn shipped() -> std::path::PathBuf {
    repository().join("models")
}

#[test]
fn one_server_for_one_folder() {
    if !in_folder() {
        return;
    }
    let server = TestServer::start();
    let text = refusal(Setup::default().command(server.data()));
    assert!(text.contains("another facegate server runs on"), "{text}");
    assert!(
        raw::get(server.address(), "/readyz").unwrap().starts_with("HTTP/1.1 200"),
        "the first one is not disturbed"
    );
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = folder.path().join("data");
    let text = refusal(serve(&["--listen", &address], &data, &shipped()));
    assert!(text.contains(&address) && text.contains("--listen"), "{text}");
    assert!(!data.exists(), "a start that failed made a data folder");
    let text = refusal(serve(&["--listen", "not an address"], &data, &shipped()));
    assert!(text.contains("not an address"), "{text}");
}

#[test]
fn missing_and_damaged_models_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (data, models) = (folder.path().join("data"), folder.path().join("models"));
    let listen = ["--listen", "127.0.0.1:0"];
    let text = refusal(serve(&listen, &data, &models));
    assert!(text.contains("manifest.toml") && text.contains("make models"), "{text}");
    // The shipped models, but one byte of one file is wrong.
    mirror(&shipped(), &models);
    let victim = models.join("weights/fr_liveness.onnx");
    let mut bytes = std::fs::read(&victim).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&victim).unwrap();
    std::fs::write(&victim, bytes).unwrap();
    let text = refusal(serve(&listen, &data, &models));
    assert!(text.contains("fr_liveness.onnx") && text.contains("SHA-256"), "{text}");
    let verify = facegate().args(["models", "verify", "--models"]).arg(&models).output().unwrap();
    let out = String::from_utf8_lossy(&verify.stdout);
    assert!(!verify.status.success());
    assert!(out.lines().any(|line| line.contains("fr_liveness") && !line.starts_with("ok")), "{out}");
    assert!(out.lines().any(|line| line.contains("sface") && line.starts_with("ok")), "{out}");
    std::fs::remove_file(&victim).unwrap();
    let text = refusal(serve(&listen, &data, &models));
    assert!(text.contains("fr_liveness.onnx") && text.contains("make models"), "{text}");
    assert!(!data.exists(), "a start that failed made a data folder");
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facegate.db");
    let text = b"my diary, chapter one\n".repeat(1000);
    std::fs::write(&file, &text).unwrap();
    let said = refusal(serve(&["--listen", "127.0.0.1:0"], folder.path(), &shipped()));
    assert!(said.contains("is not a facegate store"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), text);
}

/// A folder of links to the files of another.
fn mirror(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            mirror(&entry.path(), &target);
        } else {
            std::os::unix::fs::symlink(std::fs::canonicalize(entry.path()).unwrap(), target).unwrap();
        }
    }
}
