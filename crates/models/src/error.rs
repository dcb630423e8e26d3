//! What can be wrong with a folder of models.

use std::path::PathBuf;

use thiserror::Error;

/// Why the models cannot be used. Texts are for the operator and say what to do.
#[derive(Debug, Error)]
pub enum ModelsError {
    /// No manifest, or it cannot be read.
    #[error("{path}: {reason}; run `make models`, or point --models at a folder with a manifest.toml")]
    Manifest {
        /// The manifest's path.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file is not there or cannot be read.
    #[error("{path}: {reason}; run `make models`")]
    Missing {
        /// The file's path.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file is not what the manifest says.
    #[error(
        "{path} has SHA-256 {found} instead of {expected}: it is damaged or not the pinned file; delete it and run `make models`"
    )]
    Hash {
        /// The file's path.
        path: PathBuf,
        /// Hash by the manifest.
        expected: String,
        /// Hash of the file.
        found: String,
    },
    /// The runtime is not pinned for this kind of machine.
    #[error("the manifest has no inference runtime for {0}")]
    Platform(String),
    /// The manifest names a file that it does not list.
    #[error("the manifest uses {0:?} but has no [[file]] of that name")]
    UnknownFile(String),
    /// The configuration names a profile that the manifest does not have.
    #[error("the manifest has no profile {name:?}; it has {known}")]
    UnknownProfile {
        /// The wanted name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The calibration makes no sense.
    #[error("the calibration of the manifest's profile: {0}")]
    Calibration(#[from] facegate_domain::CalibrationError),
}
