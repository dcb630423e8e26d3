//! Blur of an aligned face: fine detail is missing in at least one direction.
//!
//! Out of focus takes fine detail away in all directions, motion along its path only, so a face is as sharp as its weakest
//! direction. Measured inside the face's ellipse at the aligned scale, so that neither the background nor the size of the
//! photo matters, and relative to coarse detail, so that neither light nor contrast of the skin does.
//!
//! What is put on top of a blur, as by saving it again as JPEG, passes for detail in the spectrum. The energy of the finest
//! detail is fooled less by that, but misses much of what moved; so either may call a face blurred. Noise hides a blur from
//! both. The rates of both together are in docs/accuracy/quality.md (`facegate eval quality --degrade`).

use std::ops::Range;
use std::sync::LazyLock;

use crate::align::SIDE;
use crate::luma::Luma;
use spectrum::Spectrum;

mod energy;
mod spectrum;

/// Missing detail (see [`missing_detail`]) from which a face is blurred. Chosen with [`MIN_FINEST`] so that together they
/// refuse about one in two hundred of the LFW photos as they are (docs/accuracy/quality.md).
const BLURRED: f32 = 5.85;
/// Energy of the finest detail (see [`energy::finest`]) below which a face is blurred.
const MIN_FINEST: f32 = 0.29;
/// Width of the score's step: a photo as sharp as most is well below the decision, and the score still tells degrees.
const STEP: f32 = 0.75;
/// Added to the coarse power: a picture without any detail counts as blurred. Faces have thousands.
const COARSE_FLOOR: f32 = 20.0;
/// Added to the fine power: less than what rounding to whole numbers leaves.
const FINE_FLOOR: f32 = 0.02;

/// What was measured of one face.
pub(crate) struct Blur {
    /// 0..1, blurred above 0.5.
    pub score: f32,
    /// Fine detail in the direction with the least, decibels relative to coarse detail: about −19 for good photos, less
    /// is blurred.
    pub detail: f32,
}

/// Measures an aligned face.
pub(crate) fn measure(face: &Luma) -> Blur {
    let missing = missing_detail(&Spectrum::of(face));
    let by_spectrum = 1.0 / (1.0 + ((BLURRED - missing) / STEP).exp());
    // Squared: sharp photos, whose energy is two to four times the least, stay well below the decision.
    let ratio = energy::finest(face).max(0.0) / MIN_FINEST;
    let by_energy = 1.0 / (1.0 + ratio * ratio);
    Blur { score: by_spectrum.max(by_energy), detail: -10.0 / std::f32::consts::LN_10 * missing }
}

/// Natural logarithm of coarse power to fine power in the direction with the least, mean of the bands' logarithms: a
/// band that motion took away counts even if the others are left.
fn missing_detail(spectrum: &Spectrum) -> f32 {
    let direction = |sector: usize| {
        let logs = spectrum.fine.iter().map(|band| (band[sector] + FINE_FLOOR).ln());
        logs.sum::<f32>() / spectrum.fine.len() as f32
    };
    let weakest = (0..spectrum::SECTORS).map(direction).fold(f32::INFINITY, f32::min);
    (spectrum.coarse + COARSE_FLOOR).ln() - weakest
}

/// The pixels of an aligned face that belong to the face, a span for each row: centre (56, 66), radii (38, 46).
pub(crate) static FACE: LazyLock<Vec<Range<usize>>> = LazyLock::new(|| {
    let side = SIDE as usize;
    let row = |y: usize| {
        let inside = |x: &usize| from_centre(*x, y) <= 1.0;
        let (first, last) = ((0..side).find(inside)?, (0..side).rfind(inside)?);
        Some(y * side + first..y * side + last + 1)
    };
    (0..side).filter_map(row).collect()
});

/// Square of the distance from the centre of the face's ellipse; 1 on it.
fn from_centre(x: usize, y: usize) -> f32 {
    let (dx, dy) = ((x as f32 - 56.0) / 38.0, (y as f32 - 66.0) / 46.0);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = SIDE as usize;

    /// Squares of all sizes, the larger the stronger, as in a face.
    fn sharp() -> Luma {
        let mut values = vec![128.0f32; N * N];
        for (size, contrast) in [(16, 90.0), (7, 60.0), (3, 20.0)] {
            for (i, value) in values.iter_mut().enumerate() {
                let cell = (i % N / size * 7919 + i / N / size * 104_729 + size) as u32;
                let random = (cell.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0;
                *value += contrast * (random - 0.5);
            }
        }
        Luma { width: N, values }
    }

    /// Mean over a length along a direction, between pixels too.
    fn moved(face: &Luma, length: f32, degrees: f32) -> Luma {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let at = |x: f32, y: f32| {
            let (x, y) = (x.clamp(0.0, (N - 2) as f32), y.clamp(0.0, (N - 2) as f32));
            let (i, fx, fy) = (y as usize * N + x as usize, x.fract(), y.fract());
            let row = |i: usize| face.values[i] * (1.0 - fx) + face.values[i + 1] * fx;
            row(i) * (1.0 - fy) + row(i + N) * fy
        };
        let mean = |i: usize| {
            let shifts = (0..64).map(|t| length * ((t as f32 + 0.5) / 64.0 - 0.5));
            shifts.map(|s| at((i % N) as f32 + s * cos, (i / N) as f32 + s * sin)).sum::<f32>() / 64.0
        };
        Luma { width: N, values: (0..N * N).map(mean).collect() }
    }

    #[test]
    fn motion_is_caught_in_every_direction_and_the_more_the_longer() {
        let face = sharp();
        assert!(measure(&face).score < 0.3, "{}", measure(&face).score);
        for degrees in (0..180).step_by(15) {
            let scores = [4.0, 8.0].map(|length| measure(&moved(&face, length, degrees as f32)).score);
            assert!(scores[1] > 0.5 && scores[0] < scores[1], "{degrees} degrees: {scores:?}");
        }
    }

    #[test]
    fn unsharp_in_all_directions_is_caught_too() {
        let soft = moved(&moved(&sharp(), 5.0, 0.0), 5.0, 90.0);
        assert!(measure(&soft).score > 0.5);
    }

    #[test]
    fn light_and_contrast_do_not_matter() {
        let face = sharp();
        let dim = Luma { width: N, values: face.values.iter().map(|v| 0.4 * v + 10.0).collect() };
        assert!((measure(&face).score - measure(&dim).score).abs() < 0.02);
    }

    #[test]
    fn a_picture_without_detail_is_blurred() {
        for value in [0.0, 128.0, 255.0] {
            assert!(measure(&Luma { width: N, values: vec![value; N * N] }).score > 0.5);
        }
    }
}
