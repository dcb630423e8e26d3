//! ONNX Runtime behind one trait, and the pool of workers that runs it.

mod workers;

pub use workers::{WorkError, Workers};
