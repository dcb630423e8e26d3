//! Why a photo has no analysis.

use facegate_image::ImageError;
use facegate_inference::InferenceError;
use facegate_models::ModelsError;
use thiserror::Error;

/// Why a photo has no analysis, or the analyzer could not be made.
#[derive(Debug, Error)]
pub enum VisionError {
    /// No face was found, in any orientation.
    #[error("no face was found in the photo")]
    NoFace,
    /// The photo cannot be decoded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A network could not be loaded or failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The models cannot be used.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Fewer profiles were loaded.
    #[error("there is no template profile of this number")]
    Profile,
    /// A file of weights is not what the code expects.
    #[error("{0}")]
    Weights(String),
}
