//! Passive liveness: does the picture show a person or a picture of one?

use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError, Input, Network};
use facegate_models::LivenessSettings;

use crate::crop;
use crate::planar::{self, Order};
use crate::report::{BoundingBox, Concerns, Liveness};
use crate::resample::Resampler;

const SIDE: u32 = 128;
const SHAPE: [usize; 4] = [1, 3, SIDE as usize, SIDE as usize];

/// A crop of less than this many times the face's box has too little around the face: live people are refused twice as
/// often at 1.4, and every second one at 1.0 (docs/ACCURACY.md).
const MIN_SCALE: f32 = 1.4;

/// Pixels. Of faces 32 wide, one printed photo in seven passes; from 64 on none did.
const MIN_WIDTH: f32 = 64.0;

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
