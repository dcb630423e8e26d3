//! The speed of light: what the bare networks cost in one thread, with the very inputs that they get for real photographs.

#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot start is to stop and say so")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use facegate_benches::{Call, Recorder, Shared, pack, photos, runtime, wants};
use facegate_inference::{Network, Runtime};
use facegate_vision::{Analyzer, Wants};

fn run(calls: &[Call], networks: &mut [Box<dyn Network>]) {
    for call in calls {
        black_box(call.run(networks).unwrap());
    }
}

/// All networks of one request, as often as it runs them.
fn requests(c: &mut Criterion, runtime: &Runtime) {
    let mut group = c.benchmark_group("bare networks of a request");
    let liveness = Wants { liveness: true, ..wants() };
    let kinds = [
        ("enroll, fast", "fast", wants()),
        ("enroll, accurate", "accurate", wants()),
        ("enroll with liveness", "fast", liveness),
    ];
    for (kind, profile, wants) in kinds {
        let pack = pack(Some(profile)).unwrap();
        let recorder = Recorder::new(Shared(runtime));
        let mut analyzer = Analyzer::load(&pack, &recorder).unwrap();
        let mut networks = recorder.bare().unwrap();
        for sample in photos().unwrap() {
            analyzer.analyze(&sample.photo().unwrap(), wants).unwrap();
            let calls = recorder.take();
            let id = BenchmarkId::new(kind, format!("{} ({} runs)", sample.name, calls.len()));
            group.bench_function(id, |b| b.iter(|| run(&calls, &mut networks)));
        }
    }
}

/// Each kind of run by itself.
fn single(c: &mut Criterion, runtime: &Runtime) {
    let mut group = c.benchmark_group("one network");
    let pack = pack(Some("accurate")).unwrap();
    let recorder = Recorder::new(Shared(runtime));
    let mut analyzer = Analyzer::load(&pack, &recorder).unwrap();
    let mut networks = recorder.bare().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for sample in photos().unwrap() {
        analyzer.analyze(&sample.photo().unwrap(), Wants { liveness: true, ..wants() }).unwrap();
        for call in recorder.take() {
            let shape: Vec<String> = call.shape.iter().map(usize::to_string).collect();
            let name = format!("{} at {}", outputs(&call), shape.join("x"));
            if seen.insert(name.clone()) {
                group.bench_function(&name, |b| b.iter(|| black_box(call.run(&mut networks).unwrap())));
            }
        }
    }
}

fn networks(c: &mut Criterion) {
    let runtime = runtime(&pack(None).unwrap()).unwrap();
    requests(c, &runtime);
    single(c, &runtime);
}

/// What the run is for, told by what is read from it.
fn outputs(call: &Call) -> &'static str {
    let wanted: Vec<&str> = call.wanted.iter().map(String::as_str).collect();
    match wanted.as_slice() {
        ["cls_8", ..] => "YuNet",
        ["fc1", "attr_global", "attr_grid"] => "SFace with inner maps",
        ["fc1"] => "SFace",
        ["context"] => "attribute context",
        ["output"] if call.shape.ends_with(&[128, 128]) => "fr_liveness",
        ["output"] => "fr_feature",
        _ => "another",
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = networks
}
criterion_main!(benches);
