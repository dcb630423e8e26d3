//! Pure statistics: numbers in, rates with intervals out. Nothing here knows photos, files or models.

mod accuracy;
mod bootstrap;
mod curve;
mod discard;
mod interval;
mod labelled;
mod pairs;
mod reliability;
mod search;
mod sweep;

pub use accuracy::{Accuracy, listed_folds, people_folds};
pub(crate) use bootstrap::generator;
pub use bootstrap::{bootstrap, drawn, halves};
pub use curve::{CurvePoint, Histogram};
pub use discard::{DiscardPoint, discard_curve, kept_best};
pub(crate) use interval::quantile;
pub use interval::{Estimate, Proportion};
pub use labelled::{Labelled, Scored};
pub use pairs::{Pair, PairScores};
pub use reliability::Reliability;
pub use search::{Probe, SearchScores, SearchSweep};
pub use sweep::Sweep;
