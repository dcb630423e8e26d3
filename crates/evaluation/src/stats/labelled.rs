//! Scores with a yes or no: detectors of attacks, attributes and defects.

/// One judged case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Higher means rather yes.
    pub score: f64,
    /// The label.
    pub positive: bool,
    /// The person, or whatever is drawn as one.
    pub cluster: u32,
}

/// Judged cases, highest score first.
#[derive(Clone, Debug)]
pub struct Labelled {
    cases: Vec<Scored>,
    clusters: usize,
}

impl Labelled {
    /// Clusters are numbered from 0.
    pub fn new(mut cases: Vec<Scored>) -> Self {
        cases.sort_by(|a, b| b.score.total_cmp(&a.score));
        let clusters = cases.iter().map(|c| c.cluster as usize + 1).max().unwrap_or(0);
        Self { cases, clusters }
    }

    /// How many people (or whatever is drawn) there are.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// Cases with this label.
    pub fn count(&self, positive: bool) -> u64 {
        self.cases.iter().filter(|c| c.positive == positive).count() as u64
    }

    /// Cases with this label that reach the threshold.
    pub fn reaching(&self, positive: bool, threshold: f64) -> u64 {
        self.cases.iter().filter(|c| c.positive == positive && c.score >= threshold).count() as u64
    }

    pub(super) fn cases(&self) -> impl Iterator<Item = &Scored> {
        self.cases.iter()
    }

    fn groups(&self) -> impl Iterator<Item = &[Scored]> {
        self.cases.chunk_by(|a, b| a.score == b.score)
    }

    fn sum(cases: &[Scored], positive: bool, weights: &[f64]) -> f64 {
        let weight = |c: &Scored| weights.get(c.cluster as usize).copied().unwrap_or_default();
        cases.iter().filter(|c| c.positive == positive).map(weight).sum()
    }

    /// Area under the ROC curve; equal scores count half. NaN when one label is missing.
    pub fn auc(&self, weights: &[f64]) -> f64 {
        let (mut above, mut area) = (0.0, 0.0);
        for group in self.groups() {
            let (yes, no) = (Self::sum(group, true, weights), Self::sum(group, false, weights));
            area += no * (above + yes / 2.0);
            above += yes;
        }
        area / (above * Self::sum(&self.cases, false, weights))
    }

    /// Share of the cases with this label that reach the threshold; NaN for a threshold that is none.
    pub fn rate(&self, weights: &[f64], positive: bool, threshold: f64) -> f64 {
        if threshold.is_nan() {
            return f64::NAN;
        }
        let end = self.cases.partition_point(|c| c.score >= threshold);
        let reached = self.cases.get(..end).unwrap_or_default();
        Self::sum(reached, positive, weights) / Self::sum(&self.cases, positive, weights)
    }

    /// Harmonic mean of precision and recall at a threshold.
    pub fn f1(&self, weights: &[f64], threshold: f64) -> f64 {
        let end = self.cases.partition_point(|c| c.score >= threshold);
        let reached = self.cases.get(..end).unwrap_or_default();
        let (hit, wrong) = (Self::sum(reached, true, weights), Self::sum(reached, false, weights));
        2.0 * hit / (hit + wrong + Self::sum(&self.cases, true, weights))
    }

    /// The least score that no more than this share of the negatives reach; just above the highest if even that is too
    /// much.
    pub fn threshold_at(&self, weights: &[f64], false_rate: f64) -> f64 {
        let allowed = false_rate * Self::sum(&self.cases, false, weights) * (1.0 + 1e-12);
        let mut wrong = 0.0;
        let mut best = self.cases.first().map_or(1.0, |top| top.score.next_up());
        for group in self.groups() {
            wrong += Self::sum(group, false, weights);
            if wrong > allowed {
                break;
            }
            best = group.first().map_or(best, |c| c.score);
        }
        best
    }

    /// (false positive rate, true positive rate) over all thresholds, strictest first.
    pub fn roc(&self) -> Vec<(f64, f64)> {
        let all = vec![1.0; self.clusters];
        let (yes, no) = (self.count(true) as f64, self.count(false) as f64);
        let (mut hit, mut wrong) = (0.0, 0.0);
        let mut points = vec![(0.0, 0.0)];
        for group in self.groups() {
            hit += Self::sum(group, true, &all);
            wrong += Self::sum(group, false, &all);
            points.push((wrong / no, hit / yes));
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cases(scores: &[(i8, bool, u8)]) -> Labelled {
        let case = |(score, positive, cluster): &(i8, bool, u8)| Scored {
            score: f64::from(*score),
            positive: *positive,
            cluster: (*cluster).into(),
        };
        Labelled::new(scores.iter().map(case).collect())
    }

    #[test]
    fn by_hand() {
        let l = cases(&[(9, true, 0), (7, false, 1), (7, true, 2), (5, true, 3), (3, false, 4), (1, false, 5)]);
        let all = [1.0; 6];
        // Pairs (yes, no): 9 beats three, 7 ties one and beats two, 5 beats two: 7.5 of 9.
        assert!((l.auc(&all) - 7.5 / 9.0).abs() < 1e-12);
        assert!((l.f1(&all, 7.0) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(l.threshold_at(&all, 0.0), 9.0);
        assert_eq!(l.threshold_at(&all, 0.34), 5.0);
        assert!((l.rate(&all, true, 7.0) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((l.reaching(false, 3.0), l.count(false)), (2, 3));
        assert_eq!(l.roc().last(), Some(&(1.0, 1.0)));
        assert!(cases(&[(1, true, 0)]).auc(&[1.0]).is_nan());
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_in_order(list in prop::collection::vec((-5i8..5, any::<bool>(), 0u8..4), 1..30),
                                              weights in prop::collection::vec(0u8..3, 4)) {
            let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
            let (mut right, mut all) = (0.0, 0.0);
            for (yes, _, i) in list.iter().filter(|c| c.1) {
                for (no, _, j) in list.iter().filter(|c| !c.1) {
                    let weight = weights[usize::from(*i)] * weights[usize::from(*j)];
                    all += weight;
                    right += weight * if yes > no { 1.0 } else if yes == no { 0.5 } else { 0.0 };
                }
            }
            prop_assume!(all > 0.0);
            prop_assert!((cases(&list).auc(&weights) - right / all).abs() < 1e-12);
        }
    }
}
