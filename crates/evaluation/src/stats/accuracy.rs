//! Balanced accuracy as the LFW protocol measures it: the threshold comes from the other folds.

use serde::Serialize;

use super::PairScores;
use super::bootstrap::order;

/// Mean of the shares of genuine and of impostor pairs decided right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// Mean over the folds, 0..1.
    pub mean: f64,
    /// Standard error of that mean.
    pub standard_error: f64,
    /// Each fold.
    pub folds: Vec<f64>,
}

/// Scores with weights.
type Weighted = Vec<(f32, f64)>;

/// The threshold with the best balanced accuracy. `genuine` lowest first, `impostor` highest first.
fn best_threshold(genuine: &Weighted, impostor: &Weighted, all_impostor: f64) -> f32 {
    let all_genuine: f64 = genuine.iter().map(|g| g.1).sum();
    let (mut found, mut matched) = (0.0, 0.0);
    let (mut best, mut at) = (f64::NEG_INFINITY, 1.0);
    let mut impostors = impostor.iter().peekable();
    for group in genuine.chunk_by(|a, b| a.0 == b.0).rev() {
        let Some((score, _)) = group.first() else { continue };
        found += group.iter().map(|g| g.1).sum::<f64>();
        while let Some((_, weight)) = impostors.next_if(|i| i.0 >= *score) {
            matched += weight;
        }
        let accuracy = found / all_genuine - matched / all_impostor;
        if accuracy > best {
            best = accuracy;
            // Half-way to the next impostor: the genuine score itself would be the strictest that fits.
            at = impostors.peek().map_or(*score, |next| (score + next.0) / 2.0);
        }
    }
    at
}

fn balanced(genuine: &Weighted, impostor: &Weighted, all_impostor: f64, threshold: f32) -> f64 {
    let reach = |list: &Weighted| list.iter().filter(|s| s.0 >= threshold).map(|s| s.1).sum::<f64>();
    let all_genuine: f64 = genuine.iter().map(|g| g.1).sum();
    (reach(genuine) / all_genuine + 1.0 - reach(impostor) / all_impostor) / 2.0
}

fn summary(folds: Vec<f64>) -> Option<Accuracy> {
    let folds: Vec<f64> = folds.into_iter().filter(|f| f.is_finite()).collect();
    let n = folds.len() as f64;
    let mean = folds.iter().sum::<f64>() / n;
    let spread = folds.iter().map(|f| (f - mean) * (f - mean)).sum::<f64>() / (n - 1.0);
    (folds.len() > 1).then(|| Accuracy { mean, standard_error: (spread / n).sqrt(), folds })
}

/// Folds over listed pairs: (score, genuine, fold). `None` with fewer than two folds of both kinds.
pub fn listed_folds(pairs: &[(f32, bool, u32)]) -> Option<Accuracy> {
    let mut names: Vec<u32> = pairs.iter().map(|p| p.2).collect();
    names.sort_unstable();
    names.dedup();
    let lists = |wanted: &dyn Fn(u32) -> bool| {
        let side = |same: bool| -> Weighted {
            pairs.iter().filter(|p| p.1 == same && wanted(p.2)).map(|p| (p.0, 1.0)).collect()
        };
        let (mut genuine, mut impostor) = (side(true), side(false));
        genuine.sort_by(|a, b| a.0.total_cmp(&b.0));
        impostor.sort_by(|a, b| b.0.total_cmp(&a.0));
        (genuine, impostor)
    };
    let fold = |name: u32| {
        let (genuine, impostor) = lists(&|other| other != name);
        let threshold = best_threshold(&genuine, &impostor, impostor.len() as f64);
        let (genuine, impostor) = lists(&|other| other == name);
        balanced(&genuine, &impostor, impostor.len() as f64, threshold)
    };
    summary(names.into_iter().map(fold).collect())
}

/// Ten folds over people: all pairs among the people of one fold, the threshold from all pairs among the others.
pub fn people_folds(scores: &PairScores, seed: u64) -> Option<Accuracy> {
    const FOLDS: usize = 10;
    let count = scores.clusters();
    let order = order(count, seed);
    let of = |weight: &dyn Fn(usize) -> bool| {
        let people: Vec<f64> = (0..count).map(|p| f64::from(weight(order.get(p).map_or(0, |o| o % FOLDS)))).collect();
        scores.weighted(&scores.photo_weights(&people))
    };
    let fold = |k: usize| {
        let ([genuine, impostor], all) = of(&|fold| fold != k);
        let threshold = best_threshold(&genuine, &impostor, all);
        let ([genuine, impostor], all) = of(&|fold| fold == k);
        balanced(&genuine, &impostor, all, threshold)
    };
    summary((0..FOLDS).map(fold).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Pair;

    #[test]
    fn the_threshold_is_chosen_on_the_other_folds() {
        // Fold 0 is separated at 0.5, fold 1 at 0.2: each is judged with the other's threshold.
        let mut pairs = Vec::new();
        for i in 0..10 {
            let step = i as f32 / 100.0;
            pairs.extend([
                (0.55 + step, true, 0),
                (0.45 - step, false, 0),
                (0.25 + step, true, 1),
                (0.15 - step, false, 1),
            ]);
        }
        let accuracy = listed_folds(&pairs).unwrap();
        assert_eq!(accuracy.folds, [0.5, 0.5]);
        assert_eq!((accuracy.mean, accuracy.standard_error), (0.5, 0.0));
        pairs.iter_mut().filter(|p| p.2 == 1).for_each(|p| p.0 += 0.3);
        assert_eq!(listed_folds(&pairs).unwrap().mean, 1.0);
        assert_eq!(listed_folds(&pairs[..0]), None);
    }

    #[test]
    fn the_best_threshold_is_the_best_of_all() {
        let scores: Vec<(Pair, bool)> = (0..300)
            .map(|i| {
                (
                    Pair { score: ((i * 7919) % 301) as f32 / 301.0 + if i % 3 == 0 { 0.2 } else { 0.0 }, a: 0, b: 1 },
                    i % 3 == 0,
                )
            })
            .collect();
        let pairs = PairScores::listed(&[0, 1], &scores);
        let ([genuine, impostor], all) = pairs.weighted(&[1.0, 1.0]);
        let chosen = balanced(&genuine, &impostor, all, best_threshold(&genuine, &impostor, all));
        let best = scores.iter().map(|s| balanced(&genuine, &impostor, all, s.0.score)).fold(0.0, f64::max);
        assert!((chosen - best).abs() < 1e-12, "{chosen} {best}");
    }

    #[test]
    fn folds_over_people_see_pairs_inside_a_fold_only() {
        let person: Vec<u32> = (0..80).map(|i| i / 2).collect();
        let scores = PairScores::all(&person, -1.0, |i, j| if i / 2 == j / 2 { 0.9 } else { 0.1 });
        let accuracy = people_folds(&scores, 1).unwrap();
        assert_eq!((accuracy.mean, accuracy.folds.len()), (1.0, 10));
    }
}
