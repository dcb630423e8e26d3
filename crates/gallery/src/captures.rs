//! One-time tokens of the hosted capture page.

use std::fmt;

use async_trait::async_trait;
use facegate_domain::{AppId, SessionId, Timestamp};

use crate::{AuditEntry, DAY, StoreError};

/// After its end a capture is known to its app for this long, in microseconds: a day.
pub const CAPTURES_KEPT: i64 = DAY;

/// What a token is good for. The store does not look into the order.
#[derive(Clone, PartialEq, Eq)]
pub struct Capture {
    /// SHA-256 of the token.
    pub token: [u8; 32],
    /// Names it to its app: the request that ordered it.
    pub id: SessionId,
    /// The app that asked for it.
    pub app: AppId,
    /// What is to be done with it; worded by the service.
    pub order: String,
    /// It is worth nothing from then on.
    pub expires_at: Timestamp,
    /// How often it was taken; a new one: 0.
    pub attempts: u32,
    /// Somebody has it.
    pub taken: bool,
    /// How it ended, worded by the service; `None` while it goes on.
    pub outcome: Option<String>,
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
    /// Keeps a token, with its row of the audit log, and removes those that ended [`CAPTURES_KEPT`] ago.
    async fn add_capture(&self, capture: &Capture, now: Timestamp, row: AuditEntry) -> Result<(), StoreError>;
    /// The token's capture, whatever became of it, unless its time is over.
    async fn capture(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Capture>, StoreError>;
    /// Takes the token for an attempt: nobody else can use it until it is given back. Which attempt this is, from 1 on to
    /// `most`; `None` if somebody has it, if it was taken `most` times, has expired or ended.
    async fn take_capture(&self, token: &[u8; 32], most: u32, now: Timestamp) -> Result<Option<u32>, StoreError>;
    /// Ends an attempt: with an outcome the capture has ended, without one it can be taken again.
    async fn end_attempt(&self, token: &[u8; 32], outcome: Option<&str>) -> Result<(), StoreError>;
    /// The app's capture with this id, whatever became of it.
    async fn capture_by_id(&self, app: &AppId, id: SessionId) -> Result<Option<Capture>, StoreError>;
}
