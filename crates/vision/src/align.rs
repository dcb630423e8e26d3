//! Faces brought to the standard pose: 112×112 with eyes, nose and mouth where the embeddings expect them.

use facegate_image::Pixels;

use crate::geometry::Similarity;
use crate::report::{Landmarks, Point};
use crate::resample::{Filter, Region, Resampler};

/// Side of an aligned face in pixels.
pub(crate) const SIDE: u32 = 112;

/// Distance between the eyes of an aligned face in pixels.
pub const ALIGNED_EYES: f32 = 35.2;

/// Where the landmarks go (ArcFace's reference points, used by SFace and by fr_feature too).
const REFERENCE: [Point; 5] = [
    Point { x: 38.2946, y: 51.6963 },
    Point { x: 73.5318, y: 51.5014 },
    Point { x: 56.0252, y: 71.7366 },
    Point { x: 41.5493, y: 92.3655 },
    Point { x: 70.7299, y: 92.2041 },
];

/// Below this scale the face is shrunk smoothly before it is turned, so that nothing aliases.
const SHRINK_BELOW: f32 = 0.75;

/// The aligned face as 112×112 pixels; black where the photo has none. `None` if the landmarks coincide.
pub(crate) fn align(source: &Pixels, landmarks: &Landmarks, resampler: &mut Resampler) -> Option<Pixels> {
    Some(extract(source, &pose(landmarks)?, SIDE, resampler))
}

/// What takes the landmarks to their places in an aligned face. `None` if they coincide.
pub(crate) fn pose(landmarks: &Landmarks) -> Option<Similarity> {
    Similarity::fit(&landmarks.points(), &REFERENCE)
}

impl Landmarks {
    /// Pixels of an aligned face per pixel of the photo. `None` if the landmarks coincide.
    pub fn aligned_scale(&self) -> Option<f32> {
        pose(self).map(|pose| pose.scale())
    }
}

/// The `side` × `side` pixels that `forward` takes the source's pixels to; black where the source has none.
pub(crate) fn extract(source: &Pixels, forward: &Similarity, side: u32, resampler: &mut Resampler) -> Pixels {
    let backward = forward.inverse();
    if forward.scale() >= SHRINK_BELOW {
        return warp(source, side, |p| backward.apply(p));
    }
    let region = footprint(&backward, source, side);
    let width = (region.width as f32 * forward.scale()).ceil().max(1.0);
    let height = (region.height as f32 * forward.scale()).ceil().max(1.0);
    let small = resampler.resample(source, Some(region), width as u32, height as u32, Filter::Smooth);
    // Pixel centres: x_small + ½ = (x − left + ½) · sx.
    let (sx, sy) = (width / region.width as f32, height / region.height as f32);
    let (left, top) = (region.left as f32, region.top as f32);
    warp(&small, side, |p| {
        let p = backward.apply(p);
        Point { x: (p.x - left + 0.5) * sx - 0.5, y: (p.y - top + 0.5) * sy - 0.5 }
    })
}

/// The whole-pixel part of the source that is taken, with a margin.
fn footprint(backward: &Similarity, source: &Pixels, side: u32) -> Region {
    let end = side as f32;
    let corners = [(0.0, 0.0), (end, 0.0), (0.0, end), (end, end)].map(|(x, y)| backward.apply(Point { x, y }));
    let fold =
        |pick: fn(&Point) -> f32, choose: fn(f32, f32) -> f32, start| corners.iter().map(pick).fold(start, choose);
    let margin = 2.0 * backward.scale();
    let (w, h) = (source.width() as f32, source.height() as f32);
    let left = (fold(|p| p.x, f32::min, f32::MAX) - margin).floor().clamp(0.0, w - 1.0);
    let top = (fold(|p| p.y, f32::min, f32::MAX) - margin).floor().clamp(0.0, h - 1.0);
    let right = (fold(|p| p.x, f32::max, f32::MIN) + margin).ceil().clamp(left + 1.0, w);
    let bottom = (fold(|p| p.y, f32::max, f32::MIN) + margin).ceil().clamp(top + 1.0, h);
    Region { left: left.into(), top: top.into(), width: (right - left).into(), height: (bottom - top).into() }
}

/// Bilinear sampling of `source` at `place(x, y)` for each pixel of the result.
fn warp(source: &Pixels, side: u32, place: impl Fn(Point) -> Point) -> Pixels {
    let mut data = Vec::with_capacity((side * side * 3) as usize);
    for y in 0..side {
        for x in 0..side {
            data.extend_from_slice(&sample(source, place(Point { x: x as f32, y: y as f32 })));
        }
    }
    Pixels::padded(side, side, data)
}

/// The colour at a point between pixels; black outside.
fn sample(source: &Pixels, at: Point) -> [u8; 3] {
    let (w, h) = (source.width() as i64, source.height() as i64);
    if !(at.x > -1.0 && at.y > -1.0 && at.x < w as f32 && at.y < h as f32) {
        return [0; 3];
    }
    // Rounds down, since what is cut off is positive.
    let (x0, y0) = ((at.x + 1.0) as i64 - 1, (at.y + 1.0) as i64 - 1);
    let (fx, fy) = (at.x - x0 as f32, at.y - y0 as f32);
    if x0 >= 0 && y0 >= 0 && x0 + 1 < w && y0 + 1 < h {
        let pair = |y: i64| source.data().get((y * w + x0) as usize * 3..).and_then(<[u8]>::first_chunk::<6>);
        if let (Some(above), Some(below)) = (pair(y0), pair(y0 + 1)) {
            return std::array::from_fn(|c| {
                let row = |pixels: &[u8; 6]| f32::from(pixels[c]) * (1.0 - fx) + f32::from(pixels[c + 3]) * fx;
                (row(above) * (1.0 - fy) + row(below) * fy + 0.5) as u8
            });
        }
    }
    let mut sum = [0.5f32; 3];
    for (dx, dy, weight) in
        [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)]
    {
        let (x, y) = (x0 + dx, y0 + dy);
        if x >= 0 && y >= 0 && x < w && y < h {
            let start = (y * w + x) as usize * 3;
            if let Some(pixel) = source.data().get(start..start + 3) {
                sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += weight * f32::from(*v));
            }
        }
    }
    sum.map(|v| v as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_that_of_the_similarity() {
        // The reference points, turned by 30° and three times as large.
        let (sin, cos) = 30f32.to_radians().sin_cos();
        let far = |p: Point| Point { x: 3.0 * (cos * p.x - sin * p.y) + 7.0, y: 3.0 * (sin * p.x + cos * p.y) - 2.0 };
        let scale = Landmarks::from_points(REFERENCE.map(far)).aligned_scale().unwrap();
        assert!((scale - 1.0 / 3.0).abs() < 1e-5);
        assert_eq!(Landmarks::default().aligned_scale(), None);
    }
}
