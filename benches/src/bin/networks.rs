//! `networks PHOTO...`: what the bare networks of a default enrolment cost for these photographs, in CPU milliseconds of
//! one thread, as JSON. The server's CPU time for a request is held against it.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use facegate_benches::{Call, Recorder, Sample, pack, runtime, wants};
use facegate_inference::Network;
use facegate_vision::Analyzer;
use serde_json::json;

/// Each photograph's calls are run so often; the first time is a warm-up.
const TIMES: u32 = 4;

fn main() -> Result<()> {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    ensure!(!files.is_empty(), "usage: networks PHOTO...");
    let pack = pack(None)?;
    let recorder = Recorder::new(runtime(&pack)?);
    let mut analyzer = Analyzer::load(&pack, &recorder)?;
    let mut networks = recorder.bare()?;
    let (mut total, mut photos, mut runs) = (0.0, 0u32, 0);
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        let photo = Sample { name: "", bytes }.photo().with_context(|| file.display().to_string())?;
        // Without a face there is nothing to compare.
        if analyzer.analyze(&photo, wants()).is_err() {
            recorder.take();
            continue;
        }
        let calls = recorder.take();
        total += cost(&calls, &mut networks)?;
        (photos, runs) = (photos + 1, runs + calls.len());
    }
    ensure!(photos > 0, "there is no face on these photographs");
    let (count, runs) = (f64::from(photos), runs as f64);
    println!("{}", json!({ "photos": photos, "cpu_ms": total / count, "network_runs": runs / count }));
    Ok(())
}

/// Milliseconds of one round of the calls, the mean of several.
fn cost(calls: &[Call], networks: &mut [Box<dyn Network>]) -> Result<f64> {
    let mut start = 0;
    for time in 0..TIMES {
        if time == 1 {
            start = thread_time()?;
        }
        for call in calls {
            call.run(networks)?;
        }
    }
    Ok((thread_time()? - start) as f64 / 1e6 / f64::from(TIMES - 1))
}

/// Nanoseconds that this thread has run.
fn thread_time() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").context("the kernel does not tell CPU times")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}
