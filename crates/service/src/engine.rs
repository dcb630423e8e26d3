//! What the use cases need from the face pipeline. A trait, so that they know neither models nor threads, and so that
//! sandbox-only servers and tests need no weights.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use facegate_inference::Load;
use facegate_vision::{Analysis, Wants};
use thiserror::Error;

/// Why a photo has no analysis.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EngineError {
    /// Not a JPEG or PNG within the limits.
    #[error("not an image that can be decoded")]
    Format,
    /// No face was found.
    #[error("no face was found")]
    NoFace,
    /// Every worker is busy and too much waits.
    #[error("the engine is busy")]
    Busy,
    /// The engine failed or has stopped; the details are in the log.
    #[error("the engine failed")]
    Failed,
}

/// An analysis, and what it took to get it.
#[derive(Clone, Debug)]
pub struct Analyzed {
    /// What was found and measured.
    pub analysis: Analysis,
    /// Time from asking to the work's begin.
    pub waited: Duration,
}

/// Photo to analysis.
#[async_trait]
pub trait FaceEngine: Send + Sync {
    /// Decodes and analyses a photo (the bytes of a file). Dropping the future abandons work that has not started.
    async fn analyze(&self, photo: Bytes, wants: Wants) -> Result<Analyzed, EngineError>;

    /// How busy it is now.
    fn load(&self) -> Load {
        Load::default()
    }

    /// Whether a photo would be refused now for want of time: known before it is read, so that little work is done in vain.
    fn is_overloaded(&self) -> bool {
        false
    }

    /// Whether photos can be analysed now. A full queue is no fault.
    async fn check(&self) -> Result<(), EngineError>;
}
