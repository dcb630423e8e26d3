//! Which detail a face has in which direction: the power spectrum of an aligned face in sectors and bands.
//!
//! A plain Fourier transform at the few frequencies that are asked for: as quick here as a fast one of everything.

use std::f32::consts::{PI, TAU};
use std::sync::LazyLock;

use crate::align::SIDE;
use crate::blur::from_centre;
use crate::luma::Luma;

const N: usize = SIDE as usize;
/// Frequencies are multiples of 1/128 of a cycle per pixel.
const PERIOD: usize = 128;
/// More than the highest frequency that is looked at.
const COUNT: usize = 40;
/// Directions, half a turn in all.
pub(super) const SECTORS: usize = 16;
/// Bands of fine detail.
pub(super) const BANDS: usize = 6;
/// Coarse detail, cycles per pixel: shapes of 8 to 16 pixels, which no blur that matters here takes away.
const COARSE: (f32, f32) = (0.06, 0.12);
/// Each band of fine detail is this wide; the first begins where the coarse detail ends. Beyond the last, 0.30, coding and
/// sensor noise outweigh the face.
const WIDTH: f32 = 0.03;

/// Power densities (variance of the luma that white noise of that power would have).
pub(super) struct Spectrum {
    /// Of the coarse detail, all directions.
    pub coarse: f32,
    /// Of the fine detail; sector 0 is what varies from left to right, then clockwise.
    pub fine: [[f32; SECTORS]; BANDS],
}

/// What is the same for all faces.
struct Plan {
    window: Vec<f32>,
    /// Of the window's squares.
    weight: f32,
    /// `(cos, sin)` of x·k for x in 0..N, k in 0..COUNT.
    waves: Vec<([f32; COUNT], [f32; COUNT])>,
    /// Frequencies `(x, y, mirrored, cell)`; mirrored: −y. Cell `BANDS · SECTORS` is the coarse detail.
    bins: Vec<(usize, usize, bool, usize)>,
    /// Frequencies in each cell.
    counts: [f32; CELLS],
}

const CELLS: usize = BANDS * SECTORS + 1;

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let window: Vec<f32> = (0..N * N).map(|i| window(i % N, i / N)).collect();
    let angle = |x: usize, k: usize| TAU * (x * k % PERIOD) as f32 / PERIOD as f32;
    let waves = |x| (std::array::from_fn(|k| angle(x, k).cos()), std::array::from_fn(|k| angle(x, k).sin()));
    let mut bins = Vec::new();
    let mut counts = [0.0; CELLS];
    for (y, x) in (0..COUNT).flat_map(|y| (0..COUNT).map(move |x| (y, x))) {
        for mirrored in [false, true] {
            // A real picture has the same power at opposite frequencies: each pair is counted once.
            if mirrored && (x == 0 || y == 0) {
                continue;
            }
            let (fx, fy) = (x as f32 / PERIOD as f32, y as f32 / PERIOD as f32);
            if let Some(cell) = cell(fx, if mirrored { -fy } else { fy }) {
                bins.push((x, y, mirrored, cell));
                counts[cell] += 1.0;
            }
        }
    }
    Plan { weight: window.iter().map(|w| w * w).sum(), window, waves: (0..N).map(waves).collect(), bins, counts }
});

/// The face's ellipse and a little more, fading out.
fn window(x: usize, y: usize) -> f32 {
    let inside = ((1.15 - from_centre(x, y).sqrt()) / 0.3).clamp(0.0, 1.0);
    0.5 - 0.5 * (PI * inside).cos()
}

fn cell(fx: f32, fy: f32) -> Option<usize> {
    let frequency = fx.hypot(fy);
    if (COARSE.0..COARSE.1).contains(&frequency) {
        return Some(BANDS * SECTORS);
    }
    let band = ((frequency - COARSE.1) / WIDTH).floor();
    let sector = (fy.atan2(fx).rem_euclid(PI) / PI * SECTORS as f32).round() as usize % SECTORS;
    (0.0..BANDS as f32).contains(&band).then_some(band as usize * SECTORS + sector)
}

impl Spectrum {
    /// Of an aligned face.
    pub fn of(face: &Luma) -> Self {
        let plan = &*PLAN;
        let total: f32 = plan.window.iter().sum();
        let mean = face.values.iter().zip(&plan.window).map(|(v, w)| v * w).sum::<f32>() / total;
        let rows = rows(face, mean, plan);
        let columns: Vec<Column> = (0..COUNT).map(|k| column(&rows, k, plan)).collect();
        let mut power = [0.0f32; CELLS];
        for (x, y, mirrored, cell) in &plan.bins {
            let [rc, is, ic, rs] = columns[*y].map(|sums| sums[*x]);
            let (re, im) = if *mirrored { (rc - is, ic + rs) } else { (rc + is, ic - rs) };
            power[*cell] += re * re + im * im;
        }
        let density = |cell: usize| power[cell] / plan.counts[cell].max(1.0) / plan.weight;
        let fine = std::array::from_fn(|band| {
            // Sectors overlap by half: narrow ones hold too few frequencies to be steady.
            let around =
                |sector: usize| [sector + SECTORS - 1, sector, sector + 1].map(|s| band * SECTORS + s % SECTORS);
            std::array::from_fn(|sector| {
                let cells = around(sector);
                let count: f32 = cells.iter().map(|cell| plan.counts[*cell]).sum();
                cells.iter().map(|cell| power[*cell]).sum::<f32>() / count.max(1.0) / plan.weight
            })
        });
        Self { coarse: density(BANDS * SECTORS), fine }
    }
}

/// Real and imaginary parts of a row's transform.
type Row = ([f32; COUNT], [f32; COUNT]);
/// Sums down the rows, for each frequency along x: real·cos, imaginary·sin, imaginary·cos, real·sin.
type Column = [[f32; COUNT]; 4];

fn rows(face: &Luma, mean: f32, plan: &Plan) -> Vec<Row> {
    let pixels = face.values.chunks_exact(N).zip(plan.window.chunks_exact(N));
    let row = |(values, window): (&[f32], &[f32])| {
        let (mut re, mut im) = ([0.0f32; COUNT], [0.0f32; COUNT]);
        let pixels = values.iter().zip(window).zip(&plan.waves);
        // Pixels outside of the window: a third of all.
        for ((value, weight), (cos, sin)) in pixels.filter(|((_, weight), _)| **weight > 0.0) {
            let value = (value - mean) * weight;
            re.iter_mut().zip(cos).for_each(|(sum, c)| *sum += value * c);
            im.iter_mut().zip(sin).for_each(|(sum, s)| *sum -= value * s);
        }
        (re, im)
    };
    pixels.map(row).collect()
}

/// At frequency `k` along y.
fn column(rows: &[Row], k: usize, plan: &Plan) -> Column {
    let mut sums: Column = [[0.0; COUNT]; 4];
    for ((re, im), (cos, sin)) in rows.iter().zip(&plan.waves) {
        for (sum, (part, factor)) in sums.iter_mut().zip([(re, cos[k]), (im, sin[k]), (im, cos[k]), (re, sin[k])]) {
            sum.iter_mut().zip(part).for_each(|(s, v)| *s += v * factor);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave of `cycles` per pixel that varies along `degrees`.
    fn wave(cycles: f32, degrees: f32) -> Spectrum {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let phase = |i: usize| TAU * cycles * ((i % N) as f32 * cos + (i / N) as f32 * sin);
        Spectrum::of(&Luma { width: N, values: (0..N * N).map(|i| 128.0 + 60.0 * phase(i).sin()).collect() })
    }

    #[test]
    fn a_wave_is_found_in_its_band_and_direction() {
        for (cycles, band) in [(0.135, 0), (0.195, 2), (0.285, 5)] {
            for sector in 0..SECTORS {
                let fine = wave(cycles, sector as f32 * 180.0 / SECTORS as f32).fine;
                let most = fine.iter().flatten().copied().fold(0.0, f32::max);
                // Its sector and the two that overlap with it share it.
                assert!(fine[band][sector] > 0.5 * most, "{cycles} {sector}");
                assert!(fine[band][(sector + 8) % SECTORS] < fine[band][sector] / 1000.0, "{cycles} {sector}");
            }
        }
    }

    #[test]
    fn white_noise_has_its_variance_in_every_band() {
        let mut state = 1u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 24) as f32
        };
        // 12 uniform numbers have variance 1.
        let values = (0..N * N).map(|_| 128.0 + 4.0 * (0..12).map(|_| uniform() - 0.5).sum::<f32>()).collect();
        let spectrum = Spectrum::of(&Luma { width: N, values });
        for band in &spectrum.fine {
            let mean = band.iter().sum::<f32>() / SECTORS as f32;
            assert!((12.0..20.0).contains(&mean), "{mean}");
        }
        assert!((10.0..22.0).contains(&spectrum.coarse), "{}", spectrum.coarse);
    }
}
