//! How many jobs may wait: many for a moment, some for long, few under overload.
//!
//! A burst is served if its end is in sight, and so are clients that wait for their answers before they ask again: they keep a
//! queue of constant length. A queue that is long and stays so gets more than can be done. Then a job for each worker keeps
//! all of them at work, and a longer queue would only make everybody wait longer: so it is kept that short until nobody has
//! been refused for a while. (CoDel's idea, Nichols and Jacobson 2012, with jobs counted instead of timed.)

use std::time::{Duration, Instant};

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// Jobs for each worker that may wait as long as it takes.
const SOME: usize = 64;
/// A queue that was not longer than that within this time is a burst.
const BURST: Duration = Duration::from_millis(100);
/// Without a refusal for this long the overload is over.
const CALM: Duration = Duration::from_secs(1);

/// Counts the jobs that wait.
pub struct Backlog {
    waiting: AtomicUsize,
    times: Mutex<Times>,
    /// How many may wait at all.
    limit: usize,
    /// How many may wait for long.
    some: usize,
    /// How many may wait under overload.
    few: usize,
}

struct Times {
    /// When no more than some waited.
    short_at: Instant,
    refused_at: Option<Instant>,
}

impl Backlog {
    /// For this many workers; at most `limit` jobs wait.
    pub fn new(workers: usize, limit: usize) -> Self {
        let times = Mutex::new(Times { short_at: Instant::now(), refused_at: None });
        Self { waiting: AtomicUsize::new(0), times, limit, some: SOME * workers, few: workers }
    }

    /// One more waits.
    pub fn add(&self) {
        // Both under the lock: who asks in between would see a long queue, and that it has stood for as long as it was short.
        let mut times = self.times();
        if self.waiting.fetch_add(1, Ordering::AcqRel) == self.some {
            times.short_at = Instant::now();
        }
    }

    /// One no longer waits.
    pub fn take(&self) {
        let mut times = self.times();
        if self.waiting.fetch_sub(1, Ordering::AcqRel) == self.some + 1 {
            times.short_at = Instant::now();
        }
    }

    /// Whether one more is to be refused. To ask is to try: a refusal is noted.
    pub fn refuses(&self) -> bool {
        // At a glance, since most ask when hardly anything waits.
        if self.waiting() < self.few.min(self.limit) {
            return false;
        }
        let mut times = self.times();
        let waiting = self.waiting();
        if waiting < self.few.min(self.limit) {
            return false;
        }
        let overloaded = times.refused_at.is_some_and(|at| at.elapsed() < CALM);
        let stands = waiting > self.some && times.short_at.elapsed() > BURST;
        let refuses = overloaded || stands || waiting >= self.limit;
        if refuses {
            times.refused_at = Some(Instant::now());
        }
        refuses
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(backlog: &Backlog, count: usize) {
        for _ in 0..count {
            assert!(!backlog.refuses());
            backlog.add();
        }
    }

    /// As if a queue of this length had stood for a while.
    fn stand(backlog: &Backlog) {
        backlog.times().short_at -= 2 * BURST;
    }

    #[test]
    fn a_burst_may_wait_and_a_long_queue_that_stands_may_not() {
        let backlog = Backlog::new(2, 256);
        grow(&backlog, 200);
        stand(&backlog);
        assert!(backlog.refuses());
        (0..198).for_each(|_| backlog.take());
        assert!(backlog.refuses(), "two wait for two workers: enough while there is too much to do");
        backlog.take();
        assert!(!backlog.refuses());
    }

    #[test]
    fn clients_that_wait_for_their_answers_are_served_however_long_it_goes_on() {
        let backlog = Backlog::new(2, 256);
        grow(&backlog, 128);
        stand(&backlog);
        for _ in 0..100 {
            backlog.take();
            grow(&backlog, 1);
        }
    }

    #[test]
    fn the_limit_holds_and_after_a_calm_moment_the_queue_may_grow_again() {
        let backlog = Backlog::new(1, 8);
        grow(&backlog, 8);
        assert!(backlog.refuses());
        backlog.take();
        assert!(backlog.refuses());
        backlog.times().refused_at = Some(Instant::now() - 2 * CALM);
        assert!(!backlog.refuses());
    }
}
