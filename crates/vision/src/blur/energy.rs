//! The energy of the finest detail in all directions together: what JPEG compression adds to a blurred photo lies at other
//! frequencies than what this compares.

use super::in_face;
use crate::align::SIDE;
use crate::luma::Luma;

const N: usize = SIDE as usize;

/// `mean((g − G₁)²) / (mean((G₁ − G₂)²) + 1)` inside the face's ellipse; G₁, G₂: Gaussians of σ = 1, 2 pixels.
pub(super) fn finest(face: &Luma) -> f32 {
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

fn gaussian(values: &[f32], sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    let mut kernel: Vec<f32> = (-radius..=radius).map(|i| (-((i * i) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    along_columns(&along_rows(values, &kernel), &kernel)
}

/// The border is repeated.
fn along_rows(values: &[f32], kernel: &[f32]) -> Vec<f32> {
    let radius = kernel.len() / 2;
    let mut out = Vec::with_capacity(values.len());
    for row in values.chunks_exact(N) {
        let at = |x: usize| row[x.saturating_sub(radius).min(N - 1)];
        out.extend((0..N).map(|x| kernel.iter().enumerate().map(|(tap, weight)| weight * at(x + tap)).sum::<f32>()));
    }
    out
}

/// The border is repeated.
fn along_columns(values: &[f32], kernel: &[f32]) -> Vec<f32> {
    let radius = kernel.len() / 2;
    let mut out = vec![0.0f32; values.len()];
    for (y, target) in out.chunks_exact_mut(N).enumerate() {
        for (tap, weight) in kernel.iter().enumerate() {
            let source = (y + tap).saturating_sub(radius).min(N - 1);
            let row = &values[source * N..(source + 1) * N];
            target.iter_mut().zip(row).for_each(|(o, v)| *o += weight * v);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_takes_the_finest_detail_and_keeps_the_mean() {
        let values: Vec<f32> = (0..N * N).map(|i| ((i * 7919) % 251) as f32).collect();
        let soft = gaussian(&values, 1.5);
        let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        assert!((mean(&values) - mean(&soft)).abs() < 1.0);
        let (sharp, soft) = (Luma { width: N, values }, Luma { width: N, values: soft });
        assert!(finest(&sharp) > 4.0 * finest(&soft));
    }
}
