//! On what terms a subject is kept, and by which clock that is judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use facegate_domain::{AppId, SubjectId, Timestamp};

/// What the caller says about keeping a subject; replaced with every enrolment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The caller's reference to the person's consent, 1–255 characters.
    pub consent_reference: Option<String>,
    /// From this moment on the subject is not there any more.
    pub expires_at: Option<Timestamp>,
}

/// A subject whose time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Whose.
    pub app: AppId,
    /// Who.
    pub subject_id: SubjectId,
}

/// The time by which a store judges what has expired: the system's, or ahead of it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        Timestamp(Timestamp::now().0.saturating_add(self.0.load(Ordering::Relaxed)))
    }

    /// Moves this clock and its clones on, for tests.
    pub fn advance(&self, microseconds: i64) {
        self.0.fetch_add(microseconds, Ordering::Relaxed);
    }
}

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// A use is written down if the last one that was is at least this long ago, microseconds.
pub const USES_APART: i64 = 3_600_000_000;

/// Longest retention in days: a hundred years.
pub const MAX_RETENTION_DAYS: u32 = 36_525;
