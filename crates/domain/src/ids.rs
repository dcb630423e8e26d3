//! Identifiers: which app, which subject, which request.

use std::fmt;

use thiserror::Error;
use uuid::Uuid;

/// The public identifier of an app (a tenant). 1–64 characters of `[A-Za-z0-9_-]`. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId(String);

/// The text is not an app id.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("an App-ID is 1 to 64 letters, digits, '-' or '_'")]
pub struct InvalidAppId;

impl AppId {
    /// A new random id (UUID v4).
    pub fn generate() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// Parses an id.
    pub fn parse(text: &str) -> Result<Self, InvalidAppId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
            return Err(InvalidAppId);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The caller's id for a person: 1–255 bytes of UTF-8 without control characters, surrounding white space removed.
///
/// It may name a person, so `Debug` shows its length only and logs must not carry it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(String);

/// Why a text is not a subject id.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidSubjectId {
    /// Nothing but white space.
    #[error("subject_id is an empty string")]
    Empty,
    /// More than [`SubjectId::MAX_BYTES`] bytes.
    #[error("subject_id is longer than 255 bytes")]
    TooLong,
    /// A control character such as a line break or NUL.
    #[error("subject_id contains control characters")]
    ControlCharacter,
}

impl SubjectId {
    /// Longest id in bytes.
    pub const MAX_BYTES: usize = 255;

    /// A new random id (UUID v4).
    pub fn generate() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// Parses an id; surrounding white space is not part of it.
    pub fn parse(text: &str) -> Result<Self, InvalidSubjectId> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidSubjectId::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidSubjectId::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidSubjectId::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectId({} bytes)", self.0.len())
    }
}

/// Names one request in answers, logs and the store. Unique (UUID v4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(Uuid);

impl SessionId {
    /// A new random id.
    pub fn generate() -> Self {
        Self(Uuid::new_v4())
    }

    /// Parses the text form; `None` if it is not a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::parse_str(text).ok().map(Self)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_id_is_trimmed_bounded_and_printable() {
        assert_eq!(SubjectId::parse("  budi \n").unwrap().as_str(), "budi");
        assert_eq!(SubjectId::parse(" \t"), Err(InvalidSubjectId::Empty));
        assert_eq!(SubjectId::parse(&"é".repeat(127)).unwrap().as_str().len(), 254);
        assert_eq!(SubjectId::parse(&"é".repeat(128)), Err(InvalidSubjectId::TooLong));
        assert_eq!(SubjectId::parse("a\0b"), Err(InvalidSubjectId::ControlCharacter));
        assert_eq!(SubjectId::parse("a\nb"), Err(InvalidSubjectId::ControlCharacter));
    }

    #[test]
    fn debug_does_not_show_a_subject() {
        assert_eq!(format!("{:?}", SubjectId::parse("Siti").unwrap()), "SubjectId(4 bytes)");
    }

    #[test]
    fn an_app_id_has_a_small_alphabet() {
        assert!(AppId::parse("bank-1_a").is_ok());
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(AppId::parse(bad), Err(InvalidAppId));
        }
    }
}
