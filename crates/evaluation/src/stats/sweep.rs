//! From scores to error rates and thresholds, under weights for the photos.
//!
//! One function serves the figure itself (all weights 1), its bootstrap (weights of drawn people), splits into halves
//! and folds (0 or 1), and the discarding of poor photos (0 for those discarded).

use super::{Pair, PairScores};

/// Thresholds and misses at wanted false match rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The least score at which no more than the wanted share of impostors match, in the order of the rates.
    pub thresholds: Vec<f32>,
    /// Share of genuine pairs below that threshold.
    pub fnmr: Vec<f64>,
}

impl PairScores {
    /// Thresholds and false non-match rates at false match rates.
    ///
    /// Where even the highest impostor is too many, the threshold is just above it. Rates above those kept
    /// ([`PairScores::all`] keeps 3 %) get the lowest kept score.
    pub fn sweep(&self, photos: &[f64], rates: &[f64]) -> Sweep {
        let thresholds = self.thresholds(photos, rates);
        let fnmr = self.misses(photos, &thresholds);
        Sweep { thresholds, fnmr }
    }

    fn thresholds(&self, photos: &[f64], rates: &[f64]) -> Vec<f32> {
        let total = self.impostor_weight(photos);
        let mut order: Vec<(usize, f64)> = rates.iter().copied().enumerate().collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut thresholds = vec![1.0; rates.len()];
        let mut groups = self.impostor.chunk_by(|a, b| a.score == b.score).peekable();
        let mut best = self.impostor.first().map_or(1.0, |top| top.score.next_up());
        let mut matched = 0.0;
        for (index, rate) in order {
            // A hair more, so that rounding does not keep out a pair that just fits.
            let allowed = rate * total * (1.0 + 1e-12);
            while let Some(group) = groups.peek() {
                let weight: f64 = group.iter().map(|pair| self.weight(pair, photos)).sum();
                if matched + weight > allowed {
                    break;
                }
                matched += weight;
                best = group.first().map_or(best, |pair| pair.score);
                groups.next();
            }
            if let Some(threshold) = thresholds.get_mut(index) {
                *threshold = best;
            }
        }
        thresholds
    }

    /// Share of impostor pairs with at least this score, which must not be below those kept.
    pub fn fmr(&self, photos: &[f64], threshold: f32) -> f64 {
        let matched = self.impostor.iter().take_while(|pair| pair.score >= threshold);
        // `fold`: the sum of nothing is −0, which people would see.
        matched.map(|pair| self.weight(pair, photos)).fold(0.0, |a, b| a + b) / self.impostor_weight(photos)
    }

    /// Number of impostor pairs with at least this score.
    pub fn false_matches(&self, threshold: f32) -> u64 {
        self.impostor.partition_point(|pair| pair.score >= threshold) as u64
    }

    /// Share of genuine pairs below this score.
    pub fn fnmr(&self, photos: &[f64], threshold: f32) -> f64 {
        self.misses(photos, &[threshold]).first().copied().unwrap_or(f64::NAN)
    }

    fn misses(&self, photos: &[f64], thresholds: &[f32]) -> Vec<f64> {
        let (mut missed, mut total) = (vec![0.0; thresholds.len()], 0.0);
        for pair in &self.genuine {
            let weight = self.weight(pair, photos);
            total += weight;
            for (missed, threshold) in missed.iter_mut().zip(thresholds) {
                if pair.score < *threshold {
                    *missed += weight;
                }
            }
        }
        missed.into_iter().map(|m| m / total).collect()
    }

    /// Genuine (lowest first) and impostor scores (highest first) with their weights, and the weight of all impostors.
    pub(super) fn weighted(&self, photos: &[f64]) -> ([Vec<(f32, f64)>; 2], f64) {
        let list = |pairs: &[Pair]| pairs.iter().map(|pair| (pair.score, self.weight(pair, photos))).collect();
        ([list(&self.genuine), list(&self.impostor)], self.impostor_weight(photos))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(genuine: &[f32], impostor: &[f32]) -> PairScores {
        let pairs = |scores: &[f32], same: bool| -> Vec<(Pair, bool)> {
            scores.iter().map(|score| (Pair { score: *score, a: 0, b: 1 }, same)).collect()
        };
        PairScores::listed(&[0, 1], &[pairs(genuine, true), pairs(impostor, false)].concat())
    }

    #[test]
    fn by_hand() {
        let scores = listed(&[0.1, 0.4, 0.6, 0.8], &[0.5, 0.3, 0.3, 0.2, 0.0]);
        let all = [1.0, 1.0];
        let sweep = scores.sweep(&all, &[0.1, 0.2, 0.5, 0.6, 1.0]);
        // Two impostors share 0.3: a rate that allows one of them allows none.
        assert_eq!(sweep.thresholds, [0.5f32.next_up(), 0.5, 0.5, 0.3, 0.0]);
        assert_eq!(sweep.fnmr, [0.5, 0.5, 0.5, 0.25, 0.0]);
        assert_eq!((scores.fmr(&all, 0.3), scores.fnmr(&all, 0.6), scores.false_matches(0.3)), (0.6, 0.5, 3));
    }

    proptest! {
        #[test]
        fn as_brute_force(
            scores in prop::collection::vec(-20i8..20, 66), weights in prop::collection::vec(0u8..4, 4),
            rate in 0.001..0.9f64,
        ) {
            let person: Vec<u32> = (0..12).map(|i| i / 3).collect();
            let score = |i: usize, j: usize| f32::from(scores[i * (23 - i) / 2 + j - i - 1]) / 20.0;
            let pairs = PairScores::all(&person, -1.0, score);
            let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
            let photos = pairs.photo_weights(&weights);
            // A set of photos in which each drawn person stands as often as it was drawn.
            let copies: Vec<usize> = (0..12usize).flat_map(|i| vec![i; photos[i] as usize]).collect();
            let mut impostor = Vec::new();
            for (n, i) in copies.iter().enumerate() {
                for j in copies.iter().skip(n + 1) {
                    if person[*i] != person[*j] {
                        impostor.push(score(*i.min(j), *i.max(j)));
                    }
                }
            }
            prop_assume!(!impostor.is_empty());
            let share = |t: f32| impostor.iter().filter(|s| **s >= t).count() as f64 / impostor.len() as f64;
            let sweep = pairs.sweep(&photos, &[rate]);
            let threshold = sweep.thresholds[0];
            prop_assert!((pairs.fmr(&photos, threshold) - share(threshold)).abs() < 1e-12);
            prop_assert!(share(threshold) <= rate + 1e-12);
            // The least such score among the impostors' own.
            let least = impostor.iter().copied().filter(|s| share(*s) <= rate).fold(f32::INFINITY, f32::min);
            let top = impostor.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let right = if least.is_finite() { share(threshold) == share(least) } else { threshold > top };
            prop_assert!(right, "{} {} {}", threshold, least, top);
            let genuine: Vec<(f32, f64)> = (0..12).flat_map(|i| (i + 1..12).map(move |j| (i, j)))
                .filter(|(i, j)| person[*i] == person[*j])
                .map(|(i, j)| (score(i, j), weights[i / 3])).collect();
            let all: f64 = genuine.iter().map(|g| g.1).sum();
            let missed: f64 = genuine.iter().filter(|g| g.0 < threshold).map(|g| g.1).sum();
            prop_assert!((sweep.fnmr[0] - missed / all).abs() < 1e-12);
        }
    }
}
