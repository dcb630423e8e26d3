//! Square and rectangular crops around a face, at the size that a network wants.

use facegate_image::Pixels;

use crate::report::BoundingBox;
use crate::resample::{Filter, Region, Resampler};

/// A square of `side` photo pixels about a centre, at `size` × `size`; where it leaves the photo, the border is repeated.
pub(crate) fn square(source: &Pixels, centre: (f32, f32), side: f32, size: u32, resampler: &mut Resampler) -> Pixels {
    let (w, h) = (source.width() as f32, source.height() as f32);
    let side = side.max(1.0);
    let (left, top) = (centre.0 - side / 2.0, centre.1 - side / 2.0);
    let inside_x = (left.clamp(0.0, w - 1.0), (left + side).clamp(1.0, w));
    let inside_y = (top.clamp(0.0, h - 1.0), (top + side).clamp(1.0, h));
    let scale = size as f32 / side;
    // The part inside the photo is resized to its share of the crop, then its edges are repeated outwards.
    let spread = |inside: (f32, f32), start: f32| {
        let from = ((inside.0 - start) * scale).round().clamp(0.0, size as f32 - 1.0) as u32;
        let to = ((inside.1 - start) * scale).round().clamp(from as f32 + 1.0, size as f32) as u32;
        (from, to)
    };
    let (x0, x1) = spread(inside_x, left);
    let (y0, y1) = spread(inside_y, top);
    let region = Region {
        left: inside_x.0.into(),
        top: inside_y.0.into(),
        width: (inside_x.1 - inside_x.0).max(1.0).into(),
        height: (inside_y.1 - inside_y.0).max(1.0).into(),
    };
    let part = resampler.resample(source, Some(region), x1 - x0, y1 - y0, Filter::Smooth);
    if (x0, y0, x1, y1) == (0, 0, size, size) {
        return part;
    }
    let mut data = Vec::with_capacity((size * size * 3) as usize);
    for y in 0..size {
        let row = part.row(y.clamp(y0, y1 - 1) - y0);
        for x in 0..size {
            let start = (x.clamp(x0, x1 - 1) - x0) as usize * 3;
            data.extend_from_slice(row.get(start..start + 3).unwrap_or(&[0; 3]));
        }
    }
    Pixels::padded(size, size, data)
}

/// The face's box enlarged `scale` times about its centre, moved inside, resized to `size` × `size` without regard to its
/// shape (Silent-Face-Anti-Spoofing's `CropImage`, which the liveness network was trained with), and the smaller of
/// the scales that the photo allowed. Unlike there, width and height are limited each on its own: on photos that do not
/// allow the scale this refuses half as many live people (docs/ACCURACY.md).
pub(crate) fn fitted(
    source: &Pixels,
    face: &BoundingBox,
    scale: f32,
    size: u32,
    resampler: &mut Resampler,
) -> (Pixels, f32) {
    let (w, h) = (source.width() as f32, source.height() as f32);
    let (face_w, face_h) = ((face.right - face.left).max(1.0), (face.bottom - face.top).max(1.0));
    let (width, height) = ((face_w * scale).min(w - 1.0).max(1.0), (face_h * scale).min(h - 1.0).max(1.0));
    let left = ((face.left + face.right - width) / 2.0).clamp(0.0, (w - width).max(0.0));
    let top = ((face.top + face.bottom - height) / 2.0).clamp(0.0, (h - height).max(0.0));
    let region = Region { left: left.into(), top: top.into(), width: width.into(), height: height.into() };
    let crop = resampler.resample(source, Some(region), size, size, Filter::Plain);
    (crop, (width / face_w).min(height / face_h))
}
