//! The same numbers for a person who looks at the console.

use std::collections::BTreeMap;

use prometheus::proto::{Histogram, Metric};

use crate::Metrics;

/// All requests since the server started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// By route, as in `/v1/face/enroll`.
    pub routes: BTreeMap<String, RequestFigures>,
}

/// The requests of one route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestFigures {
    /// Answers by error code; the empty code is plain success.
    pub codes: BTreeMap<String, u64>,
    /// Half of the requests took at most so many seconds. Interpolated between the histogram's bounds.
    pub median: f64,
    /// 95 % of the requests took at most so many seconds.
    pub p95: f64,
}

impl Metrics {
    /// The requests so far.
    pub fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for family in self.families() {
            for metric in family.get_metric() {
                let route = figures.routes.entry(label(metric, "route").to_owned()).or_default();
                if family.name() == "facegate_requests_total" {
                    *route.codes.entry(label(metric, "code").to_owned()).or_default() +=
                        metric.get_counter().get_value() as u64;
                } else {
                    let histogram = metric.get_histogram();
                    (route.median, route.p95) = (quantile(histogram, 0.5), quantile(histogram, 0.95));
                }
            }
        }
        figures
    }
}

fn label<'a>(metric: &'a Metric, name: &str) -> &'a str {
    metric.get_label().iter().find(|pair| pair.name() == name).map_or("", |pair| pair.value())
}

/// As Prometheus' `histogram_quantile`: linear within the bucket, the last bound for what lies beyond it.
fn quantile(histogram: &Histogram, part: f64) -> f64 {
    let wanted = part * histogram.get_sample_count() as f64;
    let (mut lower, mut below) = (0.0, 0.0);
    for bucket in histogram.get_bucket() {
        let count = bucket.cumulative_count() as f64;
        if count >= wanted && count > below {
            return lower + (bucket.upper_bound() - lower) * (wanted - below) / (count - below);
        }
        (lower, below) = (bucket.upper_bound(), count);
    }
    lower
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn figures_are_by_route_and_code() {
        let metrics = Metrics::new().unwrap();
        for ms in 1..=100 {
            metrics.request("/a", 200, "", Duration::from_millis(ms));
        }
        metrics.request("/a", 200, "FAIL_ON_2", Duration::from_millis(1));
        metrics.request("/b", 500, "INTERNAL", Duration::from_secs(60));
        let figures = metrics.figures();
        let a = &figures.routes["/a"];
        assert_eq!((a.codes[""], a.codes["FAIL_ON_2"]), (100, 1));
        assert!((a.median - 0.05).abs() < 0.002 && (a.p95 - 0.095).abs() < 0.006, "{a:?}");
        assert_eq!(figures.routes["/b"].p95, 10.0);
    }
}
