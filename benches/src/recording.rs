//! Networks that note what they are asked, and networks that only say what they said before.
//!
//! Recorded calls are run again bare: what the networks of exactly this photo cost. Replayed ones cost nothing: what is
//! left of an analysis is our own work, and it needs no runtime, so that its instructions can be counted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use facegate_inference::{Backend, InferenceError, Input, Network, Runtime};
use serde::{Deserialize, Serialize};

/// One run of a network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Which network, in the order in which they were loaded.
    pub network: usize,
    /// Shape of the input.
    pub shape: Vec<usize>,
    /// The input, row-major; empty in a file for replay, which does not need it.
    #[serde(skip)]
    pub input: Vec<f32>,
    /// Names of the outputs.
    pub wanted: Vec<String>,
    /// Their values, in that order.
    pub outputs: Vec<Vec<f32>>,
}

impl Call {
    /// Runs it again.
    ///
    /// # Errors
    /// The network's own.
    pub fn run(&self, networks: &mut [Box<dyn Network>]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let wanted: Vec<&str> = self.wanted.iter().map(String::as_str).collect();
        networks[self.network].run(&self.shape, &self.input, &wanted)
    }
}

/// What was loaded: the network, and its input's shape if that is fixed.
struct Model(Vec<u8>, Option<Vec<usize>>);

impl Model {
    fn new(model: &[u8], input: Input) -> Self {
        let shape = match input {
            Input::Free => None,
            Input::Fixed(shape) => Some(shape.to_vec()),
        };
        Self(model.to_vec(), shape)
    }

    fn load(&self, backend: &dyn Backend) -> Result<Box<dyn Network>, InferenceError> {
        backend.load(&self.0, self.1.as_deref().map_or(Input::Free, Input::Fixed))
    }
}

/// A runtime that several recorders pass on to: a process may load it once only.
pub struct Shared<'a>(pub &'a Runtime);

impl Backend for Shared<'_> {
    fn load(&self, model: &[u8], input: Input) -> Result<Box<dyn Network>, InferenceError> {
        self.0.load(model, input)
    }
}

/// A backend that passes everything on and notes it.
pub struct Recorder<B> {
    inner: B,
    models: Mutex<Vec<Model>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl<B: Backend> Recorder<B> {
    /// Around `inner`.
    pub fn new(inner: B) -> Self {
        Self { inner, models: Mutex::default(), calls: Arc::default() }
    }

    /// The calls since the last time this was asked.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut held(&self.calls))
    }

    /// Fresh copies of the networks loaded so far, bare.
    ///
    /// # Errors
    /// The backend's own.
    pub fn bare(&self) -> Result<Vec<Box<dyn Network>>, InferenceError> {
        held(&self.models).iter().map(|model| model.load(&self.inner)).collect()
    }
}

impl<B: Backend> Backend for Recorder<B> {
    fn load(&self, model: &[u8], input: Input) -> Result<Box<dyn Network>, InferenceError> {
        let mut models = held(&self.models);
        models.push(Model::new(model, input));
        let (inner, calls) = (self.inner.load(model, input)?, self.calls.clone());
        Ok(Box::new(Recorded { inner, network: models.len() - 1, calls }))
    }
}

struct Recorded {
    inner: Box<dyn Network>,
    network: usize,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Network for Recorded {
    fn run(&mut self, shape: &[usize], data: &[f32], wanted: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let outputs = self.inner.run(shape, data, wanted)?;
        held(&self.calls).push(Call {
            network: self.network,
            shape: shape.to_vec(),
            input: data.to_vec(),
            wanted: wanted.iter().map(|name| (*name).to_owned()).collect(),
            outputs: outputs.clone(),
        });
        Ok(outputs)
    }
}

/// A backend whose networks answer what was recorded, over and over, in the recorded order.
pub struct Replay {
    calls: Arc<Mutex<VecDeque<Call>>>,
    networks: Mutex<usize>,
}

impl Replay {
    /// Of these calls.
    pub fn new(calls: Vec<Call>) -> Self {
        Self { calls: Arc::new(Mutex::new(calls.into())), networks: Mutex::new(0) }
    }
}

impl Backend for Replay {
    fn load(&self, _: &[u8], _: Input) -> Result<Box<dyn Network>, InferenceError> {
        let mut count = held(&self.networks);
        *count += 1;
        Ok(Box::new(Replayed { network: *count - 1, calls: self.calls.clone() }))
    }
}

struct Replayed {
    network: usize,
    calls: Arc<Mutex<VecDeque<Call>>>,
}

impl Network for Replayed {
    fn run(&mut self, shape: &[usize], _: &[f32], wanted: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let mut calls = held(&self.calls);
        let same = |call: &Call| call.network == self.network && call.shape == shape && call.wanted == wanted;
        let Some(call) = calls.pop_front().filter(same) else {
            return Err(InferenceError::Run("this call was not recorded: record again".into()));
        };
        let outputs = call.outputs.clone();
        calls.push_back(call);
        Ok(outputs)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Doubling;

    impl Backend for Doubling {
        fn load(&self, _: &[u8], _: Input) -> Result<Box<dyn Network>, InferenceError> {
            Ok(Box::new(Self))
        }
    }

    impl Network for Doubling {
        fn run(&mut self, _: &[usize], data: &[f32], _: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
            Ok(vec![data.iter().map(|v| v * 2.0).collect()])
        }
    }

    #[test]
    fn what_was_recorded_is_said_again_and_nothing_else() {
        let recorder = Recorder::new(Doubling);
        let (mut a, mut b) = (recorder.load(b"a", Input::Free).unwrap(), recorder.load(b"b", Input::Free).unwrap());
        a.run(&[2], &[1.0, 2.0], &["x"]).unwrap();
        b.run(&[1], &[5.0], &["y"]).unwrap();
        let calls = recorder.take();
        assert_eq!(calls[1].run(&mut recorder.bare().unwrap()).unwrap(), [[10.0]]);
        let stored = serde_json::to_string(&calls).unwrap();
        let replay = Replay::new(serde_json::from_str(&stored).unwrap());
        let (mut a, mut b) = (replay.load(b"", Input::Free).unwrap(), replay.load(b"", Input::Free).unwrap());
        for _ in 0..2 {
            assert_eq!(a.run(&[2], &[0.0, 0.0], &["x"]).unwrap(), [[2.0, 4.0]]);
            assert_eq!(b.run(&[1], &[0.0], &["y"]).unwrap(), [[10.0]]);
        }
        assert!(b.run(&[1], &[0.0], &["y"]).is_err(), "it is the other one's turn");
    }
}
