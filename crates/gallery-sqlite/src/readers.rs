//! A few threads that read, each with a connection of its own; every read sees the latest commit of any process.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use facegate_gallery::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::Outcome;
use crate::{Options, open};

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// The reading threads' front.
pub(crate) struct Readers {
    queue: Option<SyncSender<Read>>,
    threads: Vec<JoinHandle<()>>,
    path: PathBuf,
}

impl Readers {
    /// Opens the connections and starts their threads.
    pub(crate) fn start(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let (queue, reads) = sync_channel::<Read>(options.queue.max(1));
        let reads = Arc::new(Mutex::new(reads));
        let mut readers = Self { queue: Some(queue), threads: Vec::new(), path: path.to_owned() };
        for index in 0..options.readers.max(1) {
            let connection = open::reader(path, options).map_err(|failure| failure.at(path))?;
            let reads = reads.clone();
            let thread = std::thread::Builder::new()
                .name(format!("store-reader-{index}"))
                .spawn(move || serve(&connection, &reads))
                .map_err(|error| StoreError::Unavailable(format!("no thread could be started: {error}")))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Runs `read` on the next free connection. A read whose caller has gone is not started.
    pub(crate) async fn run<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let stopped = || StoreError::Unavailable("the store's readers have stopped: restart facegate".to_owned());
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            if !reply.is_closed() {
                let _ = reply.send(read(connection));
            }
        });
        self.queue.as_ref().ok_or_else(stopped)?.try_send(read).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy("too many reads wait".to_owned()),
            TrySendError::Disconnected(_) => stopped(),
        })?;
        answer.await.map_err(|_| stopped())?.map_err(|failure| failure.at(&self.path))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        if self.threads.drain(..).filter_map(|thread| thread.join().err()).count() > 0 {
            tracing::error!("a reader of the store had failed");
        }
    }
}

fn serve(connection: &Connection, reads: &Mutex<Receiver<Read>>) {
    loop {
        // The lock is held while waiting: one idle thread waits on the queue, the others on the lock.
        let next = reads.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(read) = next else { return };
        read(connection);
    }
}
