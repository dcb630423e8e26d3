//! Trying again, with more and more time in between: a restart or a failover of the database is over in seconds, and a
//! request that waits for it is better than one that fails.

use std::time::{Duration, Instant};

use facegate_gallery::{Committed, StoreError, Unlike};

use crate::error::{Failure, Remedy};

/// First and longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// Collisions of writers are resolved by one or two further attempts; more mean that something is wrong.
const COLLISIONS: u32 = 20;

/// How long one operation goes on trying.
pub(crate) struct Patience {
    deadline: Instant,
    pause: Duration,
    collisions: u32,
}

impl Patience {
    pub(crate) fn new(time: Duration) -> Self {
        Self { deadline: Instant::now() + time, pause: PAUSES.0, collisions: 0 }
    }

    /// At least this much more time: the operation may have happened, and it should be known.
    pub(crate) fn extend(&mut self, time: Duration) {
        self.deadline = self.deadline.max(Instant::now() + time);
    }

    /// Waits before the next attempt, or gives the error to tell.
    pub(crate) async fn after(&mut self, failure: Failure) -> Result<(), StoreError> {
        let remedy = failure.remedy();
        match remedy {
            Remedy::Tell | Remedy::Discard => return Err(failure.explain()),
            Remedy::Again if self.collisions >= COLLISIONS => return Err(failure.explain()),
            Remedy::Again => self.collisions += 1,
            Remedy::Reconnect => {}
        }
        // A random part keeps servers that failed together from coming back together.
        let pause = self.pause.mul_f64(rand::random_range(0.5..1.5));
        if Instant::now() + pause > self.deadline {
            return Err(failure.explain());
        }
        if remedy == Remedy::Reconnect {
            self.pause = (self.pause * 2).min(PAUSES.1);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Runs work on a connection, again while that helps:
/// `attempts!(store, patience, |client| async { … })` gives a `Result<T, StoreError>`.
///
/// A macro, since a closure that borrows the connection cannot promise that its future may change threads.
macro_rules! attempts {
    ($store:expr, $patience:expr, |$client:ident| $work:expr) => {
        loop {
            let attempt = async {
                let mut lease = $store.pool.lease().await?;
                let outcome = {
                    let $client = lease.client();
                    tokio::time::timeout($store.limit, $work).await
                };
                lease.settle(outcome)
            };
            let outcome: $crate::error::Outcome<_> = attempt.await;
            match outcome {
                Ok(value) => break Ok(value),
                Err(failure) => {
                    if failure.remedy() == $crate::error::Remedy::Reconnect {
                        // Another database may answer next, which need not have given the same numbers.
                        $store.models.forget();
                    }
                    if let Err(told) = $patience.after(failure).await {
                        break Err(told);
                    }
                }
            }
        }
    };
}

/// A read: `read!(store, |client| async { … })`.
macro_rules! read {
    ($store:expr, |$client:ident| $work:expr) => {{
        let mut patience = $crate::retry::Patience::new($store.options.retry_for);
        $crate::retry::attempts!($store, patience, |$client| $work)
    }};
}

/// A write that happens once, although its connection may break while it is committed:
/// `write!(store, app, |transaction| async { … })`.
///
/// Each attempt leaves a receipt with what it writes. Whether an attempt whose COMMIT was not answered went through is
/// told by the next attempt: its own receipt, which waits for the other transaction if that still runs, finds the first.
macro_rules! write {
    ($store:expr, $app:expr, |$transaction:ident| $work:expr) => {{
        let mut patience = $crate::retry::Patience::new($store.options.retry_for);
        let receipt = uuid::Uuid::new_v4();
        let mut unanswered = None;
        $crate::retry::attempts!($store, patience, |client| async {
            let $transaction = client.transaction().await?;
            if !$crate::receipts::leave(&$transaction, $app, receipt).await? {
                $transaction.rollback().await?;
                return match unanswered.clone() {
                    Some(value) => Ok(value),
                    None => Err($crate::error::Failure::unreadable("receipt")),
                };
            }
            match $work.await {
                Ok(value) => {
                    if unanswered.is_none() {
                        patience.extend($crate::retry::UNANSWERED);
                    }
                    unanswered = Some(Clone::clone(&value));
                    match $crate::retry::Keeps::keeps(&value) {
                        true => $transaction.commit().await?,
                        false => $transaction.rollback().await?,
                    }
                    Ok(value)
                }
                Err(failure) => {
                    if let $crate::error::Failure::Store(_) | $crate::error::Failure::Again = &failure {
                        $transaction.rollback().await?;
                    }
                    Err(failure)
                }
            }
        })
    }};
}

/// How long to go on asking whether a write went through that was on its way to be committed.
pub(crate) const UNANSWERED: Duration = Duration::from_secs(10);

/// Whether what a transaction wrote is to stay, by what it found.
pub(crate) trait Keeps {
    fn keeps(&self) -> bool {
        true
    }
}

impl Keeps for () {}
impl Keeps for bool {}
impl Keeps for u64 {}
impl Keeps for Option<u32> {}
impl Keeps for facegate_gallery::Switched {}

impl Keeps for Unlike {
    fn keeps(&self) -> bool {
        !matches!(self, Self::Enrolled(_) | Self::Committed(Committed::Replayed(_)))
    }
}

pub(crate) use {attempts, read, write};
