//! What the face pipeline is worth on labelled photos: error rates with intervals, thresholds, reports.
//!
//! The photos go through the server's own engine ([`facegate_service::FaceEngine`]), so what is measured is what is
//! served. From there on there are only numbers: `stats` computes, `jobs` ask, `report` shows.

mod cache;
pub mod calibrate;
mod degrade;
mod error;
pub mod jobs;
mod labels;
mod measure;
mod measurement;
pub mod report;
pub mod stats;

pub use cache::{Cache, Pipeline};
pub use error::EvaluationError;
pub use labels::{Labels, Reading, Renames};
pub use measure::Measurer;
pub use measurement::{Measurement, Outcome};
