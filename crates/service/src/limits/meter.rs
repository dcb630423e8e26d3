//! Counts failures by what they concern. Bounded in memory whoever fails how often, and blind to the wall clock.
//!
//! Not `governor`, which limits the API's rate: it cannot look without counting, and a request that succeeds must not count.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Allows so many failures at once, and one more whenever an equal part of the period has gone by.
pub struct Meter {
    /// Time in which one failure is forgotten.
    each: Duration,
    most: u32,
    room: usize,
    /// Keyed at random, so that nobody can choose whose count to share.
    hasher: RandomState,
    cells: Mutex<HashMap<u64, Cell>>,
}

/// When everything that was counted will be forgotten, and whether somebody was told that it was too much.
struct Cell {
    until: Instant,
    told: bool,
}

/// There were too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// Whole seconds until one more is allowed, at least 1.
    pub seconds: u64,
    /// It is the first time since this one was quiet.
    pub news: bool,
}

impl Meter {
    /// `most` failures per `period`; of at most `room` different ones.
    pub fn new(most: NonZeroU32, period: Duration, room: usize) -> Self {
        let each = period / most.get();
        Self { each, most: most.get(), room: room.max(2), hasher: RandomState::new(), cells: Mutex::default() }
    }

    /// Whether one more failure would be allowed; counts nothing.
    pub fn look(&self, what: impl Hash) -> Result<(), Full> {
        self.look_at(self.hasher.hash_one(what), Instant::now())
    }

    /// Counts a failure, unless it is one too many.
    pub fn count(&self, what: impl Hash) -> Result<(), Full> {
        self.count_at(self.hasher.hash_one(what), Instant::now())
    }

    /// How many different ones would be refused now.
    pub fn full(&self) -> usize {
        let now = Instant::now();
        self.cells().values().filter(|cell| self.wait(cell, now).is_some()).count()
    }

    fn look_at(&self, key: u64, now: Instant) -> Result<(), Full> {
        match self.cells().get_mut(&key) {
            Some(cell) => self.judge(cell, now),
            None => Ok(()),
        }
    }

    fn count_at(&self, key: u64, now: Instant) -> Result<(), Full> {
        let mut cells = self.cells();
        if cells.len() >= self.room && !cells.contains_key(&key) {
            forget(&mut cells, now);
        }
        let cell = cells.entry(key).or_insert(Cell { until: now, told: false });
        self.judge(cell, now)?;
        cell.until = cell.until.max(now) + self.each;
        Ok(())
    }

    fn judge(&self, cell: &mut Cell, now: Instant) -> Result<(), Full> {
        cell.told &= cell.until > now;
        let Some(wait) = self.wait(cell, now) else { return Ok(()) };
        let news = !std::mem::replace(&mut cell.told, true);
        Err(Full { seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0), news })
    }

    /// Time until one more is allowed, if it is not now.
    fn wait(&self, cell: &Cell, now: Instant) -> Option<Duration> {
        let held = cell.until.saturating_duration_since(now);
        (held + self.each).checked_sub(self.each * self.most).filter(|wait| !wait.is_zero())
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<u64, Cell>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room: who is quiet is forgotten, and unless that is a quarter, the half with the fewest failures too, so that naming
/// others does not help whoever has failed often. A quarter at least, so that not every new one makes all be looked through.
fn forget(cells: &mut HashMap<u64, Cell>, now: Instant) {
    let before = cells.len();
    cells.retain(|_, cell| cell.until > now);
    if cells.len() <= before - before.div_ceil(4) {
        return;
    }
    let mut ends: Vec<(Instant, u64)> = cells.iter().map(|(key, cell)| (cell.until, *key)).collect();
    ends.sort_unstable();
    for (_, key) in ends.iter().take(ends.len().div_ceil(2)) {
        cells.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn meter(most: u32, room: usize) -> Meter {
        Meter::new(NonZeroU32::new(most).unwrap(), MINUTE, room)
    }

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let (meter, start) = (meter(6, 100), Instant::now());
        for _ in 0..6 {
            assert_eq!(meter.look_at(1, start), Ok(()));
            assert_eq!(meter.count_at(1, start), Ok(()));
        }
        assert_eq!(meter.look_at(1, start), Err(Full { seconds: 10, news: true }));
        assert_eq!(meter.count_at(1, start), Err(Full { seconds: 10, news: false }), "news are told once");
        assert_eq!(meter.count_at(2, start), Ok(()), "another one has failures of its own");
        // What was refused was not counted, or waiting would be of no use.
        let later = start + MINUTE / 6;
        assert_eq!(meter.count_at(1, later), Ok(()));
        assert_eq!(meter.count_at(1, later), Err(Full { seconds: 10, news: false }), "it was never quiet");
        let quiet = later + MINUTE;
        for _ in 0..6 {
            assert_eq!(meter.count_at(1, quiet), Ok(()));
        }
        assert!(meter.count_at(1, quiet).unwrap_err().news);
    }

    #[test]
    fn looking_does_not_count() {
        let (meter, start) = (meter(1, 100), Instant::now());
        for _ in 0..10 {
            assert_eq!(meter.look_at(1, start), Ok(()));
        }
        assert_eq!(meter.count_at(1, start), Ok(()));
        assert_eq!(meter.look_at(1, start).unwrap_err().seconds, 60);
    }

    #[test]
    fn those_that_are_full_are_counted() {
        let meter = meter(2, 64);
        for (what, times) in [(1, 1), (2, 2), (3, 5)] {
            for _ in 0..times {
                let _ = meter.count(what);
            }
        }
        assert_eq!(meter.full(), 2);
        assert!(meter.look(1).is_ok() && meter.look(2).is_err() && meter.look(3).is_err());
    }

    #[test]
    fn room_is_made_for_many_at_once() {
        let (meter, start) = (meter(5, 64), Instant::now());
        meter.count_at(0, start).unwrap();
        for other in 1..64 {
            meter.count_at(other, start + MINUTE / 10).unwrap();
        }
        // One of them is quiet by now: it alone would have to be looked for again at the next.
        let now = start + MINUTE / 5;
        meter.count_at(64, now).unwrap();
        assert!(meter.cells().len() <= 48, "{} are left", meter.cells().len());
    }

    #[test]
    fn memory_is_bounded_and_who_fails_often_stays_known() {
        let (meter, start) = (meter(5, 64), Instant::now());
        for _ in 0..5 {
            meter.count_at(0, start).unwrap();
        }
        for other in 1..10_000 {
            meter.count_at(other, start).unwrap();
            assert!(meter.cells().len() <= 64);
        }
        assert!(meter.look_at(0, start).is_err(), "others have pushed it out");
        meter.count_at(10_000, start + 2 * MINUTE).unwrap();
        for other in 0..100 {
            meter.count_at(20_000 + other, start + 2 * MINUTE).unwrap();
        }
        assert!(meter.look_at(0, start + 2 * MINUTE).is_ok());
    }
}
