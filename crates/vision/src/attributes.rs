//! What is worn: logistic heads on the embedding's inner maps and on one small network that sees head and shoulders.

use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError, Input, Network};
use facegate_models::AttributeThresholds;
use safetensors::SafeTensors;

use crate::crop;
use crate::error::VisionError;
use crate::planar::{self, Order};
use crate::report::{Attributes, BoundingBox};
use crate::resample::Resampler;
use crate::weights;

/// Numbers from the embedding network (see `embedding.rs`).
const INNER: usize = 1024 + 2048;
/// Numbers from the context network: 3×3×112.
const CONTEXT: usize = 1008;
/// Side of the context crop in pixels.
const SIDE: u32 = 128;
const SHAPE: [usize; 4] = [1, 3, SIDE as usize, SIDE as usize];
/// Side of the context crop in units of the face box's longer side, and how far it is moved up, in units of its side.
const CONTEXT_SCALE: f32 = 2.2;
const CONTEXT_LIFT: f32 = 0.15;

/// One logistic head: probability = σ(weights · features + bias).
struct Head {
    weights: Vec<f32>,
    bias: f32,
}

/// The attribute heads and their context network, of one worker.
pub(crate) struct AttributeNet {
    context: Box<dyn Network>,
    heads: [Head; 5],
    thresholds: AttributeThresholds,
}

impl AttributeNet {
    pub fn new(
        backend: &dyn Backend,
        context: &[u8],
        heads: &[u8],
        thresholds: AttributeThresholds,
    ) -> Result<Self, VisionError> {
        let tensors = weights::open(heads)?;
        let head = |name: &str| Head::read(&tensors, name);
        let heads = [head("sunglasses")?, head("mask")?, head("veil")?, head("hat")?, head("eyeglasses")?];
        Ok(Self { context: backend.load(context, Input::Fixed(&SHAPE))?, heads, thresholds })
    }

    /// Judges a face from its features.
    pub fn judge(&self, features: &[f32]) -> Attributes {
        let [sunglasses, mask, veil, hat, eyeglasses] = self.heads.each_ref().map(|head| head.probability(features));
        let t = &self.thresholds;
        Attributes {
            sunglasses: sunglasses >= t.sunglasses,
            sunglasses_score: sunglasses,
            mask: mask >= t.mask,
            mask_score: mask,
            veil: veil >= t.veil,
            veil_score: veil,
            hat: hat >= t.hat,
            hat_score: hat,
            eyeglasses: eyeglasses >= t.eyeglasses,
            eyeglasses_score: eyeglasses,
        }
    }

    /// `inner` (the embedding's maps) followed by the context's numbers: [`feature_count`] values.
    pub fn features(
        &mut self,
        mut inner: Vec<f32>,
        photo: &Pixels,
        face: &BoundingBox,
        resampler: &mut Resampler,
    ) -> Result<Vec<f32>, InferenceError> {
        let side = (face.right - face.left).max(face.bottom - face.top) * CONTEXT_SCALE;
        let centre = ((face.left + face.right) / 2.0, (face.top + face.bottom) / 2.0 - CONTEXT_LIFT * side);
        let crop = crop::square(photo, centre, side, SIDE, resampler);
        let input = planar::tensor(&crop, Order::Rgb, 127.0, 1.0 / 128.0);
        let outputs = self.context.run(&SHAPE, &input, &["context"])?;
        inner.extend(outputs.into_iter().flatten());
        if inner.len() != feature_count() {
            return Err(InferenceError::Output("attr_global, attr_grid, context".into()));
        }
        Ok(inner)
    }
}

/// Numbers that the heads see for one face.
pub const fn feature_count() -> usize {
    INNER + CONTEXT
}

impl Head {
    fn read(tensors: &SafeTensors<'_>, name: &str) -> Result<Self, VisionError> {
        let values = |part: &str, count| weights::f32_values(tensors, &format!("{name}.{part}"), count);
        let bias = values("bias", 1)?;
        Ok(Self { weights: values("weight", feature_count())?, bias: bias.first().copied().unwrap_or_default() })
    }

    fn probability(&self, features: &[f32]) -> f32 {
        let sum: f32 = self.weights.iter().zip(features).map(|(w, f)| w * f).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }
}
