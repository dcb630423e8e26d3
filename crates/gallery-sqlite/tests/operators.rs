//! The console's operator and the capture page's tokens: the checks of every backend.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::conformance::operators::run;
use facegate_gallery_sqlite::{Options, SqliteStore};
use support::vault;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_console_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let make = async || {
        let path = folder.path().join(format!("store-{}.db", number.fetch_add(1, Ordering::Relaxed)));
        Arc::new(SqliteStore::open(&path, vault(), Options::default()).unwrap())
    };
    run::<SqliteStore>(make).await.unwrap();
}
