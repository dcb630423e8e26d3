//! Making the templates of an app's next model from the photos that are kept.

use std::sync::Arc;
use std::time::Duration;

use facegate_domain::{AppId, ModelId};
use facegate_gallery::{ModelMoves, Moved, StoreError, Switched, Unmoved};
use facegate_vision::Wants;
use thiserror::Error;
use tokio::task::JoinSet;

use crate::{EngineError, FaceEngine};

/// Before a photo is offered to a busy engine again.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Why a move stopped. It can be gone on with.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReembedError {
    /// The store's refusal or fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine cannot work.
    #[error("the engine failed; its log says why")]
    Engine,
}

/// Called with how many subjects are done, and of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Moves apps to one model, which is the engine's first.
pub struct Reembedder {
    store: Arc<dyn ModelMoves>,
    engine: Arc<dyn FaceEngine>,
    model: ModelId,
    at_once: usize,
}

impl Reembedder {
    /// `at_once`: photos that are worked on at the same time.
    pub fn new(store: Arc<dyn ModelMoves>, engine: Arc<dyn FaceEngine>, model: ModelId, at_once: usize) -> Self {
        Self { store, engine, model, at_once: at_once.max(1) }
    }

    /// Makes what is missing and switches the app, whose move has begun, to the model. What it could not do is in the
    /// outcome, which is [`Switched::Done`] or [`Switched::Stuck`].
    pub async fn finish(
        &self,
        app: &AppId,
        leave_behind: bool,
        progress: Progress<'_>,
    ) -> Result<Switched, ReembedError> {
        loop {
            self.make_missing(app, progress).await?;
            match self.store.switch_model(app, &self.model, leave_behind).await? {
                // Enrolled meanwhile by a server that does not know the next model.
                Switched::Waiting(_) => {}
                outcome => return Ok(outcome),
            }
        }
    }

    /// One look at everybody who lacks a template.
    async fn make_missing(&self, app: &AppId, progress: Progress<'_>) -> Result<(), ReembedError> {
        let all = self.store.count_moved(app, &self.model).await?.waiting;
        let (mut done, mut after) = (0, None);
        progress(0, all);
        loop {
            let page = self.store.unmoved(app, after.as_ref(), self.at_once).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.subject_id.clone());
            done += page.len() as u64;
            let made = self.make(page).await?;
            self.store.put_next(app, &self.model, made).await?;
            progress(done, all.max(done));
        }
    }

    async fn make(&self, page: Vec<Unmoved>) -> Result<Vec<Moved>, ReembedError> {
        let mut tasks = JoinSet::new();
        for one in page {
            tasks.spawn(make_one(self.engine.clone(), one));
        }
        let mut made = tasks.join_all().await.into_iter().collect::<Result<Vec<Moved>, _>>()?;
        // Rows are locked in one order.
        made.sort_by(|a, b| a.subject_id.cmp(&b.subject_id));
        Ok(made)
    }
}

async fn make_one(engine: Arc<dyn FaceEngine>, one: Unmoved) -> Result<Moved, ReembedError> {
    let Unmoved { subject_id, session_id, photo_sha256, photo } = one;
    let photo = bytes::Bytes::from(photo);
    let wants = Wants { template: true, ..Wants::default() };
    let template = loop {
        match engine.analyze(photo.clone(), wants).await {
            Ok(analyzed) => break analyzed.analysis.faces.into_iter().next().and_then(|face| face.template),
            Err(EngineError::NoFace | EngineError::Format) => break None,
            Err(EngineError::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
            Err(EngineError::Failed) => return Err(ReembedError::Engine),
        }
    };
    Ok(Moved { subject_id, session_id, photo_sha256, template })
}
