//! Pixels as the networks want them: planes of `f32`.

use facegate_image::Pixels;

/// Order of the planes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    Rgb,
    Bgr,
}

/// Writes `source` into the top-left region at (`left`, `top`) of three planes of `width` × `height`, each value as
/// `(v − mean) · scale`. `planes` has 3 · width · height values; what the source does not cover is left as it is.
pub(crate) fn write(
    source: &Pixels,
    order: Order,
    mean: f32,
    scale: f32,
    planes: &mut [f32],
    width: usize,
    at: (usize, usize),
) {
    let plane = planes.len() / 3;
    let (first, rest) = planes.split_at_mut(plane);
    let (second, third) = rest.split_at_mut(plane);
    let (red, green, blue) = match order {
        Order::Rgb => (first, second, third),
        Order::Bgr => (third, second, first),
    };
    let columns = source.width() as usize;
    for (y, row) in source.data().chunks_exact(columns * 3).enumerate() {
        let start = (y + at.1) * width + at.0;
        let span = start..start + columns;
        let (Some(r), Some(g), Some(b)) = (red.get_mut(span.clone()), green.get_mut(span.clone()), blue.get_mut(span))
        else {
            return;
        };
        for (((pixel, r), g), b) in row.as_chunks::<3>().0.iter().zip(r).zip(g).zip(b) {
            *r = (f32::from(pixel[0]) - mean) * scale;
            *g = (f32::from(pixel[1]) - mean) * scale;
            *b = (f32::from(pixel[2]) - mean) * scale;
        }
    }
}

/// All of `source` as a new `1 × 3 × height × width` tensor.
pub(crate) fn tensor(source: &Pixels, order: Order, mean: f32, scale: f32) -> Vec<f32> {
    let (w, h) = (source.width() as usize, source.height() as usize);
    let mut planes = vec![0.0; 3 * w * h];
    write(source, order, mean, scale, &mut planes, w, (0, 0));
    planes
}

/// Mirrors each row of a planar tensor of the given width.
pub(crate) fn mirror(planes: &mut [f32], width: usize) {
    planes.chunks_exact_mut(width).for_each(<[f32]>::reverse);
}
