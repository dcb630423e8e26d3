//! What refusing poor photos is worth: error rates when the worst by a quality measure are left out.

use serde::Serialize;

use super::PairScores;

/// Error rates with a share of the photos discarded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiscardPoint {
    /// Share of the photos discarded, 0..1.
    pub discarded: f64,
    /// False non-match rate at each false match rate, the threshold found anew on what is left.
    pub fnmr: Vec<f64>,
}

/// Which photos are left when the worst `share` (0..1) by `quality` (higher is better) are discarded. Of equals the later
/// ones go; NaN is the worst.
pub fn kept_best(quality: &[f64], share: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..quality.len()).collect();
    let worth = |i: &usize| quality.get(*i).copied().filter(|q| !q.is_nan()).unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    let keep = quality.len() - (share * quality.len() as f64).floor() as usize;
    let mut kept = vec![false; quality.len()];
    for index in order.into_iter().take(keep) {
        if let Some(flag) = kept.get_mut(index) {
            *flag = true;
        }
    }
    kept
}

/// The error-versus-discard curve of a quality measure, one value for each photo of `scores`.
pub fn discard_curve(scores: &PairScores, quality: &[f64], shares: &[f64], rates: &[f64]) -> Vec<DiscardPoint> {
    let point = |share: &f64| {
        let weights: Vec<f64> = kept_best(quality, *share).into_iter().map(f64::from).collect();
        DiscardPoint { discarded: *share, fnmr: scores.sweep(&weights, rates).fnmr }
    };
    shares.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_go_first() {
        assert_eq!(kept_best(&[0.3, f64::NAN, 0.1, 0.9], 0.25), [true, false, true, true]);
        assert_eq!(kept_best(&[0.3, 0.2, 0.1, 0.9], 0.5), [true, false, false, true]);
        assert_eq!(kept_best(&[0.3, 0.2], 0.4), [true, true]);
        assert!(kept_best(&[], 0.5).is_empty());
    }

    #[test]
    fn discarding_the_culprits_helps() {
        // Photo 0 of person 0 is bad: it does not match the person's second photo.
        let person = [0, 0, 1, 1, 2, 2];
        let bad = |i: usize, j: usize| {
            if i == 0 {
                0.1
            } else if i / 2 == j / 2 {
                0.9
            } else {
                0.2
            }
        };
        let scores = PairScores::all(&person, -1.0, bad);
        let quality = [0.1, 0.9, 0.9, 0.9, 0.9, 0.9];
        let curve = discard_curve(&scores, &quality, &[0.0, 0.2], &[0.01]);
        assert!((curve[0].fnmr[0] - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(curve[1].fnmr, [0.0]);
    }
}
