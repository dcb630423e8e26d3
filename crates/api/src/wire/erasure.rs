//! The answer of `/v1/face/erasures/{session_id}`.

use facegate_domain::{SessionId, Timestamp};
use facegate_service::Receipt;
use serde::Serialize;
use utoipa::ToSchema;

/// What was removed, by kind.
#[derive(Debug, Serialize, ToSchema)]
struct RemovedBlock {
    templates: u64,
    photos: u64,
    /// Rows from which searches found the subject.
    index_entries: u64,
    /// Answers kept for repetitions of a request that named the subject.
    answers: u64,
}

/// The receipt of a deletion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureAnswer {
    message: &'static str,
    session_id: String,
    timestamp: f64,
    /// The request that deleted: its `X-Request-Id`.
    erasure_id: String,
    /// When it was deleted, Unix seconds.
    erased_at: f64,
    /// The subject's name in the audit log: a keyed hash of the id.
    subject_pseudonym: String,
    removed: RemovedBlock,
}

impl ErasureAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, erasure: SessionId, receipt: &Receipt) -> Self {
        let removed = RemovedBlock {
            templates: receipt.templates,
            photos: receipt.photos,
            index_entries: receipt.index_entries,
            answers: receipt.answers,
        };
        Self {
            message: "Request Success",
            session_id: session.to_string(),
            timestamp: Timestamp::now().as_seconds(),
            erasure_id: erasure.to_string(),
            erased_at: receipt.at.as_seconds(),
            subject_pseudonym: receipt.pseudonym.clone(),
            removed,
        }
    }
}
