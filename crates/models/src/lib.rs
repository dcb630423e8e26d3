//! The model manifest: which files there are, their hashes, preprocessing, thresholds and licences.

mod error;
mod manifest;
mod pack;

pub use error::ModelsError;
pub use manifest::{
    AttributeSettings, AttributeThresholds, CalibrationSettings, DetectorSettings, FileEntry, LivenessSettings,
    Manifest, RuntimeEntry, TemplateSettings,
};
pub use pack::{FileStatus, Pack};
