//! What all clients have asked and been told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Plan;
use super::report::{Kind, Life, Report};

/// Failures that are kept in words; the others are counted.
const WORDS: usize = 20;

#[derive(Default)]
struct Counts {
    kinds: BTreeMap<&'static str, Kind>,
    /// By quota: units that answers took, and requests that were lost, each of which may have taken one.
    units: BTreeMap<&'static str, (u64, u64)>,
    /// Requests whose outcome was found out after a kill: done, and not.
    found: [u64; 2],
    checked: u64,
    failures: Vec<String>,
    failed: u64,
    rows: u64,
}

/// The counts, shared by all.
#[derive(Default)]
pub(crate) struct Books(Mutex<Counts>);

impl Books {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer with this status, after this time.
    pub fn answer(&self, kind: &'static str, status: u16, took: Duration) {
        let mut counts = self.counts();
        let kind = counts.kinds.entry(kind).or_default();
        *kind.statuses.entry(status).or_default() += 1;
        kind.times.push(took.as_secs_f32());
    }

    /// A request whose answer never came.
    pub fn lost(&self, kind: &'static str) {
        self.counts().kinds.entry(kind).or_default().lost += 1;
    }

    /// A unit was taken, or perhaps was.
    pub fn unit(&self, quota: &'static str, surely: bool) {
        let mut counts = self.counts();
        let (taken, doubtful) = counts.units.entry(quota).or_default();
        *(if surely { taken } else { doubtful }) += 1;
    }

    /// What became of a lost request.
    pub fn found(&self, done: bool) {
        self.counts().found[usize::from(!done)] += 1;
    }

    /// A promise was looked at and kept.
    pub fn checked(&self) {
        self.counts().checked += 1;
    }

    /// Something is not as it must be.
    pub fn fail(&self, what: String) {
        let mut counts = self.counts();
        counts.failed += 1;
        if counts.failures.len() < WORDS {
            eprintln!("failure: {what}");
            counts.failures.push(what);
        }
    }

    /// Answers so far.
    pub fn answered(&self) -> u64 {
        self.counts().kinds.values().map(|kind| kind.times.len() as u64).sum()
    }

    /// Compares a quota's units with what was told.
    pub fn expect_units(&self, quota: &'static str, used: u64) {
        let (taken, doubtful) = self.counts().units.get(quota).copied().unwrap_or_default();
        if !(taken..=taken + doubtful).contains(&used) {
            self.fail(format!("{quota}: {used} units used, {taken} answered and {doubtful} lost"));
        }
    }

    /// Rows of the audit log.
    pub fn set_rows(&self, rows: u64) {
        self.counts().rows = rows;
    }

    /// Everything, judged.
    pub fn report(&self, plan: Plan, capacity: f64, lives: Vec<Life>, took: Duration) -> Report {
        for (number, life) in lives.iter().enumerate() {
            for grown in life.grown() {
                self.fail(format!("life {number}: {grown}"));
            }
        }
        let mut counts = self.counts();
        let Counts { kinds, found, checked, failures, failed, rows, .. } = std::mem::take(&mut *counts);
        Report { plan, capacity, kinds, lives, found, checked, failures, failed, rows, took }
    }
}
