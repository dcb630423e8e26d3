//! Answers that are kept for a while, so that a repeated request gets the first one again.

use std::fmt;

use facegate_domain::{SubjectId, Timestamp};
use thiserror::Error;

/// The caller's name for one request and its repetitions: 1–255 bytes of printable ASCII, compared byte by byte within
/// one app.
///
/// It may say something about a person, so `Debug` shows its length only and logs must not carry it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

/// The text is not an idempotency key.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("an Idempotency-Key is 1 to 255 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Longest key in bytes.
    pub const MAX_BYTES: usize = 255;

    /// Parses a key. Nothing is trimmed: every byte is part of it.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let printable = |byte| matches!(byte, b' '..=b'~');
        if text.is_empty() || text.len() > Self::MAX_BYTES || !text.bytes().all(printable) {
            return Err(InvalidIdempotencyKey);
        }
        Ok(Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({} bytes)", self.0.len())
    }
}

/// What a commit leaves behind for repetitions of its request. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Remember {
    /// The caller's name for the request.
    pub key: IdempotencyKey,
    /// SHA-256 of the request, by which the caller tells a repetition from another request under the same key.
    pub fingerprint: [u8; 32],
    /// The answer; the store does not look into it.
    pub answer: Vec<u8>,
    /// The subject that the answer names, if any: the answer goes when the subject is deleted.
    pub subject_id: Option<SubjectId>,
    /// When the request was accepted; what has expired by then is replaced.
    pub at: Timestamp,
    /// From this time on the answer is forgotten.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Remember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Remember({:?}, {} bytes, at {}, until {})",
            self.key,
            self.answer.len(),
            self.at.0,
            self.expires_at.0
        )
    }
}

/// The first answer to a request. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Remembered {
    /// See [`Remember::fingerprint`].
    pub fingerprint: [u8; 32],
    /// See [`Remember::answer`].
    pub answer: Vec<u8>,
    /// See [`Remember::at`].
    pub at: Timestamp,
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remembered({} bytes, at {})", self.answer.len(), self.at.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_bounded_and_printable() {
        for good in ["a", " ", "~", "\"8e03978e-40d5\"", &"x".repeat(255)] {
            assert_eq!(IdempotencyKey::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a\n", "\t", "a\0", "\u{7f}", "é", &"x".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(bad), Err(InvalidIdempotencyKey));
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let remember = Remember {
            key: IdempotencyKey::parse("siti-1").unwrap(),
            fingerprint: [77; 32],
            answer: b"siti".to_vec(),
            subject_id: Some(SubjectId::parse("siti").unwrap()),
            at: Timestamp(1),
            expires_at: Timestamp(2),
        };
        assert_eq!(format!("{remember:?}"), "Remember(IdempotencyKey(6 bytes), 4 bytes, at 1, until 2)");
        let remembered = Remembered { fingerprint: [77; 32], answer: b"siti".to_vec(), at: Timestamp(1) };
        assert_eq!(format!("{remembered:?}"), "Remembered(4 bytes, at 1)");
    }
}
