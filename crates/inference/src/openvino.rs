//! OpenVINO: faster than ONNX Runtime where the input's shape is fixed, above all in bf16 where the processor has it.
//!
//! Its libraries are loaded from a path of ours, never searched for on the system.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use openvino::{CompiledModel, Core, DeviceType, InferRequest, PartialShape, PropertyKey, RwPropertyKey, Tensor};

use crate::network::{InferenceError, Network};

/// OpenVINO on the CPU. A network is compiled once and shared by all threads.
pub(crate) struct OpenVino {
    state: Mutex<State>,
    precision: &'static str,
}

struct State {
    core: Core,
    /// By the hash of a model's bytes and shape.
    compiled: HashMap<u64, CompiledModel>,
}

impl OpenVino {
    /// Loads OpenVINO's C library for `threads` threads that run networks at the same time, each on one core.
    pub fn load(library: &Path, threads: usize) -> Result<Self, InferenceError> {
        let fail = |error: &dyn std::fmt::Display| InferenceError::Runtime(format!("{}: {error}", library.display()));
        std::fs::metadata(library).map_err(|error| fail(&error))?;
        openvino_sys::library::load_from(library.to_owned()).map_err(|error| fail(&error))?;
        let mut core = Core::new().map_err(|error| fail(&error))?;
        let able = core.get_property(&DeviceType::CPU, &PropertyKey::DeviceCapabilities);
        let able = able.map_err(|error| fail(&error))?;
        let precision = if has_bf16() && able.split_whitespace().any(|word| word == "BF16") { "bf16" } else { "f32" };
        let threads = threads.max(1).to_string();
        let settings = [
            (RwPropertyKey::HintInferencePrecision, precision),
            // One stream a thread of ours: each run has one core and waits for nobody.
            (RwPropertyKey::NumStreams, threads.as_str()),
            (RwPropertyKey::InferenceNumThreads, threads.as_str()),
            // Where threads run is for the operating system: other processes are there too.
            (RwPropertyKey::HintEnableCpuPinning, "NO"),
        ];
        core.set_properties(&DeviceType::CPU, settings).map_err(|error| fail(&error))?;
        Ok(Self { state: Mutex::new(State { core, compiled: HashMap::new() }), precision })
    }

    /// The numbers it computes with: `bf16` or `f32`.
    pub fn precision(&self) -> &'static str {
        self.precision
    }

    /// Loads an ONNX model whose one input has this shape.
    pub fn network(&self, model: &[u8], shape: &[usize]) -> Result<Box<dyn Network>, InferenceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.network(model, shape).map_err(|error| InferenceError::Load(error.to_string()))
    }
}

impl State {
    fn network(&mut self, model: &[u8], shape: &[usize]) -> Result<Box<dyn Network>, openvino::InferenceError> {
        let mut hasher = DefaultHasher::new();
        (model, shape).hash(&mut hasher);
        let key = hasher.finish();
        let compiled = match self.compiled.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let mut read = self.core.read_model_from_buffer(model, None)?;
                let sizes: Vec<i64> = shape.iter().filter_map(|&size| i64::try_from(size).ok()).collect();
                read.reshape_single_input(&PartialShape::new_static(sizes.len() as i64, &sizes)?)?;
                free.insert(self.core.compile_model(&read, DeviceType::CPU)?)
            }
        };
        let request = compiled.create_infer_request()?;
        let input = request.get_input_tensor()?;
        Ok(Box::new(OpenVinoNetwork { request, input, shape: shape.to_vec(), outputs: Vec::new() }))
    }
}

/// Whether the processor computes in bf16 itself; OpenVINO also offers it where it would be emulated.
fn has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

struct OpenVinoNetwork {
    request: InferRequest,
    input: Tensor,
    shape: Vec<usize>,
    /// The outputs asked for so far.
    outputs: Vec<(String, Tensor)>,
}

impl OpenVinoNetwork {
    fn output(&mut self, name: &str) -> Result<Vec<f32>, InferenceError> {
        let unusable = |_| InferenceError::Output(name.to_owned());
        if !self.outputs.iter().any(|(known, _)| known == name) {
            let tensor = self.request.get_tensor(name).map_err(unusable)?;
            self.outputs.push((name.to_owned(), tensor));
        }
        let found = self.outputs.iter().find(|(known, _)| known == name);
        let (_, tensor) = found.ok_or_else(|| InferenceError::Output(name.to_owned()))?;
        Ok(tensor.get_data::<f32>().map_err(unusable)?.to_vec())
    }
}

impl Network for OpenVinoNetwork {
    fn run(&mut self, shape: &[usize], data: &[f32], wanted: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let fail = |error: openvino::InferenceError| InferenceError::Run(error.to_string());
        let input = self.input.get_data_mut::<f32>().map_err(fail)?;
        if shape != self.shape || input.len() != data.len() {
            return Err(InferenceError::Run(format!("an input of {shape:?}, not {:?}", self.shape)));
        }
        input.copy_from_slice(data);
        self.request.infer().map_err(fail)?;
        wanted.iter().map(|name| self.output(name)).collect()
    }
}
