//! Receipts of deletions, out of the audit log.

use facegate_domain::{App, SessionId, Timestamp};
use facegate_gallery::AuditEntry;

use crate::{Facegate, ServiceError};

/// What a deletion has removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// When.
    pub at: Timestamp,
    /// The subject's name in the audit log, hexadecimal.
    pub pseudonym: String,
    /// Templates removed.
    pub templates: u64,
    /// Photos removed.
    pub photos: u64,
    /// Rows removed from which searches found the subject.
    pub index_entries: u64,
    /// Kept answers removed.
    pub answers: u64,
}

impl Facegate {
    /// The receipt of the app's deletion by the request with this id, if there was one.
    pub async fn erasure(&self, app: &App, session: SessionId) -> Result<Option<Receipt>, ServiceError> {
        Ok(self.audit.erasure(&app.id, session).await?.map(|entry| receipt(&entry)))
    }
}

fn receipt(entry: &AuditEntry) -> Receipt {
    let count = |name| entry.details.get(name).and_then(|count| count.parse().ok()).unwrap_or(0);
    Receipt {
        at: entry.at,
        pseudonym: entry.pseudonym.as_deref().map(hex::encode).unwrap_or_default(),
        templates: count("templates"),
        photos: count("photos"),
        index_entries: count("index_entries"),
        answers: count("answers"),
    }
}
