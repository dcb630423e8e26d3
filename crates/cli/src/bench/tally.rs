//! What came back, counted.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use serde::Serialize;

/// A refusal is in time up to here: the client can try elsewhere before its user notices.
const PROMPT: Duration = Duration::from_millis(50);

/// Times by how the request ended.
#[derive(Clone, Debug)]
pub struct Tally {
    served: Times,
    refused: Times,
    failed: Times,
    statuses: BTreeMap<String, u64>,
}

/// The times of requests that ended alike, in microseconds, to three digits.
#[derive(Clone, Debug)]
struct Times(Histogram<u64>);

/// What is told of times, in milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Latency {
    pub count: u64,
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    /// Share of requests that took longer, and the time: for plots.
    pub curve: Vec<(f64, f64)>,
}

/// A tally in numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counted {
    /// Answered with 2xx.
    pub served: Latency,
    /// Answered with 429 or 503.
    pub refused: Latency,
    /// Answered otherwise or not at all.
    pub failed: Latency,
    /// Share of the refused ones that were refused within 50 ms; 1 if none was.
    pub refused_promptly: f64,
    pub statuses: BTreeMap<String, u64>,
}

impl Tally {
    pub fn new() -> Result<Self> {
        let times = || Histogram::new(3).map(Times).context("a histogram");
        Ok(Self { served: times()?, refused: times()?, failed: times()?, statuses: BTreeMap::new() })
    }

    /// Counts a request; no status is no answer.
    pub fn record(&mut self, status: Option<u16>, took: Duration) {
        let times = match status {
            Some(200..=299) => &mut self.served,
            Some(429 | 503) => &mut self.refused,
            _ => &mut self.failed,
        };
        // It grows as needed; an hour is far more than a request may take.
        let _ = times.0.record((took.as_micros() as u64).clamp(1, 3_600_000_000));
        let name = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        *self.statuses.entry(name).or_default() += 1;
    }

    pub fn counted(&self) -> Counted {
        let refused = &self.refused.0;
        let prompt = refused.count_between(0, PROMPT.as_micros() as u64);
        Counted {
            served: self.served.latency(),
            refused: self.refused.latency(),
            failed: self.failed.latency(),
            refused_promptly: if refused.is_empty() { 1.0 } else { prompt as f64 / refused.len() as f64 },
            statuses: self.statuses.clone(),
        }
    }
}

impl Times {
    fn latency(&self) -> Latency {
        let ms = |micros: u64| micros as f64 / 1e3;
        let at = |share: f64| ms(self.0.value_at_quantile(share));
        let resolution = 1.0 / self.0.len().max(1) as f64;
        // Eight points a decade, down to one request.
        let slower = (0..).map(|step| 10f64.powf(-f64::from(step) / 8.0)).take_while(|share| *share >= resolution);
        Latency {
            count: self.0.len(),
            mean: self.0.mean() / 1e3,
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            max: ms(self.0.max()),
            curve: if self.0.is_empty() { Vec::new() } else { slower.map(|share| (share, at(1.0 - share))).collect() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_kept_apart_and_percentiles_are_right() {
        let mut tally = Tally::new().unwrap();
        for ms in 1..=100 {
            tally.record(Some(200), Duration::from_millis(ms));
        }
        tally.record(Some(503), Duration::from_millis(10));
        tally.record(Some(429), Duration::from_millis(90));
        tally.record(Some(400), Duration::from_millis(3));
        tally.record(None, Duration::from_secs(60));
        let counted = tally.counted();
        let near =
            |value: f64, expected: f64| assert!((value / expected - 1.0).abs() < 0.01, "{value}, not {expected}");
        near(counted.served.p50, 50.0);
        near(counted.served.p99, 99.0);
        near(counted.served.max, 100.0);
        near(counted.served.mean, 50.5);
        assert_eq!((counted.served.count, counted.refused.count, counted.failed.count), (100, 2, 2));
        assert_eq!(counted.refused_promptly, 0.5);
        assert_eq!(counted.statuses["no answer"], 1);
        assert!(counted.served.curve.is_sorted_by(|a, b| a.0 > b.0 && a.1 <= b.1));
    }
}
