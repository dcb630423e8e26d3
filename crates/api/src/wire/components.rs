//! The components of image quality, an extra of ours after ISO/IEC 29794-5.

use facegate_vision::{Component, Components};
use serde::Serialize;
use utoipa::ToSchema;

use super::blocks::round;

/// What was measured (`raw`) and what it is worth, from 0 (bad) to 100 (good). Nothing is decided by it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComponentBlock {
    raw: f64,
    score: f64,
}

/// Components of image quality, for people who take and check photos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComponentsBlock {
    /// How much of a face the networks see: about 1 for an ordinary good photo.
    unified: ComponentBlock,
    /// Fine detail of the face in decibels relative to coarse detail, in the direction with the least; about -19 is good.
    sharpness: ComponentBlock,
    /// What the brightness of the face's halves has in common, 0..1.
    illumination_uniformity: ComponentBlock,
    /// Share of black pixels in the face, 0..1.
    under_exposure: ComponentBlock,
    /// Share of white pixels in the face, 0..1.
    over_exposure: ComponentBlock,
    /// Pixels between the eyes.
    inter_eye_distance: ComponentBlock,
    /// Height of the head as a share of the picture's, estimated.
    head_size: ComponentBlock,
    /// Degrees towards the right of the image, estimated.
    yaw: ComponentBlock,
    /// Degrees down, estimated.
    pitch: ComponentBlock,
    /// Degrees that the head leans clockwise.
    roll: ComponentBlock,
    /// Distance of the face from the middle, as a share of half the diagonal.
    centring: ComponentBlock,
}

impl ComponentBlock {
    fn new(component: Component) -> Self {
        Self { raw: round(component.raw.into(), 4), score: round(component.score.into(), 1) }
    }
}

impl ComponentsBlock {
    pub fn new(c: &Components) -> Self {
        Self {
            unified: ComponentBlock::new(c.unified),
            sharpness: ComponentBlock::new(c.sharpness),
            illumination_uniformity: ComponentBlock::new(c.illumination_uniformity),
            under_exposure: ComponentBlock::new(c.under_exposure),
            over_exposure: ComponentBlock::new(c.over_exposure),
            inter_eye_distance: ComponentBlock::new(c.inter_eye_distance),
            head_size: ComponentBlock::new(c.head_size),
            yaw: ComponentBlock::new(c.yaw),
            pitch: ComponentBlock::new(c.pitch),
            roll: ComponentBlock::new(c.roll),
            centring: ComponentBlock::new(c.centring),
        }
    }
}
