//! The suite that every backend passes, and random operations against the model of a store.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::conformance::{ModelStore, MoveStore, lives, races, random, run_all, run_moves};
use facegate_gallery::{Clock, Store};
use facegate_gallery_sqlite::{Options, SqliteStore};
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
    let tried = random::tried(60, random::operations(), |operations| {
        let folder = tempfile::tempdir().unwrap();
        let (path, model) = (folder.path().join("facegate.db"), ModelStore::default());
        runtime.block_on(async {
            random::compare(&open(&path), &model, operations).await?;
            random::compare_contents(&open(&path), &model).await
        })
    });
    tried.unwrap();
}

#[test]
fn random_lives_of_subjects_are_as_the_model_knows_them() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let tried = random::tried(40, lives::deeds(), |deeds| {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::default());
        let options = Options { clock: clock.clone(), ..Options::default() };
        let store = SqliteStore::open(&folder.path().join("facegate.db"), vault(), options).unwrap();
        runtime.block_on(lives::compare(&store, &clock, deeds))
    });
    tried.unwrap();
}

#[test]
fn racing_callers_take_exactly_the_units() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let tried = random::tried(40, races::race(), |race| {
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(races::check(Arc::new(open(&folder.path().join("facegate.db"))), race))
    });
    tried.unwrap();
}
