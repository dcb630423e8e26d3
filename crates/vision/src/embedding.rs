//! SFace: one pass over an aligned face gives the template and the inner maps that the attributes are read from.

use facegate_domain::{ModelId, Template};
use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError, Network};
use facegate_models::TemplateSettings;

use crate::align::SIDE;
use crate::planar::{self, Order};

/// Spatial mean of the last 7×7×1024 stage: 1,024 numbers.
const GLOBAL: &str = "attr_global";
/// `conv_12`'s 14×14×512 map pooled to 2×2: 2,048 numbers.
const GRID: &str = "attr_grid";

/// What one pass gave.
#[derive(Default)]
pub(crate) struct Embedded {
    pub template: Option<Template>,
    /// `GLOBAL` then `GRID`; empty unless wanted.
    pub inner: Vec<f32>,
}

/// The embedding network of one worker.
pub(crate) struct Embedder {
    network: Box<dyn Network>,
    settings: TemplateSettings,
    model: ModelId,
}

impl Embedder {
    pub fn new(
        backend: &dyn Backend,
        weights: &[u8],
        settings: TemplateSettings,
        model: ModelId,
    ) -> Result<Self, InferenceError> {
        Ok(Self { network: backend.load(weights)?, settings, model })
    }

    /// Runs on an aligned face for what is wanted; nothing runs if nothing is.
    pub fn embed(&mut self, face: &Pixels, template: bool, inner: bool) -> Result<Embedded, InferenceError> {
        if !template && !inner {
            return Ok(Embedded::default());
        }
        let output = self.settings.output.clone();
        let mut wanted: Vec<&str> = Vec::with_capacity(3);
        if template {
            wanted.push(&output);
        }
        if inner {
            wanted.extend([GLOBAL, GRID]);
        }
        let side = SIDE as usize;
        let input = planar::tensor(face, Order::Rgb, 0.0, 1.0);
        let mut outputs = self.network.run(&[1, 3, side, side], &input, &wanted)?.into_iter();
        let mut embedded = Embedded::default();
        if template {
            let values = outputs.next().filter(|v| v.len() == self.settings.dimension);
            let values = values.ok_or_else(|| InferenceError::Output(self.settings.output.clone()))?;
            let made = Template::new(self.model.clone(), values);
            embedded.template = Some(made.map_err(|error| InferenceError::Run(error.to_string()))?);
        }
        embedded.inner = outputs.flatten().collect();
        Ok(embedded)
    }
}
