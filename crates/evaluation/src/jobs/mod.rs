//! The questions that can be asked. Each job measures its photos, hands numbers to `stats` and words a report.

mod attributes;
mod common;
mod detect;
mod identify;
mod liveness;
mod quality;
mod verify;

pub use attributes::attributes;
pub use detect::detect;
pub use identify::identify;
pub use liveness::liveness;
pub use quality::quality;
pub(crate) use verify::all_pairs;
pub use verify::verify;

use facegate_domain::Calibration;
use facegate_vision::Platt;

/// What every job needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Rounds of the bootstrap.
    pub bootstrap: usize,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Columns of the labels to break the result down by.
    pub by: Vec<String>,
    /// The error rate for which a threshold is wanted, 0..1.
    pub wanted_rate: Option<f64>,
    /// The shipped calibration.
    pub calibration: Calibration,
    /// The shipped map of liveness.
    pub liveness: Platt,
}

impl Settings {
    /// The shipped thresholds: (promised false match rate, similarity, cosine), largest rate first.
    pub(crate) fn shipped(&self) -> Vec<(f64, f64, f32)> {
        self.calibration.thresholds().map(|(rate, s)| (rate, s, self.calibration.cosine(s))).collect()
    }
}
