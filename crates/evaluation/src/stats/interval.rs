//! A measured number and how far it can be trusted.

use serde::Serialize;

/// Standard normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// A number with the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// What was measured.
    pub value: f64,
    /// 2.5 % end.
    pub low: f64,
    /// 97.5 % end.
    pub high: f64,
}

impl Estimate {
    /// From a bootstrap: the 2.5 and 97.5 percentiles of `replicates`, and never an interval without the value itself.
    /// Without replicates the interval is the value. Replicates that are no numbers are left out.
    pub fn from_replicates(value: f64, mut replicates: Vec<f64>) -> Self {
        replicates.retain(|r| r.is_finite());
        replicates.sort_by(f64::total_cmp);
        let at = |share: f64| quantile(&replicates, share).unwrap_or(value);
        Self { value, low: at(0.025).min(value), high: at(0.975).max(value) }
    }
}

impl Estimate {
    /// Where none or all of the cases were hit, resampling them shows no doubt at all: then Wilson's interval, which
    /// takes the cases as independent, is the least that must be granted.
    pub fn or_wilson(self, cases: Proportion) -> Self {
        if cases.hits != 0 && cases.hits != cases.total {
            return self;
        }
        Self { value: self.value, low: self.low.min(cases.low), high: self.high.max(cases.high) }
    }
}

/// Linear interpolation between the order statistics of sorted numbers, `share` 0..1.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(position.floor() as usize)?, sorted.get(position.ceil() as usize)?);
    Some(below + (above - below) * position.fract())
}

/// A share of independent cases, with Wilson's 95 % interval: right also when nothing or everything was hit, where a
/// bootstrap would claim certainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proportion {
    /// Cases counted.
    pub hits: u64,
    /// All cases.
    pub total: u64,
    /// `hits ÷ total`, 0..1; NaN (null in JSON) without cases.
    pub value: f64,
    /// 2.5 % end.
    pub low: f64,
    /// 97.5 % end.
    pub high: f64,
}

impl Proportion {
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    pub fn new(hits: u64, total: u64) -> Self {
        let (k, n) = (hits as f64, total as f64);
        let value = k / n;
        let centre = (value + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At the ends the formula is exact but for rounding.
        let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if hits == total { 1.0 } else { (centre + half).min(1.0) };
        Self { hits, total, value, low, high }
    }

    /// Counts the `true` ones.
    pub fn of(cases: impl IntoIterator<Item = bool>) -> Self {
        let (mut hits, mut total) = (0, 0);
        for case in cases {
            total += 1;
            hits += u64::from(case);
        }
        Self::new(hits, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_values() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20.
        for (hits, total, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            let p = Proportion::new(hits, total);
            assert!((p.low - low).abs() < 5e-5 && (p.high - high).abs() < 5e-5, "{p:?}");
        }
        assert_eq!(Proportion::new(7, 7).high, 1.0);
        assert!(Proportion::new(0, 0).value.is_nan());
        assert_eq!(Proportion::of([true, false, false, true]).value, 0.5);
    }

    #[test]
    fn percentiles_hold_the_value() {
        let e = Estimate::from_replicates(0.5, (0..=1000).map(|i| f64::from(i) / 1000.0).collect());
        assert!((e.low - 0.025).abs() < 1e-12 && (e.high - 0.975).abs() < 1e-12);
        assert_eq!(Estimate::from_replicates(2.0, vec![3.0, 4.0]).low, 2.0);
        let none = Estimate::from_replicates(0.0, vec![0.0; 9]).or_wilson(Proportion::new(0, 20));
        assert!(none.high > 0.16 && none.low == 0.0);
        assert_eq!(e.or_wilson(Proportion::new(1, 20)), e);
        let alone = Estimate::from_replicates(2.0, vec![f64::NAN]);
        assert_eq!((alone.low, alone.high), (2.0, 2.0));
    }
}
