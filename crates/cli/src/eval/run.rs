//! `facegate eval`: wires labels, engine and job; prints and writes the report.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use facegate_evaluation::jobs::{self, Settings};
use facegate_evaluation::report::Report;
use facegate_evaluation::{Cache, Labels, Measurer, Pipeline, Reading};
use facegate_models::Pack;
use facegate_vision::Platt;

use super::args::{EvalArgs, EvalCommand, InputArgs};
use super::{origin, progress};
use crate::config::Config;
use crate::output::{complain, say};
use crate::wiring;

/// What a job runs on.
pub(super) struct Bench {
    pub labels: Labels,
    pub measurer: Measurer,
    pub pack: Pack,
    pub pipeline: Pipeline,
}

impl Bench {
    /// What makes a chance of the liveness network's answer.
    pub fn liveness(&self) -> Platt {
        let settings = &self.pack.manifest().liveness;
        Platt { slope: settings.slope, offset: settings.offset }
    }
}

/// What is quick to check comes first: labels and cache before the models are loaded.
pub(super) fn bench(config: &Config, input: &InputArgs) -> Result<Bench> {
    let reading = Reading { renames: input.columns.clone(), unknown: input.unknown.clone(), limit: input.limit };
    let mut labels = Labels::read(&input.labels, reading)?;
    match labels.check_files(&input.folder, input.skip_missing)? {
        0 => {}
        gone => complain(&format!("{gone} rows are left out: their files are not there")),
    }
    let mut config = config.clone();
    if let Some(profile) = &input.profile {
        config.profile.clone_from(profile);
    }
    let pack = wiring::open_pack(&config)?;
    let pipeline = origin::pipeline(&config, &pack)?;
    let cache = input.cache.as_deref().map(|path| Cache::open(path, pipeline.clone())).transpose()?;
    if let Some(threads) = input.threads {
        config.limits.workers = threads.into();
    }
    // Two photos for each worker: one is read while another is analysed. All of them must fit into the queue.
    let at_once = 2 * config.workers();
    config.limits.queue = config.limits.queue.max(at_once);
    let engine = Arc::new(wiring::start_pool(&config, vec![pack.clone()])?.0);
    let limits = config.image_limits();
    let measurer = Measurer::new(engine, &input.folder, limits, cache, at_once, progress::bar());
    Ok(Bench { labels, measurer, pack, pipeline })
}

/// Runs a job.
pub async fn eval(config: &Config, command: EvalCommand) -> Result<()> {
    let (args, wanted_rate) = command.common();
    let bench = bench(config, &args.input)?;
    let settings = Settings {
        bootstrap: args.bootstrap,
        seed: args.seed,
        by: args.by.clone(),
        wanted_rate,
        calibration: bench.pack.calibration()?,
        liveness: bench.liveness(),
    };
    let (labels, measurer) = (&bench.labels, &bench.measurer);
    let report = match &command {
        EvalCommand::Verify { .. } => jobs::verify(labels, measurer, &settings).await?,
        EvalCommand::Identify { .. } => jobs::identify(labels, measurer, &settings).await?,
        EvalCommand::Liveness { .. } => jobs::liveness(labels, measurer, &settings).await?,
        EvalCommand::Attributes { .. } => jobs::attributes(labels, measurer, &settings).await?,
        EvalCommand::Quality { degrade, .. } => jobs::quality(labels, measurer, &settings, *degrade).await?,
        EvalCommand::Detect { degrade, .. } => jobs::detect(labels, measurer, &settings, *degrade).await?,
    };
    give(&report, &origin::origin(command.name(), &bench.pipeline)?, args)
}

fn give(report: &Report, origin: &facegate_evaluation::report::Origin, args: &EvalArgs) -> Result<()> {
    let write = |path: &Path, text: String| {
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    if let Some(path) = &args.json {
        write(path, serde_json::to_string_pretty(&report.json(origin, args.details))? + "\n")?;
    }
    if let Some(path) = &args.html {
        write(path, report.html(origin)?)?;
    }
    say(&report.text());
    Ok(())
}
