//! Drawing people again and again: photos of one person are no independent evidence, people are.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

use super::Estimate;

/// How often each of `count` people comes up when `count` are drawn with replacement.
pub fn drawn(count: usize, seed: u64, round: u64) -> Vec<f64> {
    let mut random = generator(seed, round);
    let mut weights = vec![0.0; count];
    for _ in 0..count {
        if let Some(weight) = weights.get_mut(random.random_range(0..count)) {
            *weight += 1.0;
        }
    }
    weights
}

/// A random half of `count` people: `true` for those in it.
pub fn halves(count: usize, seed: u64, round: u64) -> Vec<bool> {
    let mut half: Vec<bool> = (0..count).map(|i| i < count / 2).collect();
    half.shuffle(&mut generator(seed, round));
    half
}

/// The numbers below `count` in random order.
pub(super) fn order(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut generator(seed, u64::MAX));
    order
}

/// One generator for each round, so that rounds can run side by side and the result does not depend on it.
pub(crate) fn generator(seed: u64, round: u64) -> StdRng {
    StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(round))
}

/// 95 % intervals of several numbers at once. `statistic` gets a weight for each of `clusters` people (all 1 for the value
/// itself) and returns as many numbers each time.
pub fn bootstrap(
    clusters: usize,
    rounds: usize,
    seed: u64,
    statistic: impl Fn(&[f64]) -> Vec<f64> + Sync,
) -> Vec<Estimate> {
    let values = statistic(&vec![1.0; clusters]);
    let replicates: Vec<Vec<f64>> =
        (0..rounds as u64).into_par_iter().map(|round| statistic(&drawn(clusters, seed, round))).collect();
    let estimate = |(index, value): (usize, &f64)| {
        Estimate::from_replicates(*value, replicates.iter().filter_map(|r| r.get(index).copied()).collect())
    };
    values.iter().enumerate().map(estimate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_has_as_many_people_and_is_repeatable() {
        let weights = drawn(50, 1, 7);
        assert_eq!(weights.iter().sum::<f64>(), 50.0);
        assert_eq!(weights, drawn(50, 1, 7));
        assert_ne!(weights, drawn(50, 1, 8));
        assert_ne!(weights, drawn(50, 2, 7));
        assert_eq!(halves(51, 3, 0).iter().filter(|in_it| **in_it).count(), 25);
    }

    #[test]
    fn the_interval_of_a_mean_is_the_textbook_one() {
        // 0 and 1 half each: standard error of the mean of n draws is 0.5 / √n.
        let n = 400;
        let mean = |w: &[f64]| vec![w.iter().enumerate().map(|(i, w)| w * (i % 2) as f64).sum::<f64>() / n as f64];
        let e = bootstrap(n, 2000, 1, mean)[0];
        let expected = 1.96 * 0.5 / (n as f64).sqrt();
        assert_eq!(e.value, 0.5);
        assert!((e.high - 0.5 - expected).abs() < 0.15 * expected && (0.5 - e.low - expected).abs() < 0.15 * expected);
    }
}
