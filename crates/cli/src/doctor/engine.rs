//! Models and runtime, up to a real run.

use facegate_image::Photo;
use facegate_inference::Runtime;
use facegate_models::Pack;
use facegate_vision::{Analyzer, VisionError, Wants};

use super::Report;
use crate::config::Config;
use crate::wiring;

/// A gray picture of 64 × 64 pixels. There is no face in it, and the detector has to run to say so.
const BLANK: &[u8] = include_bytes!("blank.png");

/// Every file, the runtime, the networks, one photo.
pub fn examine(config: &Config, report: &mut Report) {
    let packs = match wiring::open_packs(config) {
        Ok(packs) => packs,
        Err(error) => return report.fail("models", format!("{error:#}")),
    };
    // Every profile is of the same folder.
    let Some(pack) = packs.first() else { return };
    let files = pack.verify();
    for file in &files {
        if let Err(error) = &file.outcome {
            report.fail("models", format!("{}: {error}", file.name));
        }
    }
    if files.iter().any(|file| file.outcome.is_err()) {
        return;
    }
    report.ok("models", format!("{} files with the right SHA-256", files.len()));
    let runtime = match wiring::load_runtime(config, pack) {
        Ok(runtime) => runtime,
        Err(error) => return report.fail("runtime", format!("{error:#}")),
    };
    match runtime.refused() {
        Some(error) => report.warn("runtime", format!("{}: slower than it could be ({error})", runtime.description())),
        None => report.ok("runtime", runtime.description()),
    }
    match analyse(config, &packs, &runtime) {
        Ok(()) => report.ok("analysis", format!("a photo was analysed; {} workers serve", config.workers())),
        Err(error) => report.fail("analysis", format!("{error}; run `make models`")),
    }
}

fn analyse(config: &Config, packs: &[Pack], runtime: &Runtime) -> Result<(), VisionError> {
    let mut analyzer = Analyzer::load_profiles(packs, runtime)?;
    let photo = Photo::open(BLANK, &config.image_limits())?;
    match analyzer.analyze(&photo, Wants { template: true, ..Wants::default() }) {
        Ok(_) | Err(VisionError::NoFace) => Ok(()),
        Err(error) => Err(error),
    }
}
