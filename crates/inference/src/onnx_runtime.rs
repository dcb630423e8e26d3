//! ONNX Runtime: the shared library is loaded from a path of ours, never searched for on the system.

use std::path::Path;

use ort::environment::Environment;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions};
use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;

use crate::network::{InferenceError, Network};

/// ONNX Runtime on the CPU, one thread a network: runs everywhere, takes inputs of any size.
pub(crate) struct OnnxRuntime {
    environment: std::sync::Arc<Environment>,
}

impl OnnxRuntime {
    /// Loads the shared library at `library`. The library is loaded once a process: a later call with another path
    /// gets the first one.
    pub fn load(library: &Path) -> Result<Self, InferenceError> {
        let fail = |error: &dyn std::fmt::Display| InferenceError::Runtime(format!("{}: {error}", library.display()));
        // ort waits for ever on a library that is not there, so look first.
        std::fs::metadata(library).map_err(|error| fail(&error))?;
        let environment = ort::init_from(library).map_err(|error| fail(&error))?;
        let environment =
            environment.with_name("facegate").with_telemetry(false).build().map_err(|error| fail(&error))?;
        Ok(Self { environment: environment.into() })
    }

    /// Loads an ONNX model.
    pub fn network(&self, model: &[u8]) -> Result<Box<dyn Network>, InferenceError> {
        let session = session(&self.environment, model).map_err(|error| InferenceError::Load(error.to_string()))?;
        Ok(Box::new(OrtNetwork { session, selected: None }))
    }
}

fn session(environment: &Environment, model: &[u8]) -> ort::Result<Session> {
    let mut builder = Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?;
    builder.commit_from_memory(model)
}

/// Values of an input from which a run gives its memory back: above 3 × 384 × 384, more than the usual look at a small photo.
/// A detector run at 640 takes 25 MB and one at 1280 some 100 MB, which would otherwise stay with each worker for ever; to
/// take them anew costs nothing that can be measured beside the run itself.
const LARGE_INPUT: usize = 3 * 384 * 384 + 1;

struct OrtNetwork {
    session: Session,
    /// The options of the last run: nearly every call asks for the same ones.
    selected: Option<Selected>,
}

struct Selected {
    outputs: Vec<String>,
    large: bool,
    options: RunOptions<HasSelectedOutputs>,
}

impl OrtNetwork {
    fn select(&mut self, wanted: &[&str], large: bool) -> ort::Result<()> {
        if self.selected.as_ref().is_some_and(|last| last.outputs == wanted && last.large == large) {
            return Ok(());
        }
        let selector = wanted.iter().fold(OutputSelector::no_default(), |s, name| s.with(*name));
        let mut options = RunOptions::new()?.with_outputs(selector);
        if large {
            options.set("memory.enable_memory_arena_shrinkage", "cpu:0")?;
        }
        let outputs = wanted.iter().map(|name| (*name).to_owned()).collect();
        self.selected = Some(Selected { outputs, large, options });
        Ok(())
    }
}

impl Network for OrtNetwork {
    fn run(&mut self, shape: &[usize], data: &[f32], wanted: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let fail = |error: ort::Error| InferenceError::Run(error.to_string());
        for name in wanted {
            if !self.session.outputs().iter().any(|output| output.name() == *name) {
                return Err(InferenceError::Output((*name).to_owned()));
            }
        }
        self.select(wanted, data.len() >= LARGE_INPUT).map_err(fail)?;
        let Some(Selected { options, .. }) = &self.selected else {
            return Err(InferenceError::Run("no outputs selected".into()));
        };
        let input = TensorRef::from_array_view((shape, data)).map_err(fail)?;
        let outputs = self.session.run_with_options([SessionInputValue::from(input)], options).map_err(fail)?;
        let take = |name: &&str| {
            let value = outputs.get(*name).ok_or_else(|| InferenceError::Output((*name).to_owned()))?;
            let (_, values) = value.try_extract_tensor::<f32>().map_err(fail)?;
            Ok(values.to_vec())
        };
        wanted.iter().map(take).collect()
    }
}
