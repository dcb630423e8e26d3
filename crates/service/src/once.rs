//! Idempotency: a repeated request gets the first answer again and takes no second unit.

use facegate_domain::{App, SubjectId, Timestamp};
use facegate_gallery::{IdempotencyKey, Remember, Remembered};

use crate::{EnrollAnswer, Facegate, ServiceError};

/// How long an answer is kept for repetitions, in microseconds: 24 hours.
const KEPT_FOR: i64 = 24 * 60 * 60 * 1_000_000;

/// Words an answer as it is to be kept.
pub type Word = Box<dyn Fn(&EnrollAnswer) -> Vec<u8> + Send + Sync>;

/// What makes a request repeatable.
pub struct Once {
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// SHA-256 of the request: another request under the same key is refused.
    pub fingerprint: [u8; 32],
    /// Words the answer; the service does not look into it.
    pub word: Word,
}

impl Once {
    /// The kept form of an answer.
    pub(crate) fn remember(&self, answer: &EnrollAnswer, subject: &SubjectId, at: Timestamp) -> Remember {
        Remember {
            key: self.key.clone(),
            fingerprint: self.fingerprint,
            answer: (self.word)(answer),
            subject_id: Some(subject.clone()),
            at,
            expires_at: Timestamp(at.0.saturating_add(KEPT_FOR)),
        }
    }
}

impl Facegate {
    /// The first answer to this request, if there was one. [`ServiceError::KeyReused`] if it was to another request.
    pub(crate) async fn repeated(&self, app: &App, once: &Once) -> Result<Option<Vec<u8>>, ServiceError> {
        let found = self.gallery.remembered(&app.id, &once.key, Timestamp::now()).await?;
        found.map(|first| same_request(first, &once.fingerprint)).transpose()
    }
}

/// The kept answer, if it was to the same request.
pub(crate) fn same_request(first: Remembered, fingerprint: &[u8; 32]) -> Result<Vec<u8>, ServiceError> {
    if first.fingerprint == *fingerprint { Ok(first.answer) } else { Err(ServiceError::KeyReused) }
}
