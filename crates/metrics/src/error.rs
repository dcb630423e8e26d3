//! Why there are no metrics.

use thiserror::Error;

/// A mistake in names or labels, which shows at the start, or a text that cannot be written.
#[derive(Debug, Error)]
#[error("metrics: {0}")]
pub struct MetricsError(#[from] prometheus::Error);
