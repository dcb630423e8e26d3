//! Values that belong to a person. Their `Debug` says nothing, so that they cannot slip into a log.

use std::fmt;

use base64_simd::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A photo on its way to the server, in the form in which it travels.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Image(String);

impl Image {
    /// The bytes of a JPEG or PNG file, at most 5 MiB.
    pub fn bytes(file: impl AsRef<[u8]>) -> Self {
        Self(STANDARD.encode_to_string(file))
    }

    /// An `http(s)` URL that the server fetches.
    pub fn url(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// A text that is sent as it is: base64, a data URI, or the scenario of a sandbox app.
    pub fn text(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} characters)", self.0.len())
    }
}

/// A photo that the server has kept: the bytes of the file that was enrolled.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo(Vec<u8>);

impl Photo {
    /// The file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for Photo {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Photo({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Photo {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let text = String::deserialize(json)?;
        STANDARD.decode_to_vec(text).map(Self).map_err(|_| de::Error::custom("a photo that is no base64"))
    }
}

/// Your id for a person. The server takes 1 to 255 bytes without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectId(String);

impl SubjectId {
    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SubjectId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for SubjectId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl PartialEq<str> for SubjectId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for SubjectId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectId({} bytes)", self.0.len())
    }
}
