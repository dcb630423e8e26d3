//! One-time tokens of the hosted capture page.

use std::fmt;

use async_trait::async_trait;
use facegate_domain::{AppId, Timestamp};

use crate::{AuditEntry, StoreError};

/// What a token is good for. The store does not look into the order.
#[derive(Clone, PartialEq, Eq)]
pub struct Capture {
    /// SHA-256 of the token.
    pub token: [u8; 32],
    /// The app that asked for it.
    pub app: AppId,
    /// What is to be done with it; worded by the service.
    pub order: String,
    /// It is worth nothing from then on.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Capture {
    /// Without token and order, which names a subject.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capture(of {}, until {})", self.app, self.expires_at.0)
    }
}

/// Keeping tokens. Every server knows every token.
#[async_trait]
pub trait Captures: Send + Sync {
    /// Keeps a token, with its row of the audit log, and removes what has expired.
    async fn add_capture(&self, capture: &Capture, now: Timestamp, row: AuditEntry) -> Result<(), StoreError>;
    /// The token's capture, unless it has expired or is used up.
    async fn capture(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Capture>, StoreError>;
    /// Takes the token for an attempt: nobody else can use it until it is given back. `false` if somebody has it, if it was
    /// taken `most` times, has expired or is used up.
    async fn take_capture(&self, token: &[u8; 32], most: u32, now: Timestamp) -> Result<bool, StoreError>;
    /// Gives it back after an attempt that did not succeed.
    async fn give_back_capture(&self, token: &[u8; 32]) -> Result<(), StoreError>;
}
