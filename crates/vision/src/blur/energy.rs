//! The energy of the finest detail in all directions together: what JPEG compression adds to a blurred photo lies at other
//! frequencies than what this compares.

use super::FACE;
use crate::align::SIDE;
use crate::luma::Luma;

const N: usize = SIDE as usize;

/// `mean((g − G₁)²) / (mean((G₁ − G₂)²) + 1)` inside the face's ellipse; G₁, G₂: Gaussians of σ = 1, 2 pixels.
pub(super) fn finest(face: &Luma) -> f32 {
    let (g1, g2) = (gaussian(&face.values, 1.0), gaussian(&face.values, 2.0));
    let (mut fine, mut coarse, mut count) = (0.0f32, 0.0f32, 0.0f32);
    for span in FACE.iter() {
        fine += difference(&face.values[span.clone()], &g1[span.clone()]);
        coarse += difference(&g1[span.clone()], &g2[span.clone()]);
        count += span.len() as f32;
    }
    (fine / count) / (coarse / count + 1.0)
}

/// Sum of the squared differences, in eight sums side by side as the processor adds them.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let (a, rest_a) = a.as_chunks::<8>();
    let (b, rest_b) = b.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += (a - b) * (a - b));
    }
    sums.iter().sum::<f32>() + rest_a.iter().zip(rest_b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
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
    let mut out = vec![0.0f32; values.len()];
    let mut wide = vec![0.0f32; N + 2 * radius];
    for (row, target) in values.chunks_exact(N).zip(out.chunks_exact_mut(N)) {
        wide[..radius].fill(row[0]);
        wide[radius..radius + N].copy_from_slice(row);
        wide[radius + N..].fill(row[N - 1]);
        for (tap, weight) in kernel.iter().enumerate() {
            target.iter_mut().zip(&wide[tap..]).for_each(|(o, v)| *o += weight * v);
        }
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
