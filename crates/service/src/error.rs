//! Why a use case has no answer. One kind per code of the contract; faults of our own carry nothing to the client.

use facegate_domain::{QuotaKind, SubjectId};
use facegate_gallery::StoreError;
use thiserror::Error;

/// What is wrong with one image of a request.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ImageFault {
    /// More bytes than allowed.
    #[error("the image is too large")]
    TooLarge,
    /// The URL did not deliver in time.
    #[error("the URL did not deliver in time")]
    Timeout,
    /// Not JPEG or PNG, not decodable, too many pixels, or not to be had from the URL.
    #[error("the image cannot be decoded or got")]
    Format,
    /// There is no face in it.
    #[error("no face in the image")]
    NoFace,
    /// A sandbox app sent something that is no scenario.
    #[error("not a sandbox scenario")]
    Scenario,
}

/// Why a use case has no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ServiceError {
    /// Unknown app or wrong key: the two are never told apart.
    #[error("unauthorized")]
    Unauthorized,
    /// No unit of this quota is left.
    #[error("the {0:?} quota is used up")]
    QuotaExhausted(QuotaKind),
    /// Something about the image.
    #[error(transparent)]
    Image(#[from] ImageFault),
    /// The same about one of two images: 1 or 2, and what is wrong.
    #[error("image {0}: {1}")]
    ImageOf(u8, ImageFault),
    /// The face is enrolled already, under this id.
    #[error("the face is enrolled under another subject")]
    Duplicate(SubjectId),
    /// The idempotency key stands for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The subject's template was made by another model and cannot be made again, since its photo was not kept.
    #[error("the subject must be enrolled again")]
    StaleTemplate,
    /// The subject is not enrolled.
    #[error("the subject is not enrolled")]
    SubjectNotFound,
    /// No such capture, or it is used, at work or expired: never told apart.
    #[error("there is no such capture")]
    CaptureNotFound,
    /// A sandbox app named a subject that is no scenario.
    #[error("not a sandbox subject")]
    SandboxSubject,
    /// The app was moved to another model while the request was worked on; done again it will do.
    #[error("the app uses another model by now")]
    ModelChanged,
    /// Too many requests without a valid key, from this address or naming this app; seconds to wait.
    #[error("too many failed attempts")]
    TooManyFailures(u64),
    /// Too many faces were held against this subject that are not its own; seconds to wait.
    #[error("too many attempts at a subject")]
    TooManyMismatches(u64),
    /// Overload or a store that cannot be used now; trying again later is right.
    #[error("the server is busy")]
    Busy,
    /// A fault of our own; what it was is in the log.
    #[error("internal error")]
    Internal,
}

impl From<StoreError> for ServiceError {
    /// Logs the operator's text where the fault is ours; the client learns only what it can act on.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::QuotaExhausted(kind) => Self::QuotaExhausted(kind),
            // The app was deleted while its request ran.
            StoreError::UnknownApp => Self::Unauthorized,
            StoreError::OtherModel => Self::ModelChanged,
            error if error.is_retryable() => {
                tracing::warn!(%error, "the store refused");
                Self::Busy
            }
            error => {
                tracing::error!(%error, "the store failed");
                Self::Internal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_may_recover_is_busy_and_a_damaged_one_is_our_fault() {
        let told = |error: StoreError| ServiceError::from(error);
        for error in
            [StoreError::Busy(String::new()), StoreError::Full(String::new()), StoreError::Unavailable(String::new())]
        {
            assert_eq!(told(error), ServiceError::Busy);
        }
        assert_eq!(told(StoreError::Corrupt(String::new())), ServiceError::Internal);
        assert_eq!(told(StoreError::UnknownApp), ServiceError::Unauthorized);
        let kind = QuotaKind::Liveness;
        assert_eq!(told(StoreError::QuotaExhausted(kind)), ServiceError::QuotaExhausted(kind));
    }
}
