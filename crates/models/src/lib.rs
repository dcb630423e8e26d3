//! The model manifest: which files there are, their hashes, preprocessing, thresholds and licences.

mod error;
mod manifest;
mod pack;
mod recipe;

pub use error::ModelsError;
pub use manifest::{
    AttributeSettings, AttributeThresholds, CalibrationSettings, ColourOrder, DetectorSettings, FileEntry,
    LivenessSettings, Manifest, PartSettings, Profile, RuntimeEntry,
};
pub use pack::{FileStatus, Pack};
