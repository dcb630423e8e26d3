//! From compared photos to the calibration of the manifest.

mod manifest;

use facegate_domain::Calibration;

use crate::jobs::{Settings, all_pairs};
use crate::labels::Labels;
use crate::report::{Table, number, rate};
use crate::stats::PairScores;
use crate::{EvaluationError, Measurer};

pub use manifest::{replace, rewritten};

/// The similarity that each false match rate gets, as the contract (82 for 1e-4) and the manifest's comment say.
const ANCHORS: [(f64, f64); 5] = [(1e-2, 62.0), (1e-3, 73.0), (1e-4, 82.0), (1e-5, 88.0), (1e-6, 92.0)];
/// A rate takes part only if at least this many false matches stand behind it.
const LEAST: f64 = 2.0;
/// The rate that a calibration cannot do without, and the false matches that must stand behind it.
const ANCHOR: (f64, f64) = (1e-4, 10.0);

/// Points and rates for the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// (cosine, similarity), rounded to four decimals as the manifest has them.
    pub points: Vec<(f64, f64)>,
    /// (false match rate, cosine).
    pub rates: Vec<(f64, f64)>,
    /// Genuine pairs.
    pub genuine: usize,
    /// Impostor pairs.
    pub impostors: u64,
    /// Photos compared.
    pub photos: usize,
    /// People in them.
    pub people: usize,
    /// Rates that these photos cannot show.
    pub left_out: Vec<f64>,
}

/// Compares all photos with all others (columns `file`, `person`) and calibrates.
pub async fn calibrate(labels: &Labels, measurer: &Measurer, settings: &Settings) -> Result<Measured, EvaluationError> {
    measured(&all_pairs(labels, measurer, settings).await?.scores)
}

fn measured(scores: &PairScores) -> Result<Measured, EvaluationError> {
    let behind = |rate: f64| rate * scores.impostor_count() as f64;
    if behind(ANCHOR.0) < ANCHOR.1 {
        let wanted = (ANCHOR.1 / ANCHOR.0) as u64;
        return Err(EvaluationError::TooLittle(format!(
            "{} impostor pairs cannot show a false match rate of {:e}: at least {wanted} are needed (about {} photos of \
             different people)",
            scores.impostor_count(),
            ANCHOR.0,
            (2.0 * wanted as f64).sqrt().ceil()
        )));
    }
    let shown: Vec<(f64, f64)> = ANCHORS.into_iter().filter(|(rate, _)| behind(*rate) >= LEAST).collect();
    let left_out = ANCHORS.iter().map(|(rate, _)| *rate).filter(|rate| behind(*rate) < LEAST).collect();
    let rates: Vec<f64> = shown.iter().map(|(rate, _)| *rate).collect();
    let thresholds = scores.sweep(&vec![1.0; scores.photos()], &rates).thresholds;
    // Upwards: a threshold that was rounded down would let one more pair through.
    let cosines: Vec<f64> = thresholds.iter().map(|t| (f64::from(*t) * 1e4).ceil() / 1e4).collect();
    let mut points = vec![(-1.0, 0.0), (0.0, 25.0)];
    points.extend(cosines.iter().zip(&shown).map(|(cosine, (_, similarity))| (*cosine, *similarity)));
    points.push((1.0, 100.0));
    // The largest rate shapes the curve only; nobody should set a threshold there.
    let kept = rates.iter().zip(&cosines).filter(|(rate, _)| **rate < 1e-2);
    let rates: Vec<(f64, f64)> = kept.map(|(rate, cosine)| (*rate, *cosine)).collect();
    Calibration::new(points.clone(), rates.clone()).map_err(|error| {
        EvaluationError::TooLittle(format!("these photos give no calibration: {error}; the cosines are {cosines:?}"))
    })?;
    Ok(Measured {
        points,
        rates,
        genuine: scores.genuine().len(),
        impostors: scores.impostor_count(),
        photos: scores.photos(),
        people: scores.clusters(),
        left_out,
    })
}

impl Measured {
    /// What changes, for people.
    pub fn table(&self, old: &Calibration) -> Table {
        let mut table =
            Table::new("Calibration", &["FMR", "similarity", "cosine now", "cosine measured"]).noted(format!(
                "{} photos of {} people: {} genuine, {} impostor pairs.{}",
                self.photos,
                self.people,
                self.genuine,
                self.impostors,
                if self.left_out.is_empty() {
                    String::new()
                } else {
                    let names: Vec<String> = self.left_out.iter().map(|r| format!("{r:e}")).collect();
                    format!(" Too few pairs for FMR {}.", names.join(", "))
                }
            ));
        for (cosine, similarity) in &self.points {
            if let Some((fmr, _)) = ANCHORS.iter().find(|(_, anchor)| anchor == similarity) {
                let before = f64::from(old.cosine(*similarity));
                table.row([rate(*fmr), number(*similarity, 0), number(before, 4), number(*cosine, 4)]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People with two photos: genuine 0.6, impostors with P(score ≥ s) = (1 − 2s)⁴.
    fn scores(people: u32) -> PairScores {
        let person: Vec<u32> = (0..people * 2).map(|i| i / 2).collect();
        let mix = |i: usize, j: usize| {
            let h = (i as u64 * 1_000_003 + j as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (h >> 40) as f32 / (1u64 << 24) as f32
        };
        PairScores::all(&person, 1.0, move |i, j| if i / 2 == j / 2 { 0.6 } else { 0.5 - 0.5 * mix(i, j).powf(0.25) })
    }

    #[test]
    fn the_anchors_are_the_quantiles() {
        let found = measured(&scores(600)).unwrap();
        assert_eq!(found.points.iter().map(|p| p.1).collect::<Vec<_>>(), [0.0, 25.0, 62.0, 73.0, 82.0, 88.0, 100.0]);
        assert_eq!((found.left_out.as_slice(), found.genuine, found.people), (&[1e-6][..], 600, 600));
        assert_eq!(found.rates.len(), 3);
        for (rate, cosine) in &found.rates {
            let expected = 0.5 - 0.5 * rate.powf(0.25);
            assert!((cosine - expected).abs() < 0.02, "{rate} {cosine} {expected}");
        }
        assert_eq!(found.table(&Calibration::new(found.points.clone(), found.rates.clone()).unwrap()).rows.len(), 4);
    }

    #[test]
    fn too_few_pairs_are_refused() {
        let error = measured(&scores(100)).unwrap_err().to_string();
        assert!(error.contains("100000"), "{error}");
    }
}
