//! Passive liveness: does the picture show a person or a picture of one?
//!
//! The network's own probability is no chance: it doubts live people more often than it believes attacks. Two numbers
//! of the manifest make one of it (`python3 -m training.liveness`, docs/accuracy/liveness-calibration.md).

use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError, Input, Network};
use facegate_models::LivenessSettings;

use crate::crop;
use crate::planar::{self, Order};
use crate::report::{BoundingBox, Concerns, Liveness};
use crate::resample::Resampler;

const SIDE: u32 = 128;
const SHAPE: [usize; 4] = [1, 3, SIDE as usize, SIDE as usize];

/// A crop of less than this many times the face's box has too little around the face: live people are refused more
/// often. Set by experiments that no command repeats (docs/ACCURACY.md).
const MIN_SCALE: f32 = 1.4;

/// Pixels. Attacks on smaller faces pass more often. Set in the same way.
const MIN_WIDTH: f32 = 64.0;

/// The network is surer than it can know; beyond one in a million its answers count alike.
const SUREST: f32 = 1e-6;

/// A straight line between logits (Platt 1999): from the network's probability of being live to the chance of it, with as
/// many live people as attacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platt {
    /// Above 0.
    pub slope: f32,
    /// Added to the logit.
    pub offset: f32,
}

impl Platt {
    /// The chance, 0..1, for a probability 0..1 of the network.
    pub fn chance(&self, probability: f32) -> f32 {
        sigmoid(self.slope * logit(probability) + self.offset)
    }

    /// The network's probability, 0..1, for a chance.
    pub fn probability(&self, chance: f32) -> f32 {
        sigmoid((logit(chance) - self.offset) / self.slope)
    }
}

fn logit(probability: f32) -> f32 {
    let p = probability.clamp(SUREST, 1.0 - SUREST);
    (p / (1.0 - p)).ln()
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The liveness network of one worker.
pub(crate) struct LivenessNet {
    network: Box<dyn Network>,
    settings: LivenessSettings,
}

impl LivenessNet {
    pub fn new(backend: &dyn Backend, model: &[u8], settings: LivenessSettings) -> Result<Self, InferenceError> {
        Ok(Self { network: backend.load(model, Input::Fixed(&SHAPE))?, settings })
    }

    /// Judges the face in `face` (pixels of `photo`); needs the surroundings, so `photo` is the whole picture.
    pub fn judge(
        &mut self,
        photo: &Pixels,
        face: &BoundingBox,
        resampler: &mut Resampler,
    ) -> Result<Liveness, InferenceError> {
        let (crop, scale) = crop::fitted(photo, face, self.settings.crop_scale, SIDE, resampler);
        let mut input = planar::tensor(&crop, Order::Bgr, 0.0, 1.0);
        let mut probability = self.live(&input)?;
        if self.settings.mirror {
            planar::mirror(&mut input, SIDE as usize);
            probability = (probability + self.live(&input)?) / 2.0;
        }
        let platt = Platt { slope: self.settings.slope, offset: self.settings.offset };
        let probability = platt.chance(probability);
        let concerns =
            Concerns { too_close: scale < MIN_SCALE, too_small: face.right - face.left < MIN_WIDTH, covered: false };
        Ok(Liveness { live: probability >= self.settings.threshold, probability, concerns })
    }

    /// Softmax of class 0.
    fn live(&mut self, input: &[f32]) -> Result<f32, InferenceError> {
        let outputs = self.network.run(&SHAPE, input, &["output"])?;
        let logits = outputs.first().filter(|o| o.len() == 3).ok_or_else(|| InferenceError::Output("output".into()))?;
        let top = logits.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = logits.iter().map(|v| (v - top).exp()).sum();
        Ok((logits[0] - top).exp() / sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_keeps_the_order_stays_inside_and_goes_back() {
        let platt = Platt { slope: 0.8, offset: 0.6 };
        let probabilities = [0.0, 1e-5, 0.01, 0.321, 0.5, 0.9, 0.999, 1.0];
        let chances = probabilities.map(|p| platt.chance(p));
        assert!(chances.is_sorted() && chances.iter().all(|c| (0.0..=1.0).contains(c)), "{chances:?}");
        // 0.8 · ln(0.321 / 0.679) + 0.6 is 0.
        assert!((chances[3] - 0.5).abs() < 1e-3, "{chances:?}");
        for (p, chance) in probabilities.iter().zip(chances) {
            assert!((platt.probability(chance) - p).abs() < 1e-4, "{p} {chance}");
        }
        let none = Platt { slope: 1.0, offset: 0.0 };
        assert!((none.chance(0.37) - 0.37).abs() < 1e-6);
    }
}
