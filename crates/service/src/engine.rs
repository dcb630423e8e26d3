//! What the use cases need from the face pipeline. A trait, so that they know neither models nor threads, and so that
//! sandbox-only servers and tests need no weights.

use async_trait::async_trait;
use bytes::Bytes;
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

/// Photo to analysis.
#[async_trait]
pub trait FaceEngine: Send + Sync {
    /// Decodes and analyses a photo (the bytes of a file). Dropping the future abandons work that has not started.
    async fn analyze(&self, photo: Bytes, wants: Wants) -> Result<Analysis, EngineError>;

    /// Whether a photo would be refused now for want of time: known before it is read, so that little work is done in vain.
    fn is_overloaded(&self) -> bool {
        false
    }

    /// Whether photos can be analysed now. A full queue is no fault.
    async fn check(&self) -> Result<(), EngineError>;
}
