//! The one thread that writes: takes what waits, runs it in one transaction, commits once, answers all.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use facegate_gallery::StoreError;
use rusqlite::Connection;

use crate::error::{Failure, Outcome};
use crate::job::{Job, Task};
use crate::{Options, purge};

/// Jobs in one transaction at most; enough that the cost of the `fsync` no longer shows.
const BATCH_JOBS: usize = 64;
/// Bytes of photos after which a batch takes no further job.
const BATCH_BYTES: usize = 32 << 20;
/// Without work for this long the thread tidies up.
const IDLE: Duration = Duration::from_millis(300);
/// Under work without a pause it tidies up all the same, this long after a write.
const TIDY_AT_LATEST: Duration = Duration::from_secs(30);

/// The writing thread's front.
pub(crate) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    waiting_bytes: Arc<AtomicUsize>,
    queue_bytes: usize,
    last_good: Arc<Mutex<Option<Instant>>>,
}

impl Writer {
    /// Starts the thread; it owns the connection.
    pub(crate) fn start(connection: Connection, path: &Path, options: &Options) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(options.queue.max(1));
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let last_good = Arc::new(Mutex::new(None));
        let session = Session {
            connection,
            path: path.to_owned(),
            lock_wait: options.lock_wait,
            waiting_bytes: waiting_bytes.clone(),
            last_good: last_good.clone(),
            // An app whose deletion was interrupted may wait to be removed.
            untidy_since: Some(Instant::now()),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || session.serve(&jobs))
            .map_err(|error| StoreError::Unavailable(format!("no thread could be started: {error}")))?;
        let queue_bytes = options.queue_bytes;
        Ok(Self { queue: Some(queue), thread: Some(thread), waiting_bytes, queue_bytes, last_good })
    }

    /// Runs `work` in a transaction and waits until it is durable. `weight`: bytes of photos in it.
    ///
    /// A job whose caller goes away (the future is dropped) before it starts is not run.
    pub(crate) async fn run<T, F>(&self, weight: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let (job, answer) = Task::new(weight, work);
        // One job is always let in, however large.
        let waiting = self.waiting_bytes.fetch_add(weight, Ordering::AcqRel);
        let refusal = if waiting > 0 && waiting + weight > self.queue_bytes {
            Some(StoreError::Busy("too many photos wait to be written".to_owned()))
        } else {
            self.send(Box::new(job)).err()
        };
        if let Some(refusal) = refusal {
            self.waiting_bytes.fetch_sub(weight, Ordering::AcqRel);
            return Err(refusal);
        }
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let Some(queue) = &self.queue else { return Err(stopped()) };
        queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy("too many writes wait".to_owned()),
            TrySendError::Disconnected(_) => stopped(),
        })
    }

    /// Whether the last commit succeeded, and not longer ago than this.
    pub(crate) fn wrote_within(&self, age: Duration) -> bool {
        self.last_good.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < age)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's writer had failed");
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store's writer has stopped: restart facegate".to_owned())
}

/// What the thread owns.
struct Session {
    connection: Connection,
    path: PathBuf,
    lock_wait: Duration,
    waiting_bytes: Arc<AtomicUsize>,
    last_good: Arc<Mutex<Option<Instant>>>,
    untidy_since: Option<Instant>,
}

impl Session {
    fn serve(mut self, jobs: &Receiver<Box<dyn Job>>) {
        loop {
            let next = match self.untidy_since {
                Some(_) => jobs.recv_timeout(IDLE),
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(first) => self.batch(first, jobs),
                Err(RecvTimeoutError::Timeout) => self.tidy(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.untidy_since.is_some_and(|since| since.elapsed() > TIDY_AT_LATEST) {
                self.untidy_since = Some(Instant::now());
                self.tidy();
            }
        }
        let _ = truncate_log(&self.connection);
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(code = ?error.sqlite_error_code(), "the store was not closed cleanly");
        }
    }

    fn batch(&mut self, first: Box<dyn Job>, queue: &Receiver<Box<dyn Job>>) {
        let mut weight = first.weight();
        let mut jobs = vec![first];
        while jobs.len() < BATCH_JOBS && weight < BATCH_BYTES {
            let Ok(job) = queue.try_recv() else { break };
            weight += job.weight();
            jobs.push(job);
        }
        jobs.retain(|job| !job.abandoned());
        if !jobs.is_empty() {
            let outcome = self.transact(&mut jobs);
            *self.last_good.lock().unwrap_or_else(PoisonError::into_inner) = outcome.is_ok().then(Instant::now);
            self.untidy_since.get_or_insert_with(Instant::now);
            // Their photos are gone by now. Before the answers, so that whoever has one finds the room.
            self.waiting_bytes.fetch_sub(weight, Ordering::AcqRel);
            jobs.into_iter().for_each(|job| job.answer(outcome.clone()));
        } else {
            self.waiting_bytes.fetch_sub(weight, Ordering::AcqRel);
        }
    }

    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let explain = |failure: Failure| failure.at(&self.path);
        begin(&self.connection, self.lock_wait).map_err(explain)?;
        let done = jobs.iter_mut().try_for_each(|job| self.run_one(&mut **job));
        let committed = done.and_then(|()| statement(&self.connection, "COMMIT").map_err(explain));
        if committed.is_err() && !self.connection.is_autocommit() {
            let _ = statement(&self.connection, "ROLLBACK");
        }
        committed
    }

    /// Runs a job so that its failure undoes its own writes only. `Err` if the whole transaction is lost.
    fn run_one(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        let explain = |failure: Failure| failure.at(&self.path);
        statement(&self.connection, "SAVEPOINT job").map_err(explain)?;
        if let Err(error) = job.run(&self.connection, &explain) {
            if self.connection.is_autocommit() {
                // A full disk, for one, makes SQLite roll back everything.
                return Err(error);
            }
            statement(&self.connection, "ROLLBACK TO job").map_err(explain)?;
        }
        statement(&self.connection, "RELEASE job").map_err(explain)
    }

    /// Finishes interrupted deletions, and takes what was deleted or replaced out of the log.
    fn tidy(&mut self) {
        let purged = begin(&self.connection, Duration::from_millis(50)).and_then(|()| {
            let purged = purge::any(&self.connection).and_then(|more| {
                statement(&self.connection, "COMMIT")?;
                Ok(more)
            });
            if purged.is_err() && !self.connection.is_autocommit() {
                let _ = statement(&self.connection, "ROLLBACK");
            }
            purged
        });
        match purged.and_then(|more| Ok(more | !truncate_log(&self.connection)?)) {
            Ok(true) => {}
            Ok(false) => self.untidy_since = None,
            Err(failure) if failure.is_busy() => {}
            Err(failure) => {
                // Tried again after the next write; requests meet the same fault and report it.
                self.untidy_since = None;
                tracing::warn!(error = %failure.at(&self.path), "the store could not be tidied up");
            }
        }
    }
}

/// Moves the log into the main file and empties it; `false` if a reader or another process is in the way.
fn truncate_log(connection: &Connection) -> Outcome<bool> {
    let blocked: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(blocked == 0)
}

/// Takes the write lock. Asks every millisecond: SQLite's own waiting backs off to 100 ms, by which a process beside a
/// busy server would hardly ever get its turn.
fn begin(connection: &Connection, wait: Duration) -> Outcome<()> {
    let deadline = Instant::now() + wait;
    loop {
        match statement(connection, "BEGIN IMMEDIATE") {
            Err(failure) if failure.is_busy() && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            outcome => return outcome,
        }
    }
}

fn statement(connection: &Connection, sql: &str) -> Outcome<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests;
