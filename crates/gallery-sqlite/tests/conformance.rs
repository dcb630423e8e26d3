//! The suite that every backend passes, and random operations against the model of a store.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::Store;
use facegate_gallery::conformance::{ModelStore, MoveStore, random, run_all, run_moves};
use facegate_gallery_sqlite::{Options, SqliteStore};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use support::vault;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, vault(), Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_suite_passes() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let make = async || {
        let name = format!("store-{}.db", number.fetch_add(1, Ordering::Relaxed));
        Arc::new(open(&folder.path().join(name))) as Arc<dyn Store>
    };
    run_all(make).await.unwrap();
    assert!(number.into_inner() > 20, "the suite has checks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn apps_are_moved_to_another_model() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let make = async || {
        let name = format!("store-{}.db", number.fetch_add(1, Ordering::Relaxed));
        Arc::new(open(&folder.path().join(name))) as Arc<dyn MoveStore>
    };
    run_moves(make).await.unwrap();
    assert!(number.into_inner() > 4, "the suite has checks");
}

#[test]
fn random_operations_give_the_models_answers_also_after_reopening() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&random::operations(), |operations| {
            let folder = tempfile::tempdir().unwrap();
            let (path, model) = (folder.path().join("facegate.db"), ModelStore::default());
            let compared = runtime.block_on(async {
                random::compare(&open(&path), &model, &operations).await?;
                random::compare_contents(&open(&path), &model).await
            });
            compared.map_err(|complaint| TestCaseError::fail(complaint.to_string()))
        })
        .unwrap();
}
