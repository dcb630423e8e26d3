//! Answers of `/v1/face/enroll`.

use facegate_domain::{SessionId, SubjectId, Timestamp};
use facegate_service::EnrollAnswer;
use serde::Serialize;
use utoipa::ToSchema;

use super::{FaceBlocks, Outcome};

/// An answered enrolment, successful or refused by a gate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolledAnswer {
    #[serde(flatten)]
    outcome: Outcome,
    /// Present on success only: a refused request enrolled nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subject_id: Option<String>,
    #[serde(flatten)]
    #[schema(value_type = FaceBlocks)]
    blocks: Option<FaceBlocks>,
}

impl EnrolledAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, answer: &EnrollAnswer) -> Self {
        let failed = answer.assessed.failed;
        Self {
            outcome: Outcome::new(failed, session),
            subject_id: failed.is_empty().then(|| answer.subject_id.as_str().to_owned()),
            blocks: FaceBlocks::new(&answer.assessed.analysis),
        }
    }
}

/// A deleted subject.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeletedAnswer {
    message: String,
    timestamp: f64,
}

impl DeletedAnswer {
    /// Words an answer.
    pub fn new(subject: &SubjectId) -> Self {
        let message = format!("Subject id {} successfully deleted", subject.as_str());
        Self { message, timestamp: Timestamp::now().as_seconds() }
    }
}
