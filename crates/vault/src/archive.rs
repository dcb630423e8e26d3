//! Sealing the chunks of an archive, so that none can be changed, left out, doubled, moved or taken from another archive.

use std::fmt;

use crate::VaultError;
use crate::derive::Key;
use crate::sealed::Sealer;

const KIND: &str = "chunk of an archive";

/// Where a chunk belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkPlace {
    /// What kind of archive it is.
    pub kind: u8,
    /// The archive's random name.
    pub archive: [u8; 16],
    /// Number of the section in the archive, from 0.
    pub section: u64,
    /// Number of the chunk in the section, from 0.
    pub chunk: u64,
    /// Whether it is the section's last.
    pub last: bool,
}

impl ChunkPlace {
    /// The associated data: fields of fixed lengths, so that no two places have the same.
    fn encode(&self) -> Vec<u8> {
        let mut encoded = KIND.as_bytes().to_vec();
        encoded.push(self.kind);
        encoded.extend_from_slice(&self.archive);
        encoded.extend_from_slice(&self.section.to_le_bytes());
        encoded.extend_from_slice(&self.chunk.to_le_bytes());
        encoded.push(u8::from(self.last));
        encoded
    }
}

/// A key that seals chunks of archives; derived from an app's key, or from a master key. `Debug` does not show it.
#[derive(Clone)]
pub struct ArchiveKey(Sealer);

impl ArchiveKey {
    /// Bytes that sealing adds to a chunk.
    pub const OVERHEAD: usize = crate::sealed::OVERHEAD;

    pub(crate) fn new(key: &Key) -> Self {
        Self(Sealer::new(key))
    }

    /// Seals a chunk for its place.
    pub fn seal(&self, place: &ChunkPlace, clear: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.0.seal(&place.encode(), clear)
    }

    /// Opens a chunk. [`VaultError::Damaged`] if a bit of it is not as it was, if it comes from another place or was sealed
    /// with another key.
    pub fn open(&self, place: &ChunkPlace, sealed: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, VaultError> {
        Ok(zeroize::Zeroizing::new(self.0.open(&place.encode(), sealed, KIND)?))
    }
}

impl fmt::Debug for ArchiveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArchiveKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive;

    #[test]
    fn a_chunk_opens_at_its_place_only() {
        let key = ArchiveKey::new(&derive::random());
        let place = ChunkPlace { kind: 1, archive: [7; 16], section: 2, chunk: 3, last: false };
        let sealed = key.seal(&place, b"budi").unwrap();
        assert_eq!(&**key.open(&place, &sealed).unwrap(), b"budi");
        let mut other_archive = place;
        other_archive.archive[15] = 8;
        for other in [
            ChunkPlace { kind: 2, ..place },
            ChunkPlace { section: 3, ..place },
            ChunkPlace { chunk: 2, ..place },
            ChunkPlace { last: true, ..place },
            other_archive,
        ] {
            assert_eq!(key.open(&other, &sealed).unwrap_err(), VaultError::Damaged(KIND), "{other:?}");
        }
        assert!(ArchiveKey::new(&derive::random()).open(&place, &sealed).is_err());
        assert!(!format!("{key:?}").contains('0'));
    }
}
