//! Room for the photos of an answer, from before they are read until the client has them.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use facegate_domain::AppId;
use facegate_service::{PhotoRoom, ServiceError};

use super::lane::{Lane, Share};

/// Photos, and the text that they are written into, which grows by doubling.
pub(crate) const TIMES: usize = 4;

/// Of one answer to an app.
pub(crate) struct AnswerRoom {
    lane: Arc<Lane>,
    app: AppId,
    share: Mutex<Option<Share>>,
}

impl AnswerRoom {
    pub(super) fn new(lane: &Arc<Lane>, app: &AppId) -> Self {
        Self { lane: lane.clone(), app: app.clone(), share: Mutex::default() }
    }

    /// What was taken; `None` if the answer has no photos.
    pub fn into_share(self) -> Option<Share> {
        self.share.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, share: Option<Share>) {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
    }
}

#[async_trait]
impl PhotoRoom for AnswerRoom {
    async fn make(&self, bytes: usize) -> Result<(), ServiceError> {
        // Given back first: an answer that waits while it holds could wait for itself.
        self.set(None);
        let share = self.lane.share(&self.app, bytes.saturating_mul(TIMES)).await.map_err(|_| ServiceError::Busy)?;
        self.set(Some(share));
        Ok(())
    }
}
