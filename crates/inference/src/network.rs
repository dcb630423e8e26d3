//! What the vision code knows of a runtime: a backend loads networks, a network runs.

use thiserror::Error;

/// Why a network cannot be loaded or run.
#[derive(Debug, Error)]
pub enum InferenceError {
    /// The runtime's shared library cannot be used.
    #[error("the inference runtime cannot be loaded: {0}")]
    Runtime(String),
    /// The runtime refuses the model.
    #[error("the network cannot be loaded: {0}")]
    Load(String),
    /// A run failed.
    #[error("the network failed: {0}")]
    Run(String),
    /// The network has no output of this name, or one of another type or size.
    #[error("the network has no usable output {0:?}")]
    Output(String),
}

/// The size of a network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// It changes from run to run.
    Free,
    /// Always this shape: what lets a runtime prepare for it.
    Fixed(&'a [usize]),
}

/// A runtime that can load networks. One implementation is [`crate::Runtime`].
pub trait Backend: Send + Sync {
    /// Loads an ONNX model for use by one thread at a time.
    fn load(&self, model: &[u8], input: Input) -> Result<Box<dyn Network>, InferenceError>;
}

/// A loaded network with one `f32` input and named `f32` outputs.
pub trait Network: Send {
    /// Runs it on `data` (row-major, of `shape`) and returns the outputs named in `wanted`, in that order, flattened.
    /// What only other outputs need is not computed, where the runtime can leave it out.
    fn run(&mut self, shape: &[usize], data: &[f32], wanted: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError>;
}
