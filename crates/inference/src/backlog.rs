//! How many jobs may wait: many for a moment, few for long.
//!
//! A burst is served if its end is in sight. A queue that does not get empty any more only makes everybody wait longer:
//! then a few jobs for each worker keep all of them at work, and what comes beyond is better refused at once. The idea
//! is that of CoDel (Nichols and Jacobson, "Controlling Queue Delay", 2012), with jobs counted instead of timed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A queue that was empty within this time is a burst.
const BURST: Duration = Duration::from_millis(100);
/// Jobs for each worker that may always wait: with fewer, workers run dry between two of them.
const FEW: usize = 3;

/// Counts the jobs that wait.
pub(crate) struct Backlog {
    waiting: AtomicUsize,
    empty_at: Mutex<Instant>,
    few: usize,
}

impl Backlog {
    pub fn new(workers: usize) -> Self {
        Self { waiting: AtomicUsize::new(0), empty_at: Mutex::new(Instant::now()), few: workers * FEW }
    }

    /// One more waits.
    pub fn add(&self) {
        if self.waiting.fetch_add(1, Ordering::AcqRel) == 0 {
            *self.empty_at() = Instant::now();
        }
    }

    /// One no longer waits.
    pub fn take(&self) {
        if self.waiting.fetch_sub(1, Ordering::AcqRel) == 1 {
            *self.empty_at() = Instant::now();
        }
    }

    /// Whether more than a few wait and have done so for more than a moment.
    pub fn is_standing(&self) -> bool {
        self.waiting.load(Ordering::Acquire) >= self.few && self.empty_at().elapsed() > BURST
    }

    fn empty_at(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.empty_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(backlog: &Backlog) {
        *backlog.empty_at() -= 2 * BURST;
    }

    #[test]
    fn a_burst_may_wait_and_a_standing_queue_may_not() {
        let backlog = Backlog::new(2);
        (0..100).for_each(|_| backlog.add());
        assert!(!backlog.is_standing(), "it was empty a moment ago");
        later(&backlog);
        assert!(backlog.is_standing());
        (0..94).for_each(|_| backlog.take());
        assert!(backlog.is_standing());
        backlog.take();
        assert!(!backlog.is_standing(), "five for two workers are few");
    }

    #[test]
    fn a_queue_that_was_empty_meanwhile_is_a_new_burst() {
        let backlog = Backlog::new(1);
        for _ in 0..2 {
            (0..10).for_each(|_| backlog.add());
            assert!(!backlog.is_standing());
            later(&backlog);
            assert!(backlog.is_standing());
            (0..10).for_each(|_| backlog.take());
            assert!(!backlog.is_standing());
        }
    }
}
