//! Every code of the contract's enrol and delete sections, one row each, over HTTP. Gates have a suite of their own.

mod delete;
mod http;
mod image;
mod payload;
mod success;
mod url;

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use facegate_tests::{Setup, TestServer, photos, with_image};
use serde_json::Value;

/// The contract's limit of an image, bytes.
const MAX_IMAGE: usize = 5 * 1024 * 1024;

/// One server for all tests of this file. It may reach the loopback address and gives up on URLs soon.
fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        Setup::default().set("URL__ALLOW_NETWORKS", "127.0.0.0/8").set("URL__TIMEOUT_SECONDS", "2").start()
    })
}

fn small() -> Vec<u8> {
    photos::bytes(photos::SMALL)
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// A payload with the small photograph.
fn with_photo(more: Value) -> Value {
    with_image(&small(), more)
}
