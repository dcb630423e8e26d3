//! What a run has shown, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::Plan;
use super::vitals::{Vitals, ends, grown};

/// Requests of one kind.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Seconds to each answer.
    pub times: Vec<f32>,
    /// Requests that a kill left without one.
    pub lost: u64,
}

/// One process.
#[derive(Clone, Debug)]
pub struct Life {
    /// How long it was left alive.
    pub seconds: u64,
    /// What it held, at equal distances.
    pub vitals: Vec<Vitals>,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked for.
    pub plan: Plan,
    /// Requests a second that the server answers at most.
    pub capacity: f64,
    /// By kind.
    pub kinds: BTreeMap<&'static str, Kind>,
    /// Each process.
    pub lives: Vec<Life>,
    /// Lost requests that turned out to be done, and not.
    pub found: [u64; 2],
    /// Times that an acknowledged subject was looked for and found.
    pub checked: u64,
    /// What was not as it must be; the first of them.
    pub failures: Vec<String>,
    /// How many there were.
    pub failed: u64,
    /// Rows of the audit log, all verified.
    pub rows: u64,
    /// From the first start to the end.
    pub took: Duration,
}

impl Kind {
    fn answers(&self) -> u64 {
        self.times.len() as u64
    }

    /// Milliseconds within which this part of the answers came.
    fn within(&self, part: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f32::total_cmp);
        let at = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
        times.get(at).map_or(0.0, |seconds| f64::from(*seconds) * 1e3)
    }
}

impl Life {
    /// What has grown.
    pub(crate) fn grown(&self) -> Vec<String> {
        grown(&self.vitals)
    }

    /// First and last after warming up.
    fn ends(&self, read: fn(&Vitals) -> u64) -> (u64, u64) {
        let all = || (self.vitals.first().map_or(0, read), self.vitals.last().map_or(0, read));
        ends(&self.vitals, read).unwrap_or_else(all)
    }
}

impl Report {
    /// Answers of all kinds.
    pub fn requests(&self) -> u64 {
        self.kinds.values().map(Kind::answers).sum()
    }

    /// Requests that kills left without an answer.
    pub fn lost(&self) -> u64 {
        self.kinds.values().map(|kind| kind.lost).sum()
    }

    /// Processes that were killed.
    pub fn kills(&self) -> usize {
        self.lives.len() - 1
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let kinds = self.kinds.iter().map(|(name, kind)| {
            let statuses: BTreeMap<String, u64> = kind.statuses.iter().map(|(s, n)| (s.to_string(), *n)).collect();
            json!({"kind": name, "answers": kind.answers(), "statuses": statuses, "lost": kind.lost,
                   "p50_ms": kind.within(0.5), "p99_ms": kind.within(0.99)})
        });
        let lives = self.lives.iter().map(|life| {
            json!({"seconds": life.seconds, "samples": life.vitals.len(), "memory_kb": life.ends(|v| v.memory),
                   "files": life.ends(|v| v.files), "threads": life.ends(|v| v.threads),
                   "connections": life.ends(|v| v.connections)})
        });
        json!({"seconds": self.plan.seconds, "clients": self.plan.clients, "seed": self.plan.seed,
               "capacity_per_second": self.capacity, "load": self.plan.load, "requests": self.requests(),
               "kills": self.kills(), "lost": self.lost(), "lost_done": self.found[0], "lost_not_done": self.found[1],
               "promises_checked": self.checked, "audit_rows": self.rows, "failures": self.failed,
               "failures_in_words": self.failures, "took_seconds": self.took.as_secs(),
               "kinds": kinds.collect::<Vec<_>>(), "lives": lives.collect::<Vec<_>>()})
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:8} {:>8} {:>6} {:>6} {:>9} {:>9}  other than 200",
            "request", "answers", "busy", "lost", "p50 ms", "p99 ms"
        )?;
        for (name, kind) in &self.kinds {
            let busy = kind.statuses.get(&503).copied().unwrap_or_default();
            let others: Vec<_> = kind.statuses.iter().filter(|(status, _)| ![200, 503].contains(*status)).collect();
            let (p50, p99) = (kind.within(0.5), kind.within(0.99));
            writeln!(f, "{name:8} {:>8} {busy:>6} {:>6} {p50:>9.1} {p99:>9.1}  {others:?}", kind.answers(), kind.lost)?;
        }
        writeln!(
            f,
            "\n{:>4} {:>8}  {:>17}  {:>9}  {:>9}  {:>11}",
            "life", "seconds", "memory MB", "files", "threads", "connections"
        )?;
        for (number, life) in self.lives.iter().enumerate() {
            let pair = |read: fn(&Vitals) -> u64| {
                let (first, last) = life.ends(read);
                format!("{first} → {last}")
            };
            let memory = pair(|vitals| vitals.memory / 1000);
            let (files, threads, connections) = (pair(|v| v.files), pair(|v| v.threads), pair(|v| v.connections));
            writeln!(f, "{number:>4} {:>8}  {memory:>17}  {files:>9}  {threads:>9}  {connections:>11}", life.seconds)?;
        }
        writeln!(
            f,
            "\n{} requests in {} s at {:.0} % of {:.1}/s, {} kills; {} lost in flight, of those looked into {} done and {} not; \
             {} promises looked at; {} rows of the audit log verified; {} failures",
            self.requests(),
            self.took.as_secs(),
            self.plan.load * 100.0,
            self.capacity,
            self.kills(),
            self.lost(),
            self.found[0],
            self.found[1],
            self.checked,
            self.rows,
            self.failed
        )?;
        self.failures.iter().try_for_each(|failure| writeln!(f, "failure: {failure}"))
    }
}
