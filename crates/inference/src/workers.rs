//! A fixed number of threads, each with an engine of its own, behind one bounded queue.
//!
//! One session per thread beats one session with many threads, and a bounded queue is what turns overload into an
//! immediate answer instead of a growing delay. [`Backlog`] says how long the queue may be.

use std::panic::{AssertUnwindSafe, catch_unwind};

use thiserror::Error;
use tokio::sync::oneshot;

use crate::backlog::Backlog;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread::{self, JoinHandle};
use crate::sync::{Arc, Mutex, PoisonError, mpsc};

/// Why a job has no result.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WorkError {
    /// The queue is full, or was a moment ago.
    #[error("all workers are busy and the queue is full")]
    Busy,
    /// The workers have been stopped.
    #[error("the workers have stopped")]
    Stopped,
    /// The job panicked. Its worker goes on with a new engine.
    #[error("a worker failed")]
    Failed,
}

/// How busy the workers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Threads. None of them is left if each had a job that panicked and could not be restarted.
    pub workers: usize,
    /// Threads at work.
    pub busy: usize,
    /// Jobs that wait.
    pub waiting: usize,
}

type Job<E> = Box<dyn FnOnce(&mut E) + Send>;

/// Threads that own one engine `E` each.
pub struct Workers<E> {
    /// `None` only while this is dropped.
    queue: Option<mpsc::SyncSender<Job<E>>>,
    backlog: Arc<Backlog>,
    busy: Arc<AtomicUsize>,
    /// Threads that have not given up.
    alive: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl<E: 'static> Workers<E> {
    /// Starts `count` threads and waits until each has made its engine with `make`; at most `queue` jobs wait.
    ///
    /// Returns the first error of `make`. `make` is called again if a job panics, since the engine may be in pieces.
    pub fn start<F, X>(count: usize, queue: usize, make: F) -> Result<Self, X>
    where
        F: Fn() -> Result<E, X> + Send + Sync + 'static,
        X: Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel::<Job<E>>(queue.max(1));
        let backlog = Arc::new(Backlog::new(count.max(1), queue.max(1)));
        let (receiver, make) = (Arc::new(Mutex::new(receiver)), Arc::new(make));
        let (busy, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (ready, started) = mpsc::channel();
        let mut threads = Vec::with_capacity(count);
        for index in 0..count.max(1) {
            let (receiver, make, ready) = (receiver.clone(), make.clone(), ready.clone());
            let (backlog, busy, alive) = (backlog.clone(), busy.clone(), alive.clone());
            let body = move || match make() {
                Ok(engine) => {
                    let _alive = Alive::begin(alive);
                    let _ = ready.send(Ok(()));
                    serve(engine, &receiver, (&backlog, &busy), &*make);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            };
            match thread::Builder::new().name(format!("vision-{index}")).spawn(body) {
                Ok(thread) => threads.push(thread),
                Err(error) => tracing::error!(%error, "a worker thread could not be started"),
            }
        }
        drop(ready);
        // All of them, also after a failure: a process that ends while another thread loads a network ends untidily.
        let outcomes: Vec<Result<(), X>> = started.iter().take(threads.len()).collect();
        outcomes.into_iter().collect::<Result<(), X>>()?;
        Ok(Self { queue: Some(sender), backlog, busy, alive, threads })
    }

    /// How busy they are now.
    pub fn load(&self) -> Load {
        let (busy, waiting) = (self.busy.load(Ordering::Relaxed), self.backlog.waiting());
        Load { workers: self.alive.load(Ordering::Relaxed), busy, waiting }
    }

    /// Whether a job would be refused now. To ask counts as an attempt.
    pub fn is_overloaded(&self) -> bool {
        self.backlog.refuses()
    }

    /// Runs `job` on the next free worker. A job whose caller has gone (the future was dropped) is not started.
    pub async fn run<T, J>(&self, job: J) -> Result<T, WorkError>
    where
        T: Send + 'static,
        J: FnOnce(&mut E) -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job<E> = Box::new(move |engine| {
            if !reply.is_closed() {
                let _ = reply.send(job(engine));
            }
        });
        if self.is_overloaded() {
            return Err(WorkError::Busy);
        }
        let Some(queue) = &self.queue else { return Err(WorkError::Stopped) };
        self.backlog.add();
        queue.try_send(job).map_err(|refused| {
            self.backlog.take();
            match refused {
                mpsc::TrySendError::Full(_) => WorkError::Busy,
                mpsc::TrySendError::Disconnected(_) => WorkError::Stopped,
            }
        })?;
        answer.await.map_err(|_| WorkError::Failed)
    }
}

impl<E> Drop for Workers<E> {
    /// Waits for the threads, which end when the queue does: a process that ends while they take their networks apart ends
    /// with a crash in the runtime's library.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// A thread in the count of those that have not given up, however it ends.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn begin(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve<E, X>(
    mut engine: E,
    jobs: &Mutex<mpsc::Receiver<Job<E>>>,
    (backlog, busy): (&Backlog, &AtomicUsize),
    make: &dyn Fn() -> Result<E, X>,
) {
    loop {
        // The lock is held while waiting: exactly one idle worker waits on the channel, the others on the lock.
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        backlog.take();
        busy.fetch_add(1, Ordering::Relaxed);
        let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut engine)));
        busy.fetch_sub(1, Ordering::Relaxed);
        if outcome.is_err() {
            tracing::error!("a job panicked; its worker starts a new engine");
            match make() {
                Ok(fresh) => engine = fresh,
                Err(_) => return tracing::error!("a worker could not be restarted and has ended"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn counters(count: usize, queue: usize) -> Workers<usize> {
        Workers::start(count, queue, || Ok::<_, ()>(0)).unwrap()
    }

    #[tokio::test]
    async fn a_job_gets_an_engine_that_keeps_its_state() {
        let workers = counters(1, 4);
        for expected in 1..=3 {
            let seen = workers
                .run(|n| {
                    *n += 1;
                    *n
                })
                .await;
            assert_eq!(seen, Ok(expected));
        }
    }

    #[tokio::test]
    async fn a_panic_costs_one_job_only() {
        let workers = counters(1, 4);
        workers.run(|n| *n = 7).await.unwrap();
        assert_eq!(workers.run(|_| -> usize { panic!("broken picture") }).await, Err(WorkError::Failed));
        assert_eq!(workers.run(|n| *n).await, Ok(0), "the engine is a new one");
    }

    #[tokio::test]
    async fn a_worker_that_cannot_be_restarted_is_no_longer_counted() {
        let fails: [fn() -> Result<usize, &'static str>; 2] = [|| Err("no memory"), || panic!("no memory")];
        for fail in fails {
            let first = AtomicUsize::new(0);
            let make = move || if first.fetch_add(1, Ordering::SeqCst) == 0 { Ok(0) } else { fail() };
            let workers: Workers<usize> = Workers::start(1, 4, make).unwrap();
            assert_eq!(workers.load().workers, 1);
            assert_eq!(workers.run(|_| -> usize { panic!("broken picture") }).await, Err(WorkError::Failed));
            while workers.load().workers > 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_an_abandoned_job_is_not_run() {
        let workers = Arc::new(counters(1, 1));
        let (open, gate) = mpsc::channel::<()>();
        let ran = Arc::new(AtomicUsize::new(0));
        let blocker = tokio::spawn({
            let w = workers.clone();
            async move { w.run(move |_| gate.recv().ok()).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let queued = tokio::spawn({
            let (w, ran) = (workers.clone(), ran.clone());
            async move { w.run(move |_| ran.fetch_add(1, Ordering::SeqCst)).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(workers.run(|_| ()).await, Err(WorkError::Busy));
        assert_eq!(workers.load(), Load { workers: 1, busy: 1, waiting: 1 });
        queued.abort();
        let _ = queued.await;
        open.send(()).unwrap();
        blocker.await.unwrap().unwrap();
        while workers.run(|_| ()).await == Err(WorkError::Busy) {
            tokio::task::yield_now().await;
        }
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn engines_are_gone_when_their_workers_are() {
        struct Engine(Arc<AtomicUsize>);
        impl Drop for Engine {
            fn drop(&mut self) {
                std::thread::sleep(Duration::from_millis(50));
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let gone = Arc::new(AtomicUsize::new(0));
        let make = {
            let gone = gone.clone();
            move || Ok::<_, ()>(Engine(gone.clone()))
        };
        let workers = Workers::start(3, 4, make).unwrap();
        workers.run(|_| ()).await.unwrap();
        drop(workers);
        assert_eq!(gone.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn an_engine_that_cannot_be_made_stops_the_start() {
        assert_eq!(Workers::<()>::start(2, 1, || Err("no model")).err(), Some("no model"));
    }
}
