//! From a cosine to a similarity that means something: 82 is the score at which a false match happens once in 10,000
//! comparisons.

use thiserror::Error;

/// The similarity at a false match rate of 1e-4, by the contract, and the default threshold.
pub const DEFAULT_THRESHOLD: f64 = 82.0;

/// False positive identification rate that an open search is held to: of 100 people who are not enrolled, at most one
/// is taken for somebody who is.
const SEARCH_ERROR: f64 = 0.01;

/// Why numbers are not a calibration.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CalibrationError {
    /// The points must start at cosine −1, similarity 0, end at 1, 100, and grow strictly in both.
    #[error("calibration points must grow strictly from (-1, 0) to (1, 100)")]
    Points,
    /// The rates must fall while their cosines grow, and 1e-4 must be among them, at similarity 82.
    #[error("calibration rates must fall while their cosines grow; 1e-4 must be among them and be similarity 82")]
    Rates,
}

/// A strictly monotonic, piecewise linear map from cosine (−1..1) to similarity (0..100), and measured false match
/// rates. Made per model from genuine and impostor scores; kept in the model manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    points: Vec<(f64, f64)>,
    rates: Vec<(f64, f64)>,
}

impl Calibration {
    /// `points` are (cosine, similarity); `rates` are (false match rate, cosine at which it was measured).
    pub fn new(points: Vec<(f64, f64)>, rates: Vec<(f64, f64)>) -> Result<Self, CalibrationError> {
        let grows = points.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1);
        if !grows || points.first() != Some(&(-1.0, 0.0)) || points.last() != Some(&(1.0, 100.0)) {
            return Err(CalibrationError::Points);
        }
        let ordered = rates.windows(2).all(|w| w[0].0 > w[1].0 && w[0].1 < w[1].1);
        let calibration = Self { points, rates };
        let anchor = calibration.rates.iter().find(|(rate, _)| *rate == 1e-4);
        let anchored =
            anchor.is_some_and(|(_, cosine)| (calibration.interpolate(*cosine) - DEFAULT_THRESHOLD).abs() < 0.01);
        if ordered && anchored { Ok(calibration) } else { Err(CalibrationError::Rates) }
    }

    /// Similarity of a cosine, 0..100.
    pub fn similarity(&self, cosine: f32) -> f64 {
        self.interpolate(f64::from(cosine).clamp(-1.0, 1.0))
    }

    /// The least cosine with at least this similarity.
    pub fn cosine(&self, similarity: f64) -> f32 {
        let wanted = similarity.clamp(0.0, 100.0);
        let segment = self.points.windows(2).find(|w| wanted <= w[1].1);
        let cosine = segment.map_or(1.0, |w| between(wanted, (w[0].1, w[0].0), (w[1].1, w[1].0)));
        cosine as f32
    }

    /// (False match rate, similarity) of every rate that was measured, largest rate first.
    pub fn thresholds(&self) -> impl Iterator<Item = (f64, f64)> {
        self.rates.iter().map(|(rate, cosine)| (*rate, self.interpolate(*cosine)))
    }

    /// The similarity that a search among `count` templates asks for: the default for one comparison, more for a large
    /// gallery, where every template is a chance to be wrong. The false match rate asked for is 1 % ÷ `count`, the
    /// strictest rate measured at most.
    pub fn search_threshold(&self, count: usize) -> f64 {
        let wanted = SEARCH_ERROR / count.max(1) as f64;
        let strict_enough = self.thresholds().find(|(rate, _)| *rate <= wanted * (1.0 + 1e-9));
        let threshold = strict_enough.or_else(|| self.thresholds().last()).map_or(DEFAULT_THRESHOLD, |(_, s)| s);
        threshold.max(DEFAULT_THRESHOLD)
    }

    fn interpolate(&self, cosine: f64) -> f64 {
        let segment = self.points.windows(2).find(|w| cosine <= w[1].0);
        segment.map_or(100.0, |w| between(cosine, w[0], w[1]))
    }
}

fn between(x: f64, from: (f64, f64), to: (f64, f64)) -> f64 {
    from.1 + (x - from.0) / (to.0 - from.0) * (to.1 - from.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Calibration {
        let points = vec![(-1.0, 0.0), (0.0, 25.0), (0.35, 82.0), (0.47, 92.0), (1.0, 100.0)];
        Calibration::new(points, vec![(1e-3, 0.29), (1e-4, 0.35), (1e-5, 0.4), (1e-6, 0.47)]).unwrap()
    }

    #[test]
    fn it_grows_and_can_be_undone() {
        let (calibration, mut last) = (sample(), -1.0);
        for step in -100..=100 {
            let cosine = step as f32 / 100.0;
            let similarity = calibration.similarity(cosine);
            assert!(similarity > last);
            assert!((calibration.cosine(similarity) - cosine).abs() < 1e-6);
            last = similarity;
        }
        assert_eq!((calibration.similarity(-1.0), calibration.similarity(1.0)), (0.0, 100.0));
        assert!((calibration.similarity(0.35) - 82.0).abs() < 1e-4);
    }

    #[test]
    fn a_larger_gallery_asks_for_more() {
        let c = sample();
        assert_eq!(c.search_threshold(0), DEFAULT_THRESHOLD);
        assert_eq!(c.search_threshold(100), DEFAULT_THRESHOLD);
        assert!(c.search_threshold(101) > c.search_threshold(100));
        assert_eq!(c.search_threshold(1_000), c.search_threshold(101));
        assert!((c.search_threshold(10_000) - 92.0).abs() < 1e-9);
        assert_eq!(c.search_threshold(100_000_000), c.search_threshold(10_000));
    }

    #[test]
    fn what_does_not_grow_is_no_calibration() {
        let points = |p: &[(f64, f64)]| Calibration::new(p.to_vec(), vec![(1e-4, 0.35)]).err();
        assert_eq!(points(&[(-1.0, 0.0), (0.5, 90.0), (0.4, 95.0), (1.0, 100.0)]), Some(CalibrationError::Points));
        assert_eq!(points(&[(0.0, 0.0), (1.0, 100.0)]), Some(CalibrationError::Points));
        assert_eq!(points(&[]), Some(CalibrationError::Points));
        assert_eq!(points(&[(-1.0, 0.0), (0.35, 80.0), (1.0, 100.0)]), Some(CalibrationError::Rates));
        assert_eq!(points(&[(-1.0, 0.0), (0.35, 82.0), (1.0, 100.0)]), None);
    }
}
