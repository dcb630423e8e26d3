//! The console's operator and the capture page's tokens: the checks of every backend.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;

use facegate_domain::Timestamp;
use facegate_gallery::conformance::operators::run;
use facegate_gallery::{AttemptSource, Operators};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_has_to_wait_leaves_nothing_and_waits_for_no_lock() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let (store, database) = (open(&url, options()).await, url.rsplit('/').next().unwrap());
    let from = |address: u32| [AttemptSource::Account, AttemptSource::Address(format!("192.0.2.{address}"))];
    let now = Timestamp::now();
    // The account as a whole has to wait: everybody has.
    for address in 0..20 {
        assert_eq!(store.attempt(&from(address), now).await.unwrap(), None);
    }
    let kept = "SELECT count(*), sum(failures) FROM facegate.operator_attempts";
    let receipts = "SELECT count(*) FROM facegate.receipts";
    let before = (server.sql(database, kept), server.sql(database, receipts));
    assert_eq!(before.0.trim(), "21|40");
    for address in 20..60 {
        assert!(store.attempt(&from(address), now).await.unwrap().is_some());
    }
    assert_eq!((server.sql(database, kept), server.sql(database, receipts)), before);
    // While another server counts an attempt, which holds the account's row, others are told to wait all the same.
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; SELECT * FROM facegate.operator_attempts FOR UPDATE").await.unwrap();
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), store.attempt(&from(60), now)).await;
    assert!(told.expect("no lock is waited for").unwrap().is_some());
    client.batch_execute("ROLLBACK").await.unwrap();
}
