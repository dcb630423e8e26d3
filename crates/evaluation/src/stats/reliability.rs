//! Can probabilities be taken at their word? Yes and no weigh the same, however many there are of each.

use serde::Serialize;

use super::{Labelled, Scored};

/// Probabilities are compared with what happened in this many steps of equal width.
const BINS: usize = 10;
/// No probability is taken for surer than this: a single wrong 0 would make the log loss infinite.
const SUREST: f64 = 1e-15;

/// What is wrong with probabilities; 0 is perfect, NaN if all cases have one label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// Expected calibration error: mean distance between what was promised and what happened (Guo et al. 2017).
    pub ece: f64,
    /// Mean square of the error (Brier 1950); 0.25 for one who always says ½.
    pub brier: f64,
    /// Mean of −ln of the probability given to what happened; 0.69 for one who always says ½.
    pub log_loss: f64,
}

impl Labelled {
    /// Of scores that are probabilities, 0..1; `weights` of the clusters.
    pub fn reliability(&self, weights: &[f64]) -> Reliability {
        let weight = |c: &Scored| weights.get(c.cluster as usize).copied().unwrap_or_default();
        let side = |positive| 2.0 * self.cases().filter(|c| c.positive == positive).map(weight).sum::<f64>();
        let (yes, no) = (side(true), side(false));
        let (mut gaps, mut brier, mut log_loss) = ([0.0f64; BINS], 0.0, 0.0);
        for case in self.cases() {
            let share = weight(case) / if case.positive { yes } else { no };
            let truth = f64::from(case.positive);
            let error = case.score - truth;
            brier += share * error * error;
            log_loss -= share * (1.0 - error.abs()).max(SUREST).ln();
            let bin = ((case.score * BINS as f64) as usize).min(BINS - 1);
            if let Some(gap) = gaps.get_mut(bin) {
                *gap += share * error;
            }
        }
        match yes > 0.0 && no > 0.0 {
            true => Reliability { ece: gaps.iter().map(|gap| gap.abs()).sum(), brier, log_loss },
            false => Reliability { ece: f64::NAN, brier: f64::NAN, log_loss: f64::NAN },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(list: &[(f64, bool)]) -> Labelled {
        let case = |(cluster, (score, positive)): (usize, &(f64, bool))| Scored {
            score: *score,
            positive: *positive,
            cluster: cluster as u32,
        };
        Labelled::new(list.iter().enumerate().map(case).collect())
    }

    #[test]
    fn by_hand() {
        let found = cases(&[(0.8, true), (0.8, true), (0.6, true), (0.2, false)]).reliability(&[1.0; 4]);
        // Yes: squares 0.04, 0.04, 0.16, mean 0.08; no: 0.04. Both weigh the same.
        assert!((found.brier - 0.06).abs() < 1e-12, "{found:?}");
        let log_loss = -(2.0 * 0.8f64.ln() + 0.6f64.ln()) / 6.0 - 0.8f64.ln() / 2.0;
        assert!((found.log_loss - log_loss).abs() < 1e-12, "{found:?}");
        // Three bins: 0.8 promised 0.2 too little for 1/3, 0.6 promised 0.4 too little for 1/6, 0.2 promised 0.2 too much.
        assert!((found.ece - (0.2 / 3.0 + 0.4 / 6.0 + 0.2 / 2.0)).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn the_honest_are_reliable_and_the_sure_and_wrong_are_not() {
        let honest = cases(&[[(0.75, true); 3], [(0.25, false); 3]].concat()).reliability(&[1.0; 6]);
        let all = [vec![(0.7, true); 7], vec![(0.7, false); 3], vec![(0.3, true); 3], vec![(0.3, false); 7]].concat();
        assert!(cases(&all).reliability(&[1.0; 20]).ece < 1e-12);
        let wrong = cases(&[(0.0, true), (1.0, false), (1.0, true), (0.0, false)]).reliability(&[1.0; 4]);
        assert!(wrong.log_loss.is_finite() && wrong.log_loss > 10.0 && wrong.brier == 0.5, "{wrong:?}");
        assert!(honest.log_loss < wrong.log_loss);
    }

    #[test]
    fn how_many_there_are_of_each_does_not_matter_but_both_must_be_there() {
        let few = cases(&[(0.9, true), (0.3, false)]).reliability(&[1.0; 2]);
        let many = cases(&[vec![(0.9, true)], vec![(0.3, false); 50]].concat()).reliability(&[1.0; 51]);
        assert!((few.ece - many.ece).abs() < 1e-9 && (few.brier - many.brier).abs() < 1e-9);
        assert!(cases(&[(0.9, true)]).reliability(&[1.0]).ece.is_nan());
        assert!(cases(&[(0.9, true), (0.3, false)]).reliability(&[1.0, 0.0]).brier.is_nan());
    }
}
