//! The audit log: what was changed and who was refused, in chains that show when a row was changed or removed.
//!
//! Each app has chains of its own, and one set of chains is about what concerns no known app. Several chains (lanes) let
//! several writers append at once; which one a row is in says nothing. A row's MAC covers the row and the MAC before it; the
//! head of a chain says how many rows there are, so that a cut tail is found too. The key of the MACs is not in the store
//! in clear: who can write the tables cannot compute them.

mod chain;
mod check;
mod entry;
mod erasure;

use async_trait::async_trait;
use facegate_domain::{AppId, SessionId, SubjectId, Timestamp};

use crate::StoreError;

pub use chain::{Head, NO_MAC, next};
pub use check::{ChainCheck, Fault, FaultKind};
pub use entry::{Action, Actor, AuditEntry, AuditRow, Details};
pub use erasure::Erasure;

/// Rows of the log that one call gives at most.
pub const MAX_AUDIT_ROWS: usize = 1000;

/// What the log holds of one app, or of none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows of all chains.
    pub rows: u64,
    /// Chains.
    pub chains: u64,
    /// What is wrong; empty if every row is as it was written and none is missing.
    pub faults: Vec<Fault>,
    /// The heads: kept elsewhere they show later that the log was not put back to an earlier state as a whole.
    pub heads: Vec<Head>,
}

/// Where a page of the log begins: after this moment and row, in the order that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// The moment of the last row seen.
    pub at: Timestamp,
    /// Its app; empty for none.
    pub app: String,
    /// Its chain.
    pub lane: u16,
    /// Its number.
    pub number: u64,
}

impl AuditCursor {
    /// Before every row, oldest first.
    pub const OLDEST: Self = Self { at: Timestamp(i64::MIN), app: String::new(), lane: 0, number: 0 };
    /// Before every row, newest first.
    pub const NEWEST: Self = Self { at: Timestamp(i64::MAX), app: String::new(), lane: 0, number: 0 };
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this app only.
    pub app: Option<AppId>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// About the subject with this pseudonym only.
    pub pseudonym: Option<[u8; 32]>,
    /// The newest first.
    pub newest_first: bool,
}

/// Writing and reading the audit log. State changes write their rows by themselves, in their own transaction.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Adds rows about an app, or about none, in one transaction. If there is no such app they go to the chains about none.
    async fn note(&self, app: Option<&AppId>, entries: &[AuditEntry]) -> Result<(), StoreError>;
    /// Checks every chain.
    async fn verify_audit(&self) -> Result<AuditReport, StoreError>;
    /// Rows in the order of their moments (then app, chain, number), or in exactly the opposite one, at most `limit` ([`MAX_AUDIT_ROWS`]).
    async fn audit_rows(
        &self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError>;
    /// What the log calls this subject; `None` if there is no such app (any more).
    async fn pseudonym(&self, app: &AppId, subject: &SubjectId) -> Result<Option<[u8; 32]>, StoreError>;
    /// The row of a deletion of this app by the request with this id.
    async fn erasure(&self, app: &AppId, session: SessionId) -> Result<Option<AuditEntry>, StoreError>;
}
