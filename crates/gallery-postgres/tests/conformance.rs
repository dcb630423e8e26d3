//! The suite that every backend passes, and random operations against the model of a store.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::Store;
use facegate_gallery::conformance::{ModelStore, random, run_all};
use facegate_test_postgres::Postgres;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

mod support;

use support::{open, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_suite_passes() {
    let Some(server) = Postgres::shared() else { return };
    let number = AtomicUsize::new(0);
    let make = async || {
        number.fetch_add(1, Ordering::Relaxed);
        Arc::new(open(&server.database(), options()).await) as Arc<dyn Store>
    };
    run_all(make).await.unwrap();
    assert!(number.into_inner() > 20, "the suite has checks");
}

#[test]
fn random_operations_give_the_models_answers_also_after_reopening() {
    let Some(server) = Postgres::shared() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 30, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&random::operations(), |operations| {
            let (url, model) = (server.database(), ModelStore::default());
            let compared = runtime.block_on(async {
                random::compare(&open(&url, options()).await, &model, &operations).await?;
                random::compare_contents(&open(&url, options()).await, &model).await
            });
            compared.map_err(|complaint| TestCaseError::fail(complaint.to_string()))
        })
        .unwrap();
}
