//! A durable commit to SQLite: one after the other, and many at once, which share the disk's flush.

#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot start is to stop and say so")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use facegate_benches::{app, enrolment, templates, vault};
use facegate_gallery::{AppAdmin, Gallery};
use facegate_gallery_sqlite::{Options, SqliteStore};

fn commits(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store =
        Arc::new(SqliteStore::open(&folder.path().join("facegate.db"), vault().unwrap(), Options::default()).unwrap());
    let app = app();
    runtime.block_on(store.create_app(&app)).unwrap();
    let (template, number) = (templates(1, 1).unwrap().remove(0), Arc::new(AtomicU64::new(0)));
    let mut group = c.benchmark_group("commit of an enrolment");
    for at_once in [1u64, 8] {
        group.throughput(Throughput::Elements(at_once));
        group.bench_function(BenchmarkId::new("at once", at_once), |b| {
            b.to_async(&runtime).iter(|| async {
                let mut tasks = tokio::task::JoinSet::new();
                for _ in 0..at_once {
                    let commit = enrolment(number.fetch_add(1, Ordering::Relaxed), template.clone()).unwrap();
                    let (store, id) = (store.clone(), app.id.clone());
                    tasks.spawn(async move { store.commit(&id, commit).await.unwrap() });
                }
                tasks.join_all().await
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = commits
}
criterion_main!(benches);
