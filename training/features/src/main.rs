//! `attribute-features MODELS JOBS OUT`: the numbers that the attribute heads see, for many photographs at once.
//!
//! Training must see what the server sees, so the photographs go through the server's own pipeline, changed before it
//! and not behind it. `JOBS` is JSON Lines (see `job.rs`); `OUT.jsonl` gets one line for each job in the same order, and
//! `OUT.safetensors` the tensor `features` with one row for each job that found a face. Nothing here is random: the
//! trainer draws the numbers and writes them into the jobs.

mod augment;
mod job;
mod output;
mod parallel;

use std::path::PathBuf;

use anyhow::{Context, Result};
use facegate_models::Pack;
use facegate_vision::Analyzer;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [models, jobs, out] = arguments.as_slice() else {
        anyhow::bail!("usage: attribute-features MODELS JOBS OUT");
    };
    let jobs = job::read(jobs)?;
    let pack = Pack::open(models)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // The portable runtime: the heads must come out alike whatever the processor can do.
    let runtime = facegate_vision::load_runtime(&pack, threads, false).context("ONNX Runtime cannot be loaded")?;
    let load = || Analyzer::load(&pack, &runtime).context("the models cannot be loaded");
    let done = parallel::run(&jobs, threads, load, |analyzer, job| job.run(analyzer))?;
    output::write(out, &done)
}
