//! What a server has answered since it started, for one route.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct RequestView<'a> {
    route: &'a str,
    /// Answers by code; the empty code is plain success.
    codes: &'a BTreeMap<String, u64>,
    /// Half of them took at most so long.
    median_ms: f64,
    /// 95 % of them took at most so long.
    p95_ms: f64,
}

impl<'a> RequestView<'a> {
    /// Times in seconds: the median and the 95th percentile.
    pub fn new(route: &'a str, codes: &'a BTreeMap<String, u64>, (median, p95): (f64, f64)) -> Self {
        let ms = |seconds: f64| (seconds * 1e4).round() / 10.0;
        Self { route, codes, median_ms: ms(median), p95_ms: ms(p95) }
    }
}
