//! The console's operator and the capture page's tokens: the checks of every backend.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;

use facegate_gallery::conformance::operators::run;
use facegate_gallery_postgres::PostgresStore;
use facegate_test_postgres::Postgres;

mod support;

use support::{open, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_console_keeps_its_promises() {
    let Some(server) = Postgres::shared() else { return };
    let make = async || Arc::new(open(&server.database(), options()).await);
    run::<PostgresStore>(make).await.unwrap();
}
