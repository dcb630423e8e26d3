//! ONNX Runtime and OpenVINO behind one trait, and the pool of workers that runs them.

mod backlog;
mod network;
mod onnx_runtime;
mod openvino;
mod runtime;
mod sync;
mod workers;

pub use network::{Backend, InferenceError, Input, Network};
pub use runtime::Runtime;
pub use workers::{Load, WorkError, Workers};
