//! Single steps of an analysis, for benches only (feature `stages`): the server never calls them one by one.

use facegate_image::Pixels;

use crate::report::{Landmarks, Quality};
use crate::resample::{Filter, Resampler};
use crate::{align, quality};

/// The aligned face, 112×112. `None` if the landmarks coincide.
pub fn align(photo: &Pixels, landmarks: &Landmarks) -> Option<Pixels> {
    align::align(photo, landmarks, &mut Resampler::default())
}

/// The photo with a long side of `side` pixels.
pub fn resize(photo: &Pixels, side: u32) -> Pixels {
    let scale = side as f32 / photo.width().max(photo.height()) as f32;
    let scaled = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
    Resampler::default().resample(photo, None, scaled(photo.width()), scaled(photo.height()), Filter::Smooth)
}

/// Everything that is called image quality, of an aligned face and a small picture of the whole photo.
pub fn quality(face: &Pixels, picture: &Pixels, landmarks: &Landmarks) -> Quality {
    let size = (picture.width() as f32, picture.height() as f32);
    quality::measure(&quality::Scene { face, picture, landmarks, size, strength: 1.0 })
}
