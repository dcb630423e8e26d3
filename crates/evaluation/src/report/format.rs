//! Numbers as people read them.

use crate::stats::{Estimate, Proportion};

/// A share as percent with as many digits as it has meaning: `1.32 %`, `0.007 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        _ if !share.is_finite() => "–".to_owned(),
        0.0 => "0 %".to_owned(),
        p if p < 0.1 => format!("{percent:.3} %"),
        _ => format!("{percent:.2} %"),
    }
}

/// With its interval: `1.32 % [0.90 % – 1.80 %]`.
pub fn estimate(e: &Estimate) -> String {
    if !e.value.is_finite() {
        return "–".to_owned();
    }
    format!("{} [{} – {}]", percent(e.value), percent(e.low), percent(e.high))
}

/// With its interval and its cases: `1.00 % [0.55 % – 1.82 %] (10 of 1000)`.
pub fn percent_of(p: &Proportion) -> String {
    if p.total == 0 {
        return "–".to_owned();
    }
    format!("{} [{} – {}] ({} of {})", percent(p.value), percent(p.low), percent(p.high), p.hits, p.total)
}

/// A small rate: `1.02e-4`.
pub fn rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        r if r.is_finite() => format!("{r:.2e}"),
        _ => "–".to_owned(),
    }
}

/// A number with `digits` decimals.
pub fn number(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(percent(0.01319), "1.32 %");
        assert_eq!(percent(0.00007), "0.007 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!(percent_of(&Proportion::new(0, 0)), "–");
        assert!(percent_of(&Proportion::new(1, 4)).starts_with("25.00 % [4.56 % – 69.94 %] (1 of 4)"));
        assert_eq!(rate(1.02e-4), "1.02e-4");
    }
}
