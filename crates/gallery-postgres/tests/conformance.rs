//! The suite that every backend passes, and random operations against the model of a store.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::conformance::{ModelStore, lives, races, random, run_all};
use facegate_gallery::{Clock, Store};
use facegate_gallery_postgres::Options;
use facegate_test_postgres::Postgres;

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
    let tried = random::tried(30, random::operations(), |operations| {
        let (url, model) = (server.database(), ModelStore::default());
        runtime.block_on(async {
            random::compare(&open(&url, options()).await, &model, operations).await?;
            random::compare_contents(&open(&url, options()).await, &model).await
        })
    });
    tried.unwrap();
}

#[test]
fn random_lives_of_subjects_are_as_the_model_knows_them() {
    let Some(server) = Postgres::shared() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tried = random::tried(10, lives::deeds(), |deeds| {
        let clock = Clock::default();
        runtime.block_on(async {
            let store = open(&server.database(), Options { clock: clock.clone(), ..options() }).await;
            lives::compare(&store, &clock, deeds).await
        })
    });
    tried.unwrap();
}

#[test]
fn racing_callers_take_exactly_the_units() {
    let Some(server) = Postgres::shared() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let tried = random::tried(10, races::race(), |race| {
        let store = async { Arc::new(open(&server.database(), options()).await) };
        runtime.block_on(async { races::check(store.await, race).await })
    });
    tried.unwrap();
}
