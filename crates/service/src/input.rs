//! The image field of a request, as far as its text tells what it is.

use std::fmt;

use bytes::Bytes;

/// Where a request's photo comes from. `Debug` shows neither photo nor URL.
#[derive(Clone, PartialEq, Eq)]
pub enum ImageInput {
    /// The photo itself, at most the allowed size.
    Bytes(Bytes),
    /// More bytes than allowed; they were not kept.
    TooLarge,
    /// An `http` or `https` URL, not yet looked at.
    Url(String),
    /// A sandbox app's scenario name, not yet looked at.
    Scenario(String),
}

impl fmt::Debug for ImageInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::TooLarge => f.write_str("TooLarge"),
            Self::Url(_) => f.write_str("Url(…)"),
            Self::Scenario(_) => f.write_str("Scenario(…)"),
        }
    }
}
