//! What blur and exposure do to pixels.

use std::collections::BTreeMap;

use facegate_image::Pixels;

/// Changes each pixel by itself.
pub(super) fn each(pixels: &Pixels, change: impl Fn([u8; 3]) -> [u8; 3]) -> Pixels {
    let data = pixels.data().as_chunks::<3>().0.iter().flat_map(|p| change(*p)).collect();
    Pixels::padded(pixels.width(), pixels.height(), data)
}

/// An sRGB sample with `factor` of its light (IEC 61966-2-1).
pub(super) fn exposed(sample: u8, factor: f32) -> u8 {
    let v = f32::from(sample) / 255.0;
    let light = factor * if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
    let v = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (v * 255.0).round() as u8
}

/// Weights of a Gaussian, σ in pixels.
pub(super) fn gaussian(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    normalised((-radius..=radius).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect())
}

/// `(dx, dy, weight)` of the pixels under a line through the origin: points a quarter of a pixel apart or closer, each
/// shared by the four pixels around it.
pub(super) fn line(length: f32, degrees: f32) -> Vec<(isize, isize, f32)> {
    let count = (4.0 * length).ceil().max(1.0) as usize;
    let (sin, cos) = degrees.to_radians().sin_cos();
    let mut weights = BTreeMap::new();
    for step in 0..count {
        let along = length * ((step as f32 + 0.5) / count as f32 - 0.5);
        let (x, y) = (along * cos, along * sin);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        for (dx, dy, share) in
            [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)]
        {
            *weights.entry((y.floor() as isize + dy, x.floor() as isize + dx)).or_insert(0.0) += share / count as f32;
        }
    }
    weights.into_iter().filter(|(_, weight)| *weight > 1e-6).map(|((dy, dx), weight)| (dx, dy, weight)).collect()
}

fn normalised(mut kernel: Vec<f32>) -> Vec<f32> {
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    kernel
}

/// Along the rows `(1, 0)` or the columns `(0, 1)`; the border is repeated.
pub(super) fn convolve(pixels: &Pixels, kernel: &[f32], (dx, dy): (isize, isize)) -> Pixels {
    let radius = kernel.len() as isize / 2;
    let taps = kernel.iter().zip(-radius..).map(|(weight, tap)| (dx * tap, dy * tap, *weight));
    smear(pixels, &taps.collect::<Vec<_>>())
}

/// Each pixel becomes the sum of those at the `(dx, dy)` with their weights; the border is repeated.
pub(super) fn smear(pixels: &Pixels, taps: &[(isize, isize, f32)]) -> Pixels {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let mut data = Vec::with_capacity(pixels.data().len());
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0.5f32; 3];
            for (dx, dy, weight) in taps {
                let near = |at: usize, by: isize, length: usize| at.saturating_add_signed(by).min(length - 1);
                let start = (near(y, *dy, height) * width + near(x, *dx, width)) * 3;
                if let Some(pixel) = pixels.data().get(start..start + 3) {
                    sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += weight * f32::from(*v));
                }
            }
            data.extend(sum.map(|v| v as u8));
        }
    }
    Pixels::padded(pixels.width(), pixels.height(), data)
}
