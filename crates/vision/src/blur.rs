//! Blur of an aligned face, by two measures that agree on what is sharp and fail on different kinds of blur.
//!
//! Both look at the face inside an ellipse, at the aligned scale, so that neither the background nor the size of the
//! photo matters. Thresholds: calibrated on LFW (see `docs/ACCURACY.md`), where they refuse 1 % of untouched photos.

use crate::align::SIDE;
use crate::luma::Luma;

const N: usize = SIDE as usize;

/// High-frequency energy relative to the band below it; less is blurred.
const MIN_HIGH_FREQUENCY: f32 = 0.304;

/// Crété-Roffet re-blur ratio; more is blurred.
const MAX_REBLUR: f32 = 0.609;

/// Taps of the re-blur filter (Crété-Roffet et al. 2007, "The blur effect", section 3).
const TAPS: usize = 9;

/// What was measured of one face.
pub(crate) struct Blur {
    /// 0..1, blurred from 0.5 on: the worse of the two measures.
    pub score: f32,
    /// See [`high_frequency`].
    pub high_frequency: f32,
}

/// Measures an aligned face.
pub(crate) fn measure(face: &Luma) -> Blur {
    let high = high_frequency(face);
    let by_high = MIN_HIGH_FREQUENCY / (MIN_HIGH_FREQUENCY + high.max(0.0));
    let reblur = reblur(face);
    let by_reblur = match reblur {
        r if r <= MAX_REBLUR => 0.5 * r / MAX_REBLUR,
        r => 0.5 + 0.5 * (r - MAX_REBLUR) / (1.0 - MAX_REBLUR),
    };
    Blur { score: by_high.max(by_reblur).clamp(0.0, 1.0), high_frequency: high }
}

/// `mean((g − G₁)²) / (mean((G₁ − G₂)²) + 1)` inside the ellipse; G₁, G₂: Gaussians of σ = 1, 2 pixels.
pub(crate) fn high_frequency(face: &Luma) -> f32 {
    let (g1, g2) = (gaussian(&face.values, 1.0), gaussian(&face.values, 2.0));
    let (mut fine, mut coarse, mut count) = (0.0f32, 0.0f32, 0.0f32);
    for (i, ((g, a), b)) in face.values.iter().zip(&g1).zip(&g2).enumerate() {
        if in_face(i % N, i / N) {
            fine += (g - a) * (g - a);
            coarse += (a - b) * (a - b);
            count += 1.0;
        }
    }
    (fine / count) / (coarse / count + 1.0)
}

/// The larger of the Crété-Roffet ratios along x and y: how little a further blur changes the picture, 0..1.
pub(crate) fn reblur(face: &Luma) -> f32 {
    ratio(&face.values, 1).max(ratio(&face.values, N))
}

fn ratio(values: &[f32], step: usize) -> f32 {
    let blurred = convolve(values, &[1.0 / TAPS as f32; TAPS], step);
    let (mut before, mut lost) = (0.0f32, 0.0f32);
    for i in step..values.len() {
        if in_face(i % N, i / N) {
            let sharp = (values[i] - values[i - step]).abs();
            let soft = (blurred[i] - blurred[i - step]).abs();
            before += sharp;
            lost += (sharp - soft).max(0.0);
        }
    }
    if before <= f32::EPSILON { 1.0 } else { (before - lost) / before }
}

/// Whether an aligned pixel belongs to the face: centre (56, 66), radii (38, 46).
pub(crate) fn in_face(x: usize, y: usize) -> bool {
    let (dx, dy) = ((x as f32 - 56.0) / 38.0, (y as f32 - 66.0) / 46.0);
    dx * dx + dy * dy <= 1.0
}

fn gaussian(values: &[f32], sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    let mut kernel: Vec<f32> = (-radius..=radius).map(|i| (-((i * i) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    convolve(&convolve(values, &kernel, 1), &kernel, N)
}

/// One-dimensional convolution of the N×N picture along x (`step` 1) or y (`step` N); the border is repeated.
fn convolve(values: &[f32], kernel: &[f32], step: usize) -> Vec<f32> {
    let radius = (kernel.len() / 2) as isize;
    let mut out = vec![0.0f32; values.len()];
    for (tap, weight) in kernel.iter().enumerate() {
        let shift = tap as isize - radius;
        for y in 0..N as isize {
            let source_y = if step == 1 { y } else { (y + shift).clamp(0, N as isize - 1) };
            let target = &mut out[y as usize * N..(y as usize + 1) * N];
            let source = &values[source_y as usize * N..(source_y as usize + 1) * N];
            if step != 1 {
                target.iter_mut().zip(source).for_each(|(o, v)| *o += weight * v);
                continue;
            }
            for (x, o) in target.iter_mut().enumerate() {
                *o += weight * source[(x as isize + shift).clamp(0, N as isize - 1) as usize];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(face: &Luma) -> f32 {
        measure(face).score
    }

    fn stripes(period: usize) -> Luma {
        let values = (0..N * N)
            .map(|i| if (i % N / period + i / N / period).is_multiple_of(2) { 60.0 } else { 180.0 })
            .collect();
        Luma { width: N, values }
    }

    #[test]
    fn a_blurred_picture_scores_higher_than_a_sharp_one() {
        let sharp = stripes(6);
        let soft = Luma { width: N, values: gaussian(&sharp.values, 3.0) };
        assert!(score(&sharp) < 0.5 && score(&soft) > 0.5, "{} {}", score(&sharp), score(&soft));
    }

    #[test]
    fn a_flat_picture_is_as_blurred_as_can_be() {
        let flat = Luma { width: N, values: vec![128.0; N * N] };
        assert_eq!(score(&flat), 1.0);
    }
}
