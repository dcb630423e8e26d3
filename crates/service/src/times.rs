//! Where a stage's time is told: to the metrics, and to the request's span if somebody collects spans.

use std::time::Duration;

use facegate_metrics::{Metrics, Stage};
use tracing::Span;

/// A stage of the current request is done.
pub(crate) fn tell(metrics: &Metrics, stage: Stage, took: Duration) {
    metrics.stage(stage, took);
    let field = match stage {
        Stage::Fetch => "fetch_ms",
        Stage::Wait => "wait_ms",
        Stage::Decode => "decode_ms",
        Stage::Detect => "detect_ms",
        Stage::Embed => "embed_ms",
        Stage::Measure => "measure_ms",
        Stage::Store => "store_ms",
    };
    Span::current().record(field, took.as_secs_f64() * 1e3);
}
