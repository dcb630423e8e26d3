//! Our own stages on real photographs: parse, decode, resize, align, quality, and a whole analysis.

#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot start is to stop and say so")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use facegate_benches::{Recorder, Replay, Shared, in_pixels, pack, payload, photos, runtime, wants};
use facegate_inference::Runtime;
use facegate_vision::{Analyzer, stages};

/// The long side to which the server decodes at least.
const DECODE: u32 = 800;

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse: JSON and base64 to bytes");
    for sample in photos().unwrap() {
        let body = payload(&sample.bytes);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(sample.name), &body, |b, body| {
            b.iter(|| facegate_api::stages::enroll_payload(black_box(body.as_bytes())).unwrap());
        });
    }
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode: header, limits, JPEG to pixels of 800 at least");
    for sample in photos().unwrap() {
        group.throughput(Throughput::Bytes(sample.bytes.len() as u64));
        group.bench_function(sample.name, |b| b.iter(|| black_box(&sample).photo().unwrap().decode(DECODE).unwrap()));
    }
}

fn pixels(c: &mut Criterion, runtime: &Runtime) {
    let pack = pack(None).unwrap();
    let mut analyzer = Analyzer::load(&pack, runtime).unwrap();
    let mut group = c.benchmark_group("pixels");
    for sample in photos().unwrap() {
        let photo = sample.photo().unwrap();
        let decoded = photo.decode(DECODE).unwrap();
        let analysis = analyzer.analyze(&photo, wants()).unwrap();
        let landmarks = in_pixels(&analysis.faces[0].landmarks, &photo, &decoded);
        let aligned = stages::align(&decoded, &landmarks).unwrap();
        group.bench_function(BenchmarkId::new("resize to 320", sample.name), |b| {
            b.iter(|| stages::resize(black_box(&decoded), 320));
        });
        group.bench_function(BenchmarkId::new("align", sample.name), |b| {
            b.iter(|| stages::align(black_box(&decoded), &landmarks).unwrap());
        });
        let picture = stages::resize(&decoded, 160);
        group.bench_function(BenchmarkId::new("quality", sample.name), |b| {
            b.iter(|| stages::quality(black_box(&aligned), &picture, &landmarks));
        });
    }
}

/// The whole analysis, and what remains of it when the networks cost nothing.
fn analysis(c: &mut Criterion, runtime: &Runtime) {
    let pack = pack(None).unwrap();
    let recorder = Recorder::new(Shared(runtime));
    let mut recorded = Analyzer::load(&pack, &recorder).unwrap();
    let mut whole = Analyzer::load(&pack, runtime).unwrap();
    let mut group = c.benchmark_group("analysis of a default enrolment");
    for sample in photos().unwrap() {
        let photo = sample.photo().unwrap();
        recorded.analyze(&photo, wants()).unwrap();
        let mut ours = Analyzer::load(&pack, &Replay::new(recorder.take())).unwrap();
        group.bench_function(BenchmarkId::new("whole", sample.name), |b| {
            b.iter(|| whole.analyze(black_box(&photo), wants()).unwrap());
        });
        group.bench_function(BenchmarkId::new("without networks", sample.name), |b| {
            b.iter(|| ours.analyze(black_box(&photo), wants()).unwrap());
        });
    }
}

/// With the networks, which one process may load once.
fn photographs(c: &mut Criterion) {
    let runtime = runtime(&pack(None).unwrap()).unwrap();
    pixels(c, &runtime);
    analysis(c, &runtime);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = parse, decode, photographs
}
criterion_main!(benches);
