//! Curves over all thresholds, from scores in bins: fine enough for a plot, and small however many pairs there are.

use serde::Serialize;

use super::{Pair, PairScores};

/// Bins per unit of score.
const FINENESS: f32 = 10_000.0;
/// Bins from −1 to 1.
const BINS: usize = 20_001;

/// How many scores (−1..1) fell where.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    bins: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: vec![0; BINS] }
    }
}

impl Histogram {
    pub(super) fn of(pairs: &[Pair]) -> Self {
        let mut made = Self::default();
        pairs.iter().for_each(|pair| made.add(pair.score));
        made
    }

    pub(super) fn add(&mut self, score: f32) {
        // The cast saturates: what is outside falls into the bins at the ends.
        let bin = (((score + 1.0) * FINENESS) as usize).min(BINS - 1);
        if let Some(count) = self.bins.get_mut(bin) {
            *count += 1;
        }
    }

    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.bins.iter_mut().zip(&other.bins).for_each(|(a, b)| *a += b);
        self
    }

    pub(super) fn total(&self) -> u64 {
        self.bins.iter().sum()
    }

    /// A score that at least this share of all reach, and not many more.
    pub(super) fn score_of_top(&self, share: f64) -> f32 {
        let wanted = (share * self.total() as f64).ceil() as u64;
        let mut above = 0;
        for (bin, count) in self.bins.iter().enumerate().rev() {
            above += count;
            if above >= wanted {
                // A little lower: which bin a score fell into was decided by a rounded product.
                return (bin as f32 - 0.01) / FINENESS - 1.0;
            }
        }
        -1.0
    }
}

/// Both error rates at one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Cosine.
    pub threshold: f64,
    /// False match rate, 0..1.
    pub fmr: f64,
    /// False non-match rate, 0..1.
    pub fnmr: f64,
}

/// Points nearer to the last one than this in both directions are left out.
const STEP_DECADES: f64 = 0.02;
const STEP_FNMR: f64 = 0.002;

impl PairScores {
    /// (cosine, share of the scores within 0.02) of genuine and of impostor pairs.
    pub fn densities(&self) -> [Vec<(f64, f64)>; 2] {
        const WIDTH: usize = 200;
        let density = |histogram: &Histogram| {
            let all = histogram.total() as f64;
            let middle = |i: usize| (i * WIDTH + WIDTH / 2) as f64 / f64::from(FINENESS) - 1.0;
            let share = |bins: &[u64]| bins.iter().sum::<u64>() as f64 / all;
            histogram.bins.chunks(WIDTH).enumerate().map(|(i, bins)| (middle(i), share(bins))).collect()
        };
        [density(&self.histogram.0), density(&self.histogram.1)]
    }

    /// The trade-off over all thresholds, strictest last; a few hundred points.
    pub fn curve(&self) -> Vec<CurvePoint> {
        let (genuine, impostor) = &self.histogram;
        let (all_genuine, all_impostor) = (genuine.total() as f64, impostor.total() as f64);
        let (mut missed, mut matched) = (0u64, impostor.total());
        let mut points: Vec<CurvePoint> = Vec::new();
        for (bin, (g, i)) in genuine.bins.iter().zip(&impostor.bins).enumerate() {
            let threshold = bin as f64 / f64::from(FINENESS) - 1.0;
            let point = CurvePoint { threshold, fmr: matched as f64 / all_impostor, fnmr: missed as f64 / all_genuine };
            let far = points.last().is_none_or(|last| {
                (last.fmr / point.fmr).log10().abs() > STEP_DECADES || point.fnmr - last.fnmr > STEP_FNMR
            });
            if far && matched > 0 {
                points.push(point);
            }
            missed += g;
            matched -= i;
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_runs_from_all_match_to_none() {
        let pairs: Vec<(Pair, bool)> = (0..200)
            .map(|i| {
                (
                    Pair { score: f32::from(i as i16) / 200.0 - f32::from(i16::from(i % 2 == 0)) * 0.3, a: 0, b: 1 },
                    i % 2 == 1,
                )
            })
            .collect();
        let curve = PairScores::listed(&[0, 1], &pairs).curve();
        let (first, last) = (curve.first().unwrap(), curve.last().unwrap());
        assert_eq!((first.fmr, first.fnmr), (1.0, 0.0));
        assert!(last.fmr <= 0.02 && last.fnmr > 0.5, "{last:?}");
        assert!(curve.windows(2).all(|w| w[0].fmr >= w[1].fmr && w[0].fnmr <= w[1].fnmr));
    }

    #[test]
    fn the_top_share_is_reached() {
        let mut bins = Histogram::default();
        (0..1000).for_each(|i| bins.add(i as f32 / 1000.0));
        let score = bins.score_of_top(0.03);
        assert!((0.969..=0.97).contains(&score), "{score}");
        bins.add(-7.0);
        bins.add(f32::NAN);
        assert_eq!(bins.total(), 1002);
    }
}
