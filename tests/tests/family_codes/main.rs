//! Every code of the endpoints beside enrol, one row each, and what they do with real photographs, over HTTP.

mod captures;
mod compare;
mod complete;
mod duplicate;
mod erasures;
mod gates;
mod in_step;
mod observe;
mod once;
mod pages;
mod people;
mod quota;
mod rows;
mod search;
mod shared;
mod stale;
mod subjects;
mod verify;

use std::sync::OnceLock;

use facegate_tests::raw::{Reply, serve_files};
use facegate_tests::{App, Setup, TestServer, images, photos, pictures, with_image};
use serde_json::{Value, json};

/// The contract's limit of an image, bytes.
const MAX_IMAGE: usize = 5 * 1024 * 1024;

/// One server for all tests of this file. It may reach the loopback address and gives up on URLs soon; many large
/// bodies at once are no part of these tests, so that they find room.
fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        let setup = Setup::default().set("URL__ALLOW_NETWORKS", "127.0.0.0/8").set("URL__TIMEOUT_SECONDS", "2");
        setup.set("LIMITS__MAX_BODY_MEMORY_MIB", "400").start()
    })
}

/// Where photographs, and what is none, can be fetched.
fn files() -> &'static str {
    static FILES: OnceLock<String> = OnceLock::new();
    FILES.get_or_init(|| {
        let (photo, large) = (small(), images::grown_to(small(), MAX_IMAGE + 1));
        serve_files(move |path| match path {
            "/photo.jpg" | "/photo.gif" => Reply::File(photo.clone()),
            "/large.jpg" => Reply::File(large.clone()),
            "/text.jpg" => Reply::File(b"no photo".to_vec()),
            "/inside.jpg" => Reply::Redirect("http://10.0.0.1/photo.jpg".into()),
            "/never.jpg" => Reply::Never,
            _ => Reply::Status(404),
        })
    })
}

fn small() -> Vec<u8> {
    photos::bytes(photos::SMALL)
}

fn landscape() -> Vec<u8> {
    images::jpeg(&pictures::landscape(320, 240))
}

/// Flags that ask for nothing but the comparison.
fn bare() -> Value {
    json!({"is_quality": false, "is_attribute": false, "is_liveness": false})
}

/// The object with the other's fields.
fn merged(object: &Value, more: &Value) -> Value {
    let mut all = object.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// A testing app with these quotas.
fn testing(enroll: u64, liveness: u64) -> App {
    let (enroll, liveness) = (enroll.to_string(), liveness.to_string());
    server().app(&["--mode", "testing", "--enroll-quota", &enroll, "--liveness-quota", &liveness])
}

/// Enrols a photograph as a subject, quickly.
async fn enroll(app: &App, subject: &str, photo: &str) {
    let payload = with_image(&photos::bytes(photo), merged(&bare(), &json!({ "subject_id": subject })));
    assert_eq!(app.enroll(&payload).await.expect_enrolled(), subject);
}

/// Two photographs' similarity payload without any blocks' work.
fn pair(first: &[u8], second: &[u8]) -> Value {
    merged(&bare(), &json!({"image_1": images::base64(first), "image_2": images::base64(second)}))
}
