//! Photos through the engine, many at once, and only those that are not known yet.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use facegate_image::Limits;
use facegate_service::{EngineError, FaceEngine};
use facegate_vision::Wants;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::degrade::Change;
use crate::{Cache, EvaluationError, Measurement, Outcome};

/// A photo to measure.
#[derive(Clone, Debug)]
pub(crate) struct Task<'a> {
    /// Below the folder.
    pub file: &'a str,
    /// Measured instead of the photo itself.
    pub change: Option<Change>,
}

/// Measures the photos of one folder.
pub struct Measurer {
    engine: Arc<dyn FaceEngine>,
    folder: PathBuf,
    limits: Limits,
    cache: Option<Mutex<Cache>>,
    at_once: usize,
    progress: Box<dyn Fn(usize, usize) + Send + Sync>,
}

impl Measurer {
    /// `at_once` photos are on their way at any time; the engine's queue must have room for them. `progress` hears how
    /// many of how many photos are done.
    pub fn new(
        engine: Arc<dyn FaceEngine>,
        folder: &Path,
        limits: Limits,
        cache: Option<Cache>,
        at_once: usize,
        progress: impl Fn(usize, usize) + Send + Sync + 'static,
    ) -> Self {
        let (cache, progress) = (cache.map(Mutex::new), Box::new(progress));
        Self { engine, folder: folder.to_owned(), limits, cache, at_once: at_once.max(1), progress }
    }

    /// Measures files, in order.
    pub async fn files(&self, files: &[&str], wants: Wants) -> Result<Vec<Measurement>, EvaluationError> {
        let tasks: Vec<Task<'_>> = files.iter().map(|file| Task { file, change: None }).collect();
        self.tasks(&tasks, wants).await
    }

    pub(crate) async fn tasks(&self, tasks: &[Task<'_>], wants: Wants) -> Result<Vec<Measurement>, EvaluationError> {
        (self.progress)(0, tasks.len());
        let running = stream::iter(tasks).map(|task| self.one(task, wants)).buffered(self.at_once);
        let told = running.enumerate().map(|(index, measured)| {
            (self.progress)(index + 1, tasks.len());
            measured
        });
        told.try_collect().await
    }

    async fn one(&self, task: &Task<'_>, wants: Wants) -> Result<Measurement, EvaluationError> {
        let (path, most) = (self.folder.join(task.file), self.limits.max_bytes as u64 + 1);
        let (path, key, bytes) = blocking(move || {
            // One byte more than the server takes: enough to be refused, however large the file is.
            let bytes = read(&path, most).map_err(|error| EvaluationError::file(&path, error))?;
            let key = hex::encode(Sha256::digest(&bytes));
            Ok((path, key, Bytes::from(bytes)))
        })
        .await?;
        let key = task.change.as_ref().map_or_else(|| key.clone(), |change| format!("{key}+{}", change.name()));
        let known = self.cache.as_ref().and_then(|cache| lock(cache).get(&key, wants));
        if let Some(known) = known {
            return Ok(known);
        }
        let bytes = match task.change.clone() {
            None => bytes,
            Some(change) => {
                let limits = self.limits;
                let made = blocking(move || change.apply(bytes, &limits).map_err(|e| EvaluationError::file(path, e)));
                made.await?.into()
            }
        };
        let measurement = match self.engine.analyze(bytes, wants).await {
            Ok(analyzed) => Measurement::of(&analyzed.analysis),
            Err(EngineError::NoFace) => Measurement::without(Outcome::NoFace),
            Err(EngineError::Format) => Measurement::without(Outcome::Refused),
            // Not kept: it may go better the next time.
            Err(EngineError::Busy | EngineError::Failed) => return Ok(Measurement::without(Outcome::Failed)),
        };
        if let Some(cache) = &self.cache {
            lock(cache).put(&key, wants, &measurement)?;
        }
        Ok(measurement)
    }
}

/// At most so many bytes of a file.
fn read(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lock(cache: &Mutex<Cache>) -> std::sync::MutexGuard<'_, Cache> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads and draws on a thread that may block.
async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, EvaluationError> + Send + 'static,
) -> Result<T, EvaluationError> {
    let done = tokio::task::spawn_blocking(job).await;
    done.unwrap_or_else(|error| Err(EvaluationError::TooLittle(format!("a photo could not be prepared: {error}"))))
}
