//! The face pipeline on worker threads of its own.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use facegate_image::{ImageError, Limits, Photo};
use facegate_inference::{Load, Runtime, WorkError, Workers};
use facegate_models::Pack;
use facegate_vision::{Analyzer, Turns, VisionError, Wants};

use crate::{Analyzed, EngineError, FaceEngine};

/// A check waits this long for a free worker; a pool that is merely busy is well.
const CHECK_PATIENCE: Duration = Duration::from_secs(1);

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
        let job = move |analyzer: &mut Analyzer| {
            let waited = asked.elapsed();
            let photo = Photo::open(photo, &limits)?;
            Ok(Analyzed { analysis: analyzer.analyze(&photo, wants)?, waited })
        };
        match self.workers.run(job).await {
            Ok(Ok(analyzed)) => Ok(analyzed),
            Ok(Err(VisionError::NoFace)) => Err(EngineError::NoFace),
            Ok(Err(VisionError::Image(error))) => Err(refused(&error)),
            Ok(Err(error)) => {
                tracing::error!(%error, "analysis failed");
                Err(EngineError::Failed)
            }
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
        match tokio::time::timeout(CHECK_PATIENCE, self.workers.run(|_| ())).await {
            Ok(Ok(()) | Err(WorkError::Busy)) | Err(_) => Ok(()),
            Ok(Err(WorkError::Stopped | WorkError::Failed)) => Err(EngineError::Failed),
        }
    }
}

fn refused(error: &ImageError) -> EngineError {
    tracing::debug!(%error, "an image was refused");
    EngineError::Format
}
