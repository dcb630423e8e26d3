//! Scores of pairs of photos: every genuine one, and of the impostors those that can matter.
//!
//! All against all, ten thousand photos make fifty million impostor pairs. Error rates below a few percent look at the
//! highest of them only, so the others are counted and not kept.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::Histogram;

/// Share of the impostor pairs that is kept: three times the largest rate that is reported, so that resampling people
/// does not run out of them.
const KEPT: f64 = 0.03;

/// Two photos and how alike their faces are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Cosine.
    pub score: f32,
    /// Number of the first photo.
    pub a: u32,
    /// Number of the second photo.
    pub b: u32,
}

/// Genuine and impostor pairs of a set of photos.
pub struct PairScores {
    /// The person, or whatever is drawn as one, of each photo.
    pub(super) cluster: Vec<u32>,
    pub(super) clusters: usize,
    /// Lowest score first.
    pub(super) genuine: Vec<Pair>,
    /// Highest score first; complete if `listed`, else the highest scores only.
    pub(super) impostor: Vec<Pair>,
    pub(super) listed: bool,
    impostors: u64,
    /// Every score, in bins.
    pub(super) histogram: (Histogram, Histogram),
}

impl PairScores {
    /// Every two photos: genuine if `person` is the same. `person[i]` is a number below the count of people; `score(i, j)`
    /// is the cosine. At least the impostors with a score of `down_to` or more are kept.
    pub fn all(person: &[u32], down_to: f32, score: impl Fn(usize, usize) -> f32 + Sync) -> Self {
        let photos = person.len();
        let same = |i: usize, j: usize| person.get(i) == person.get(j);
        let bins = (0..photos)
            .into_par_iter()
            .fold(Default::default, |mut bins: (Histogram, Histogram), i| {
                for j in i + 1..photos {
                    let side = if same(i, j) { &mut bins.0 } else { &mut bins.1 };
                    side.add(score(i, j));
                }
                bins
            })
            .reduce(Default::default, |a, b| (a.0.plus(&b.0), a.1.plus(&b.1)));
        let floor = bins.1.score_of_top(KEPT).min(down_to);
        let kept: Vec<(bool, Pair)> = (0..photos)
            .into_par_iter()
            .flat_map_iter(|i| {
                let score = &score;
                (i + 1..photos).filter_map(move |j| {
                    let (same, score) = (same(i, j), score(i, j));
                    let pair = Pair { score, a: i as u32, b: j as u32 };
                    (same || score >= floor).then_some((same, pair))
                })
            })
            .collect();
        let (genuine, impostor): (Vec<_>, Vec<_>) = kept.into_iter().partition(|(same, _)| *same);
        let pairs = |list: Vec<(bool, Pair)>| list.into_iter().map(|(_, pair)| pair).collect();
        let impostors = bins.1.total();
        Self::sorted(person.to_vec(), pairs(genuine), pairs(impostor), false, impostors, bins)
    }

    /// The pairs of a list, `true` for genuine ones. What is drawn in a bootstrap is `cluster[photo]`.
    pub fn listed(cluster: &[u32], pairs: &[(Pair, bool)]) -> Self {
        let side = |wanted: bool| -> Vec<Pair> {
            pairs.iter().filter(|(_, same)| *same == wanted).map(|(pair, _)| *pair).collect()
        };
        let (genuine, impostor) = (side(true), side(false));
        let bins = (Histogram::of(&genuine), Histogram::of(&impostor));
        let impostors = impostor.len() as u64;
        Self::sorted(cluster.to_vec(), genuine, impostor, true, impostors, bins)
    }

    fn sorted(
        cluster: Vec<u32>,
        mut genuine: Vec<Pair>,
        mut impostor: Vec<Pair>,
        listed: bool,
        impostors: u64,
        histogram: (Histogram, Histogram),
    ) -> Self {
        // Pairs of one score in the order of the photos, so that a run can be repeated to the last bit.
        let by_photo = |x: &Pair, y: &Pair| (x.a, x.b).cmp(&(y.a, y.b));
        let rising = |x: &Pair, y: &Pair| x.score.total_cmp(&y.score).then_with(|| by_photo(x, y));
        let falling = |x: &Pair, y: &Pair| -> Ordering { y.score.total_cmp(&x.score).then_with(|| by_photo(x, y)) };
        genuine.par_sort_unstable_by(rising);
        impostor.par_sort_unstable_by(falling);
        let clusters = cluster.iter().max().map_or(0, |most| *most as usize + 1);
        Self { cluster, clusters, genuine, impostor, listed, impostors, histogram }
    }

    /// Genuine pairs, lowest score first.
    pub fn genuine(&self) -> &[Pair] {
        &self.genuine
    }

    /// Impostor pairs, highest score first; of all against all only the highest ones.
    pub fn highest_impostors(&self) -> &[Pair] {
        &self.impostor
    }

    /// Whether the pairs come from a list.
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    /// How many impostor pairs were compared.
    pub fn impostor_count(&self) -> u64 {
        self.impostors
    }

    /// How many photos there are.
    pub fn photos(&self) -> usize {
        self.cluster.len()
    }

    /// How many people (or whatever is drawn) there are.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// A weight for each photo from a weight for each person.
    pub fn photo_weights(&self, people: &[f64]) -> Vec<f64> {
        self.cluster.iter().map(|c| people.get(*c as usize).copied().unwrap_or_default()).collect()
    }

    /// Weight of a pair under photo weights: a person drawn twice brings its own pairs twice, and a pair of two people
    /// comes up as often as both of them together.
    pub(super) fn weight(&self, pair: &Pair, photos: &[f64]) -> f64 {
        let weight = |i: u32| photos.get(i as usize).copied().unwrap_or_default();
        let (a, b) = (weight(pair.a), weight(pair.b));
        let together = self.cluster.get(pair.a as usize) == self.cluster.get(pair.b as usize);
        if together { a.min(b) } else { a * b }
    }

    /// Weight of all impostor pairs under photo weights.
    pub fn impostor_weight(&self, photos: &[f64]) -> f64 {
        if self.listed {
            return self.impostor.iter().map(|pair| self.weight(pair, photos)).sum();
        }
        let mut people = vec![0.0; self.clusters];
        for (cluster, weight) in self.cluster.iter().zip(photos) {
            if let Some(sum) = people.get_mut(*cluster as usize) {
                *sum += weight;
            }
        }
        let all: f64 = people.iter().sum();
        (all * all - people.iter().map(|p| p * p).sum::<f64>()) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pairs_are_counted_and_the_highest_kept() {
        let person: Vec<u32> = (0..60).map(|i| i / 3).collect();
        let score = |i: usize, j: usize| ((i * 7919 + j * 104_729) % 2000) as f32 / 1000.0 - 1.0;
        let scores = PairScores::all(&person, 2.0, score);
        assert_eq!((scores.genuine().len(), scores.impostor_count()), (60, 60 * 59 / 2 - 60));
        let kept = scores.impostor.len() as f64 / scores.impostor_count() as f64;
        assert!((0.03..0.05).contains(&kept), "{kept}");
        let mut brute: Vec<f32> = (0..60)
            .flat_map(|i| (i + 1..60).map(move |j| (i, j)))
            .filter(|(i, j)| person[*i] != person[*j])
            .map(|(i, j)| score(i, j))
            .collect();
        brute.sort_by(|a, b| b.total_cmp(a));
        brute.truncate(scores.impostor.len());
        assert_eq!(scores.impostor.iter().map(|p| p.score).collect::<Vec<_>>(), brute);
        assert_eq!(PairScores::all(&person, -1.0, score).impostor.len() as u64, scores.impostor_count());
    }

    #[test]
    fn the_weight_of_all_impostors_is_the_sum_of_their_weights() {
        let person: Vec<u32> = (0..12).map(|i| i / 2).collect();
        let scores = PairScores::all(&person, -1.0, |_, _| 0.5);
        let weights: Vec<f64> = (0..12).map(|i| f64::from(i % 5)).collect();
        let sum: f64 = scores.impostor.iter().map(|p| scores.weight(p, &weights)).sum();
        assert!((scores.impostor_weight(&weights) - sum).abs() < 1e-9);
        // Genuine pairs of a person drawn three times count three times, not nine.
        let drawn = scores.photo_weights(&[3.0; 6]);
        assert_eq!(scores.genuine().iter().map(|p| scores.weight(p, &drawn)).sum::<f64>(), 18.0);
    }
}
