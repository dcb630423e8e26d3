//! ONNX Runtime behind one trait, and the pool of workers that runs it.

mod network;
mod runtime;
mod workers;

pub use network::{Backend, InferenceError, Network};
pub use runtime::Runtime;
pub use workers::{WorkError, Workers};
