//! Refused requests in the audit log, in bounds: whoever tries keys fills no disk and holds up nobody.
//!
//! A few refusals of each app get a row of their own in every period; the others are counted, and the count gets one row.
//! Rows are written in the background.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use facegate_domain::{AppId, SessionId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, AuditLog};
use tokio::sync::Notify;

/// Rows of their own that one app's refusals get in a period.
const ROWS: u32 = 10;
/// How long a period is.
const PERIOD: Duration = Duration::from_secs(60);
/// Rows are written together after this time.
const GATHER: Duration = Duration::from_millis(200);

/// One app's refusals since the period began; those without a known app count as one app's.
#[derive(Default)]
struct Tally {
    rows: u32,
    more: u64,
    waiting: Vec<AuditEntry>,
}

/// Counts refusals and writes them down.
pub(crate) struct Refusals {
    audit: Arc<dyn AuditLog>,
    tallies: Mutex<HashMap<Option<AppId>, Tally>>,
    wake: Notify,
}

impl Refusals {
    pub(crate) fn new(audit: Arc<dyn AuditLog>) -> Self {
        Self { audit, tallies: Mutex::default(), wake: Notify::new() }
    }

    /// A request was refused. `app` is one that exists, so there are not many.
    pub(crate) fn count(&self, app: Option<AppId>, session: SessionId) {
        let mut tallies = self.tallies();
        let tally = tallies.entry(app).or_default();
        if tally.rows >= ROWS {
            tally.more += 1;
            return;
        }
        tally.rows += 1;
        tally.waiting.push(refused(Action::Refused).in_session(Some(session)));
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
        let taken: Vec<(Option<AppId>, Vec<AuditEntry>, u64)> = {
            let mut tallies = self.tallies();
            let take = |(app, tally): (&Option<AppId>, &mut Tally)| {
                let more = if period_ends { std::mem::take(&mut tally.more) } else { 0 };
                (app.clone(), std::mem::take(&mut tally.waiting), more)
            };
            let taken = tallies.iter_mut().map(take).filter(|(_, rows, more)| !rows.is_empty() || *more > 0).collect();
            if period_ends {
                tallies.clear();
            }
            taken
        };
        for (app, mut rows, more) in taken {
            let lost = rows.len() as u64 + more;
            if more > 0 {
                rows.push(refused(Action::RefusedMore).with("count", more));
            }
            if let Err(error) = self.audit.note(app.as_ref(), &rows).await {
                tracing::warn!(%error, "refused requests could not be written to the audit log; they stay counted");
                self.tallies().entry(app).or_default().more += lost;
            }
        }
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<Option<AppId>, Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(action: Action) -> AuditEntry {
    AuditEntry { outcome: "UNAUTHORIZED".to_owned(), ..AuditEntry::done(Timestamp::now(), &Actor::Stranger, action) }
}
