//! What is counted and timed while the server works, for Prometheus and for the operator's console.
//!
//! Labels are routes, codes and stages: lists that do not grow. Never an app, a subject, a key or a host.

mod error;
mod figures;
mod levels;
mod metrics;
mod stage;

pub use error::MetricsError;
pub use figures::{Figures, RequestFigures};
pub use levels::Levels;
pub use metrics::Metrics;
pub use stage::Stage;
