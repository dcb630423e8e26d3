//! `facegate calibrate`: the meaning of similarities, measured on the operator's own photos.

use anyhow::{Context, Result};
use facegate_evaluation::calibrate::{self as measure, replace, rewritten};
use facegate_evaluation::jobs::Settings;
use facegate_evaluation::report::tables;
use facegate_models::Manifest;

use super::args::CalibrateArgs;
use super::run::bench;
use crate::config::Config;
use crate::output::say;

/// Measures, prints, and with `--write` changes the manifest.
pub async fn calibrate(config: &Config, args: CalibrateArgs) -> Result<()> {
    let path = config.models.join("manifest.toml");
    let read = || std::fs::read_to_string(&path).with_context(|| path.display().to_string());
    let bench = bench(config, &args.input)?;
    let calibration = bench.pack.calibration()?;
    let settings = Settings {
        bootstrap: 0,
        seed: 0,
        by: Vec::new(),
        wanted_rate: None,
        calibration: calibration.clone(),
        liveness: bench.liveness(),
    };
    let measured = measure::calibrate(&bench.labels, &bench.measurer, &settings).await?;
    say(&tables(&[measured.table(&calibration)]));
    // Read again after the measurement, which can take long.
    let new = rewritten(&read()?, bench.pack.profile_name(), &measured)?;
    toml::from_str::<Manifest>(&new).context("the new manifest")?;
    if args.write {
        replace(&path, &new)?;
        say(&format!("\n{} was changed; restart the server to use it", path.display()));
    } else {
        say("\nnothing was changed; --write puts this into the manifest");
    }
    Ok(())
}
