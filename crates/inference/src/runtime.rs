//! Chooses a runtime for each network: the fast one where it runs, the portable one for everything else.

use std::path::Path;

use crate::network::{Backend, InferenceError, Input, Network};
use crate::onnx_runtime::OnnxRuntime;
use crate::openvino::OpenVino;

/// ONNX Runtime and, once added, OpenVINO for the networks whose input has a fixed shape.
///
/// The detector stays with ONNX Runtime: its input changes with the photo, and OpenVINO is hardly faster there.
pub struct Runtime {
    portable: OnnxRuntime,
    fast: Option<OpenVino>,
    refused: Option<InferenceError>,
}

impl Runtime {
    /// Loads ONNX Runtime's shared library. It is loaded once a process: a later call with another path gets the first
    /// one.
    pub fn load(library: &Path) -> Result<Self, InferenceError> {
        Ok(Self { portable: OnnxRuntime::load(library)?, fast: None, refused: None })
    }

    /// Adds OpenVINO, whose C library lies at `library` beside the others that it needs, for `threads` threads that
    /// run networks at the same time.
    /// Where it does not load, ONNX Runtime goes on alone and [`Self::refused`] says why.
    pub fn accelerate(&mut self, library: &Path, threads: usize) {
        match OpenVino::load(library, threads) {
            Ok(fast) => self.fast = Some(fast),
            Err(error) => self.refused = Some(error),
        }
    }

    /// Why OpenVINO does not run although it was added.
    pub fn refused(&self) -> Option<&InferenceError> {
        self.refused.as_ref()
    }

    /// What runs the networks of a fixed shape, for people: `OpenVINO, bf16`.
    pub fn description(&self) -> String {
        self.fast
            .as_ref()
            .map_or_else(|| "ONNX Runtime, f32".to_owned(), |fast| format!("OpenVINO, {}", fast.precision()))
    }
}

impl Backend for Runtime {
    fn load(&self, model: &[u8], input: Input) -> Result<Box<dyn Network>, InferenceError> {
        match (&self.fast, input) {
            (Some(fast), Input::Fixed(shape)) => fast.network(model, shape),
            _ => self.portable.network(model),
        }
    }
}
