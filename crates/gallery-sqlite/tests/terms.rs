//! How long subjects are kept: the checks of every backend.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::Clock;
use facegate_gallery::conformance::terms::run;
use facegate_gallery_sqlite::{Options, SqliteStore};
use support::vault;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subjects_are_kept_as_long_as_they_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let make = async |clock: Clock| {
        let path = folder.path().join(format!("store-{}.db", number.fetch_add(1, Ordering::Relaxed)));
        let options = Options { clock, ..Options::default() };
        let open = || Arc::new(SqliteStore::open(&path, vault(), options.clone()).unwrap());
        (open(), open())
    };
    run::<SqliteStore>(make).await.unwrap();
}
