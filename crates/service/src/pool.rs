//! The face pipeline on worker threads of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use facegate_image::{Limits, Photo};
use facegate_inference::{Load, Runtime, WorkError, Workers};
use facegate_models::Pack;
use facegate_vision::{Analyzer, Turns, VisionError, Wants};

use crate::{Analyzed, EngineError, FaceEngine};

/// Workers with an analyzer each.
pub struct VisionPool {
    workers: Workers<Analyzer>,
    limits: Limits,
}

impl VisionPool {
    /// Loads the models of these profiles ([`Wants::profile`] chooses among them) into `count` workers; at most `queue` photos
    /// wait. Returns when all of them are ready.
    ///
    /// Errors: whatever is wrong with the models.
    pub fn start(
        packs: Vec<Pack>,
        runtime: Runtime,
        count: usize,
        queue: usize,
        limits: Limits,
    ) -> Result<Self, VisionError> {
        // One after the other: while it loads, a network takes a multiple of what it takes afterwards.
        let one_by_one = Mutex::new(());
        let turns = Turns::new(limits.max_memory);
        let load = move || {
            let _turn = one_by_one.lock().unwrap_or_else(PoisonError::into_inner);
            Analyzer::load_profiles(&packs, &runtime).map(|analyzer| analyzer.taking(turns.clone()))
        };
        let workers = Workers::start(count, queue, load)?;
        Ok(Self { workers, limits })
    }
}

#[async_trait]
impl FaceEngine for VisionPool {
    async fn analyze(&self, photo: Bytes, wants: Wants) -> Result<Analyzed, EngineError> {
        let (limits, asked) = (self.limits, Instant::now());
        let (photo, _left) = Waiting::new(photo);
        let job = move |analyzer: &mut Analyzer| {
            let (waited, photo) = (asked.elapsed(), photo.take()?);
            let analyzed = |photo| Ok(Analyzed { analysis: analyzer.analyze(&photo, wants)?, waited });
            Some(Photo::open(photo, &limits).map_err(VisionError::from).and_then(analyzed))
        };
        match self.workers.run(job).await {
            Ok(None) => Err(EngineError::Failed),
            Ok(Some(result)) => result.map_err(refused),
            Err(WorkError::Busy) => Err(EngineError::Busy),
            Err(error) => {
                tracing::error!(%error, "analysis failed");
                Err(EngineError::Failed)
            }
        }
    }

    fn load(&self) -> Load {
        self.workers.load()
    }

    fn is_overloaded(&self) -> bool {
        self.workers.is_overloaded()
    }

    async fn check(&self) -> Result<(), EngineError> {
        // Not by a job: probes may come from anybody, and would take photos' places.
        if self.workers.load().workers == 0 { Err(EngineError::Failed) } else { Ok(()) }
    }
}

fn refused(error: VisionError) -> EngineError {
    match error {
        VisionError::NoFace => EngineError::NoFace,
        VisionError::Image(error) => {
            tracing::debug!(%error, "an image was refused");
            EngineError::Format
        }
        error => {
            tracing::error!(%error, "analysis failed");
            EngineError::Failed
        }
    }
}

/// A photo in the queue.
struct Waiting(Arc<Mutex<Option<Bytes>>>);

/// Frees the photo when its request is gone: what a queue holds would be counted by nobody.
struct Left(Arc<Mutex<Option<Bytes>>>);

impl Waiting {
    fn new(photo: Bytes) -> (Self, Left) {
        let shared = Arc::new(Mutex::new(Some(photo)));
        (Self(shared.clone()), Left(shared))
    }

    /// The photo, if somebody still waits for what is found in it.
    fn take(&self) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_whose_request_has_gone_is_freed_in_the_queue() {
        let photo = Bytes::from(vec![0; 16]);
        let (waiting, left) = Waiting::new(photo.clone());
        assert!(!photo.is_unique());
        drop(left);
        assert!(photo.is_unique() && waiting.take().is_none());
    }
}
