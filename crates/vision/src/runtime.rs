//! The inference runtimes that a pack brings along.

use facegate_inference::Runtime;
use facegate_models::Pack;

use crate::error::VisionError;

/// Loads the pack's runtimes for `threads` threads that run networks at the same time; without `acceleration` only the
/// portable one.
///
/// Where the fast one does not load on this system the portable one serves alone ([`Runtime::refused`] says why); a
/// file that is missing or damaged is an error.
pub fn load_runtime(pack: &Pack, threads: usize, acceleration: bool) -> Result<Runtime, VisionError> {
    let mut runtime = Runtime::load(&pack.runtime()?)?;
    if acceleration && let Some(library) = pack.accelerator()? {
        runtime.accelerate(&library, threads);
    }
    Ok(runtime)
}
