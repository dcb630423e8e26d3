//! The program whose instructions are counted: `benches/instructions.py` runs it under callgrind.
//!
//! `instructions record FILE` notes what the networks say, with the real runtime. `instructions run FILE` then does each
//! stage once between the marks that callgrind looks for, and prints the stages' names in that order. The networks are
//! replayed: their kernels depend on the processor and are not ours.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use facegate_benches::{
    Call, Recorder, Replay, Sample, app, enrolment, in_pixels, pack, payload, photos, runtime, templates, vault, wants,
};
use facegate_domain::{AppId, SubjectId};
use facegate_gallery::{AppAdmin, Gallery};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_search::Index;
use facegate_vision::{Analyzer, Landmarks, Point, stages};
use serde::{Deserialize, Serialize};

/// The long side to which the server decodes at least.
const DECODE: u32 = 800;
/// Photographs that are analysed: a small and a middling one.
const ANALYSED: usize = 2;

#[derive(Serialize, Deserialize)]
struct Recording {
    /// For each photograph the calls of its analysis.
    calls: Vec<Vec<Call>>,
    /// For each photograph the landmarks' place in the decoded pixels, found natively: x and y of five points.
    landmarks: Vec<[(f32, f32); 5]>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["record", file] => record(Path::new(file)),
        ["run", file] => run(Path::new(file)),
        _ => bail!("usage: instructions record FILE | instructions run FILE"),
    }
}

fn record(file: &Path) -> Result<()> {
    let pack = pack(None)?;
    let recorder = Recorder::new(runtime(&pack)?);
    let mut analyzer = Analyzer::load(&pack, &recorder)?;
    let mut recording = Recording { calls: Vec::new(), landmarks: Vec::new() };
    for sample in photos()?.iter().take(ANALYSED) {
        let photo = sample.photo()?;
        let analysis = analyzer.analyze(&photo, wants())?;
        recording.calls.push(recorder.take());
        recording.landmarks.push(analysis.faces.first().context("a face")?.landmarks.points().map(|p| (p.x, p.y)));
    }
    std::fs::write(file, serde_json::to_vec(&recording)?).context("the recording cannot be written")
}

/// Between entering and leaving this, callgrind counts.
#[inline(never)]
fn measured<T>(stage: impl FnOnce() -> T) -> T {
    black_box(stage())
}

/// Once to warm up (tables, buffers, pages), once counted.
fn stage<T>(name: &str, mut work: impl FnMut() -> Result<T>) -> Result<()> {
    black_box(work()).with_context(|| name.to_owned())?;
    measured(&mut work).with_context(|| name.to_owned())?;
    println!("{name}");
    Ok(())
}

fn run(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).context("no recording: run `instructions record` first")?;
    let recording: Recording = serde_json::from_slice(&bytes)?;
    let samples = photos()?;
    decoding(&samples)?;
    pixels(&samples, &recording)?;
    search()?;
    commit()
}

fn decoding(samples: &[Sample]) -> Result<()> {
    for sample in samples {
        let body = payload(&sample.bytes);
        let parse = || facegate_api::stages::enroll_payload(body.as_bytes()).ok().context("a good payload");
        stage(&format!("parse {}", sample.name), parse)?;
        stage(&format!("decode {}", sample.name), || Ok(sample.photo()?.decode(DECODE)?))?;
    }
    Ok(())
}

fn pixels(samples: &[Sample], recording: &Recording) -> Result<()> {
    let pack = pack(None)?;
    for ((sample, calls), points) in samples.iter().zip(&recording.calls).zip(&recording.landmarks) {
        let photo = sample.photo()?;
        let decoded = photo.decode(DECODE)?;
        let landmarks = Landmarks::from_points(points.map(|(x, y)| Point { x, y }));
        let landmarks = in_pixels(&landmarks, &photo, &decoded);
        let name = |what: &str| format!("{what} {}", sample.name);
        stage(&name("resize to 320"), || Ok(stages::resize(&decoded, 320)))?;
        stage(&name("align"), || stages::align(&decoded, &landmarks).context("a face"))?;
        let face = stages::align(&decoded, &landmarks).context("a face")?;
        let picture = stages::resize(&decoded, 160);
        stage(&name("quality"), || Ok(stages::quality(&face, &picture, &landmarks)))?;
        let mut analyzer = Analyzer::load(&pack, &Replay::new(calls.clone()))?;
        analyzer.analyze(&photo, wants()).context("the replay of an analysis")?;
        stage(&name("analysis without networks"), || Ok(analyzer.analyze(&photo, wants())?))?;
    }
    Ok(())
}

fn search() -> Result<()> {
    let (app, probe) = (AppId::generate(), templates(1, 2)?.remove(0));
    let index = Index::new(probe.model().clone());
    for (number, template) in templates(10_000, 1)?.into_iter().enumerate() {
        index.put(&app, &SubjectId::parse(&format!("subject-{number:07}"))?, &template)?;
    }
    stage("search 10000", || Ok(index.search(&app, &probe, 10, -1.0)?))?;
    Ok(())
}

fn commit() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let folder = tempfile::tempdir()?;
    let store = Arc::new(SqliteStore::open(&folder.path().join("facegate.db"), vault()?, Options::default())?);
    let app = app();
    runtime.block_on(store.create_app(&app))?;
    let template = templates(1, 1)?.remove(0);
    let mut number = 0;
    // Several, since the first pages of a store are written otherwise than the later ones.
    stage("commit 16", || {
        for _ in 0..16 {
            number += 1;
            runtime.block_on(store.commit(&app.id, enrolment(number, template.clone())?))?;
        }
        Ok(())
    })
}
