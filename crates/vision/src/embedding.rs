//! SFace: one pass over an aligned face gives the template and the inner maps that the attributes are read from.

use facegate_domain::{ModelId, Template, TemplateError};
use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError, Network};
use facegate_models::{Pack, TemplateSettings};

use crate::align::SIDE;
use crate::error::VisionError;
use crate::planar::{self, Order};
use crate::weights;

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
    /// Subtracted from unit templates; empty without centring.
    mean: Vec<f32>,
}

impl Embedder {
    /// Loads the network, and the mean template if the pack centres.
    pub fn load(pack: &Pack, backend: &dyn Backend) -> Result<Self, VisionError> {
        let settings = pack.manifest().template.clone();
        let mean = match &settings.mean {
            Some(name) => weights::f32_values(&weights::open(&pack.read(name)?)?, "mean", settings.dimension)?,
            None => Vec::new(),
        };
        let network = backend.load(&pack.read(&settings.network)?)?;
        Ok(Self { network, settings, model: pack.template_model()?, mean })
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
            let made = self.template(values).map_err(|error| InferenceError::Run(error.to_string()))?;
            embedded.template = Some(made);
        }
        embedded.inner = outputs.flatten().collect();
        Ok(embedded)
    }

    fn template(&self, values: Vec<f32>) -> Result<Template, TemplateError> {
        let unit = Template::new(self.model.clone(), values)?;
        if self.mean.is_empty() {
            return Ok(unit);
        }
        let centred = unit.values().iter().zip(&self.mean).map(|(v, m)| v - m).collect();
        Template::new(self.model.clone(), centred)
    }
}
