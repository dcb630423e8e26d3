//! Exact top-10 search, and what a plain read of the same bytes costs: the search cannot be faster than that.

#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot start is to stop and say so")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use facegate_benches::templates;
use facegate_domain::{AppId, SubjectId};
use facegate_search::Index;

const DIMENSION: usize = 128;

fn search(c: &mut Criterion) {
    let mut group = c.benchmark_group("search");
    for count in [10_000, 1_000_000] {
        let app = AppId::generate();
        let probes = templates(16, 2).unwrap();
        let index = Index::new(probes[0].model().clone());
        for (number, template) in templates(count, 1).unwrap().into_iter().enumerate() {
            index.put(&app, &SubjectId::parse(&format!("subject-{number:07}")).unwrap(), &template).unwrap();
        }
        let mut turn = probes.iter().cycle();
        group.throughput(Throughput::Bytes((count * DIMENSION * size_of::<f32>()) as u64));
        group.bench_function(BenchmarkId::new("top 10", count), |b| {
            b.iter(|| index.search(&app, turn.next().unwrap(), 10, -1.0).unwrap());
        });
        // In blocks, as the index keeps them.
        let same: Vec<Vec<f32>> = (0..count.div_ceil(4096)).map(|_| vec![1.5; 4096.min(count) * DIMENSION]).collect();
        group.bench_function(BenchmarkId::new("plain read of the same bytes", count), |b| {
            b.iter(|| black_box(&same).iter().map(|block| read(block)).fold(0, u32::wrapping_add));
        });
    }
}

/// Every value once, with nothing to wait for but memory.
fn read(values: &[f32]) -> u32 {
    let mut sums = [0u32; 64];
    for chunk in values.as_chunks::<64>().0 {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum = sum.wrapping_add(value.to_bits());
        }
    }
    sums.iter().fold(0, |a, b| a.wrapping_add(*b))
}

/// Many probes at once, each thread its own.
fn threads(c: &mut Criterion) {
    let mut group = c.benchmark_group("search, 32 probes");
    let (app, probes) = (AppId::generate(), templates(32, 3).unwrap());
    let index = Index::new(probes[0].model().clone());
    for (number, template) in templates(100_000, 1).unwrap().into_iter().enumerate() {
        index.put(&app, &SubjectId::parse(&format!("subject-{number:07}")).unwrap(), &template).unwrap();
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in [1, cores] {
        group.bench_function(BenchmarkId::new("threads", threads), |b| {
            b.iter(|| {
                std::thread::scope(|scope| {
                    for part in probes.chunks(probes.len().div_ceil(threads)) {
                        let (index, app) = (&index, &app);
                        scope.spawn(move || {
                            part.iter().for_each(|probe| drop(black_box(index.search(app, probe, 10, -1.0))));
                        });
                    }
                });
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = search, threads
}
criterion_main!(benches);
