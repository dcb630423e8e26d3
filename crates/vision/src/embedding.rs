//! One embedding network: a pass over an aligned face gives a part of the template and, of the first network, the inner
//! maps that the attributes are read from.

use facegate_inference::{Backend, InferenceError, Input, Network};
use facegate_models::{ColourOrder, Pack, PartSettings};

use crate::align::SIDE;
use crate::error::VisionError;
use crate::planar::Order;

/// Spatial mean of SFace's last 7×7×1024 stage: 1,024 numbers.
const GLOBAL: &str = "attr_global";
/// SFace's `conv_12`, a 14×14×512 map, pooled to 2×2: 2,048 numbers.
const GRID: &str = "attr_grid";

const SHAPE: [usize; 4] = [1, 3, SIDE as usize, SIDE as usize];

/// What one pass gave.
#[derive(Default)]
pub(crate) struct Pass {
    /// Divided by its length.
    pub unit: Vec<f32>,
    /// The length, as a share of what is typical for good photos.
    pub strength: f32,
    /// `GLOBAL` then `GRID`; empty unless wanted.
    pub inner: Vec<f32>,
}

/// One network of one worker.
pub(crate) struct Embedder {
    network: Box<dyn Network>,
    settings: PartSettings,
}

impl Embedder {
    pub fn load(pack: &Pack, backend: &dyn Backend, settings: &PartSettings) -> Result<Self, VisionError> {
        let network = backend.load(&pack.read(&settings.network)?, Input::Fixed(&SHAPE))?;
        Ok(Self { network, settings: settings.clone() })
    }

    /// Whether it would do for a part of these settings; its weight is the profile's.
    pub fn runs(&self, settings: &PartSettings) -> bool {
        self.settings == PartSettings { weight: self.settings.weight, ..settings.clone() }
    }

    /// The input of an aligned face is made with [`crate::planar::tensor`] in this order, offset and scale.
    pub fn input(&self) -> (Order, f32, f32) {
        let order = match self.settings.colour {
            ColourOrder::Rgb => Order::Rgb,
            ColourOrder::Bgr => Order::Bgr,
        };
        (order, self.settings.offset, self.settings.scale)
    }

    /// Runs for what is wanted of template and inner maps; not to be called for neither.
    pub fn run(&mut self, input: &[f32], template: bool, inner: bool) -> Result<Pass, InferenceError> {
        let mut wanted: Vec<&str> = Vec::with_capacity(3);
        if template {
            wanted.push(&self.settings.output);
        }
        if inner {
            wanted.extend([GLOBAL, GRID]);
        }
        let mut outputs = self.network.run(&SHAPE, input, &wanted)?.into_iter();
        let mut pass = Pass::default();
        if template {
            let values = outputs.next().filter(|v| v.len() == self.settings.dimension);
            let values = values.ok_or_else(|| InferenceError::Output(self.settings.output.clone()))?;
            let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
            pass.strength = norm / self.settings.typical_norm;
            pass.unit = values.iter().map(|v| v / norm.max(f32::MIN_POSITIVE)).collect();
        }
        pass.inner = outputs.flatten().collect();
        Ok(pass)
    }
}
