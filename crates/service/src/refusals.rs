//! Refused requests in the audit log, in bounds: whoever tries keys or faces fills no disk and holds up nobody.
//!
//! A few refusals of each kind and app get a row of their own in every period; the others are counted, and the count gets one row.
//! Rows are written in the background.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use facegate_domain::{AppId, SessionId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, AuditLog};
use tokio::sync::Notify;

/// Rows of their own that one app's refusals of one kind get in a period.
const ROWS: u32 = 10;
/// How long a period is.
const PERIOD: Duration = Duration::from_secs(60);
/// Rows are written together after this time.
const GATHER: Duration = Duration::from_millis(200);

/// Why somebody was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// No valid key.
    Key,
    /// Too many faces that were not a subject's; the row is about its first refusal.
    Guess,
}

/// Whose refusals: those without a known app count as one app's.
type Whose = (Option<AppId>, Kind);

/// Refusals since the period began.
#[derive(Default)]
struct Tally {
    rows: u32,
    more: u64,
    waiting: Vec<AuditEntry>,
}

/// Counts refusals and writes them down.
pub(crate) struct Refusals {
    audit: Arc<dyn AuditLog>,
    tallies: Mutex<HashMap<Whose, Tally>>,
    wake: Notify,
}

impl Refusals {
    pub(crate) fn new(audit: Arc<dyn AuditLog>) -> Self {
        Self { audit, tallies: Mutex::default(), wake: Notify::new() }
    }

    /// A request had no valid key.
    pub(crate) fn count(&self, app: Option<AppId>, session: SessionId) {
        self.note(Kind::Key, app, row(Action::Refused, &Actor::Stranger).in_session(Some(session)));
    }

    /// A request was refused. `app` is one that exists, so there are not many.
    pub(crate) fn note(&self, kind: Kind, app: Option<AppId>, row: AuditEntry) {
        let mut tallies = self.tallies();
        let tally = tallies.entry((app, kind)).or_default();
        if tally.rows >= ROWS {
            tally.more += 1;
            return;
        }
        tally.rows += 1;
        tally.waiting.push(AuditEntry { outcome: kind.outcome().to_owned(), ..row });
        drop(tallies);
        self.wake.notify_one();
    }

    /// Writes rows as they come and counts as periods end, for ever.
    pub(crate) async fn write(self: Arc<Self>) {
        let mut end = tokio::time::interval(PERIOD);
        loop {
            tokio::select! {
                () = self.wake.notified() => {
                    tokio::time::sleep(GATHER).await;
                    self.flush(false).await;
                }
                _ = end.tick() => self.flush(true).await,
            }
        }
    }

    /// Writes what waits; at the end of a period also what was only counted.
    pub(crate) async fn flush(&self, period_ends: bool) {
        let taken: Vec<(Whose, Vec<AuditEntry>, u64)> = {
            let mut tallies = self.tallies();
            let take = |(whose, tally): (&Whose, &mut Tally)| {
                let more = if period_ends { std::mem::take(&mut tally.more) } else { 0 };
                (whose.clone(), std::mem::take(&mut tally.waiting), more)
            };
            let taken = tallies.iter_mut().map(take).filter(|(_, rows, more)| !rows.is_empty() || *more > 0).collect();
            if period_ends {
                tallies.clear();
            }
            taken
        };
        for (whose, mut rows, more) in taken {
            let lost = rows.len() as u64 + more;
            if more > 0 {
                rows.push(whose.1.more(more));
            }
            if let Err(error) = self.audit.note(whose.0.as_ref(), &rows).await {
                tracing::warn!(%error, "refused requests could not be written to the audit log; they stay counted");
                self.tallies().entry(whose).or_default().more += lost;
            }
        }
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<Whose, Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// The API's code.
    fn outcome(self) -> &'static str {
        match self {
            Self::Key => "UNAUTHORIZED",
            Self::Guess => "TOO_MANY_REQUESTS",
        }
    }

    /// So many without rows of their own.
    fn more(self, count: u64) -> AuditEntry {
        let row = match self {
            Self::Key => row(Action::RefusedMore, &Actor::Stranger),
            Self::Guess => row(Action::GuessingLimited, &Actor::Server),
        };
        AuditEntry { outcome: self.outcome().to_owned(), ..row }.with("count", count)
    }
}

fn row(action: Action, actor: &Actor) -> AuditEntry {
    AuditEntry::done(Timestamp::now(), actor, action)
}
