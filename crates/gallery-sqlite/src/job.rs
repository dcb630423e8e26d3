//! One caller's write: run in the batch's transaction, answered after its commit.

use facegate_gallery::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::{Failure, Outcome};

/// A write that waits for its turn.
pub(crate) trait Job: Send {
    /// Bytes of photos that it carries.
    fn weight(&self) -> usize;
    /// Whether its caller has gone, so that it need not start.
    fn abandoned(&self) -> bool;
    /// Does the work. The outcome is kept for [`Job::answer`]; `Err` says that nothing of it may stay.
    fn run(&mut self, connection: &Connection, explain: &dyn Fn(Failure) -> StoreError) -> Result<(), StoreError>;
    /// Tells the caller: its outcome if the batch was committed, else the batch's error.
    fn answer(self: Box<Self>, batch: Result<(), StoreError>);
}

/// A closure as a job.
pub(crate) struct Task<T, F> {
    weight: usize,
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Task<T, F>
where
    F: FnOnce(&Connection) -> Outcome<T>,
{
    /// The job, and where its answer comes out.
    pub(crate) fn new(weight: usize, work: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { weight, work: Some(work), outcome: None, reply }, answer)
    }
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Outcome<T> + Send,
{
    fn weight(&self) -> usize {
        self.weight
    }

    fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &Connection, explain: &dyn Fn(Failure) -> StoreError) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let outcome = work(connection).map_err(explain);
        let kept = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
        self.outcome = Some(outcome);
        kept
    }

    fn answer(self: Box<Self>, batch: Result<(), StoreError>) {
        // What a job saw in a transaction that was not committed never was, so the batch's error comes first.
        let unasked = || Err(StoreError::Unavailable("a write was not carried out".to_owned()));
        let Self { outcome, reply, .. } = *self;
        // A caller that has gone meanwhile needs no answer.
        let _ = reply.send(batch.and_then(|()| outcome.unwrap_or_else(unasked)));
    }
}
