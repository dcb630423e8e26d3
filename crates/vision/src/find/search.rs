//! Small faces in large photos: when nothing that counts was found, the photo is looked at in more pixels.
//!
//! In pieces, because the detector's memory grows with its input: 2560 pixels in one look took 230 MB more than 1280, for each worker.
//! How small a face may be is in docs/accuracy/awkward-large.md (`facegate eval detect --degrade`).

use facegate_image::Pixels;
use facegate_inference::InferenceError;

use super::{Finder, Found, WEAK_SCORE, best};
use crate::resample::{Filter, Region, Resampler};

/// Longest side of a piece, in pixels of the look.
const PIECE: u32 = 704;
/// Pixels that neighbouring pieces share: larger faces were seen in the look before, at half the size.
const SHARED: u32 = 128;

impl Finder {
    /// Whether nothing was found that counts as a face, so that smaller faces should be looked for.
    pub fn wants_search(&self, found: Option<&Found>) -> bool {
        found.is_none_or(|found| best(&found.faces) < self.settings.score_threshold)
    }

    /// Long sides, growing, at which small faces are looked for in a photo whose long side is `long`; none if `find`
    /// has seen all its pixels.
    pub fn search_sizes(&self, long: u32) -> Vec<u32> {
        let mut sizes: Vec<_> = self.settings.search_sizes.iter().map(|size| long.min(*size)).collect();
        sizes.retain(|size| *size > self.settings.large_size);
        sizes.dedup();
        sizes
    }

    /// Every face of the upright photo, looked at with a long side of `size` pixels; `None` unless one is surer than
    /// the best of those found `before`.
    pub fn search(
        &mut self,
        photo: &Pixels,
        size: u32,
        before: Option<&Found>,
        resampler: &mut Resampler,
    ) -> Result<Option<Found>, InferenceError> {
        let scale = f64::from(size) / f64::from(photo.width().max(photo.height()));
        let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
        let back = (1.0 / scale) as f32;
        let mut faces = Vec::new();
        for (top, height) in pieces(side(photo.height())) {
            for (left, width) in pieces(side(photo.width())) {
                let cut = |start: u32, length: u32, side: u32| {
                    let start = f64::from(start) / scale;
                    (start, (f64::from(length) / scale).min(f64::from(side) - start))
                };
                let ((x, w), (y, h)) = (cut(left, width, photo.width()), cut(top, height, photo.height()));
                let region = Region { left: x, top: y, width: w, height: h };
                let piece = resampler.resample(photo, Some(region), width, height, Filter::Smooth);
                let found = self.yunet.run(&piece, false, WEAK_SCORE)?.into_iter();
                let placed = found.map(|face| face.moved(left as f32, top as f32).scaled(back, back));
                faces.extend(placed);
            }
        }
        let surer = best(&faces) > before.map_or(0.0, |found| best(&found.faces));
        Ok(if surer { self.found(0, faces, photo) } else { None })
    }
}

/// Start and length of the pieces that a side is cut into.
fn pieces(side: u32) -> Vec<(u32, u32)> {
    let count = side.saturating_sub(SHARED).div_ceil(PIECE - SHARED).max(1);
    let length = (side + (count - 1) * SHARED).div_ceil(count);
    (0..count).map(|i| (i * (side - length) / (count - 1).max(1), length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_side_and_share_enough() {
        for side in (1..6000).chain([2560, 1920, 65_535]) {
            let pieces = pieces(side);
            assert_eq!(pieces[0].0, 0);
            assert!(pieces.iter().all(|(_, length)| *length <= PIECE));
            let (last, length) = pieces[pieces.len() - 1];
            assert_eq!(last + length, side);
            for pair in pieces.windows(2) {
                assert!(pair[0].0 + pair[0].1 >= pair[1].0 + SHARED, "{side}: {pieces:?}");
            }
        }
    }
}
