//! The layout of archives: sections of sealed chunks.
//!
//! ```text
//! "FACEGATE" | version | kind | name of the archive, 16 random bytes | id of the outer key, 16 digits
//! then chunks: 1 if it is its section's last, else 0 | length, 4 bytes | sealed bytes
//! ```
//! Each chunk is sealed for its place: kind, archive, section, number, whether it is the last (as in STREAM). So no chunk
//! can be changed, left out, doubled or moved, and no section ends early. Numbers are little-endian.

mod reader;
mod writer;

use facegate_vault::ChunkPlace;
use sha2::Sha256;

pub(crate) use reader::ChunkReader;
pub(crate) use writer::ChunkWriter;

const MAGIC: &[u8; 8] = b"FACEGATE";
const VERSION: u8 = 1;
/// Bytes before the first chunk.
pub(crate) const PREFIX: usize = 8 + 1 + 1 + 16 + 16;
/// Bytes in a chunk at most, before sealing.
pub(crate) const CHUNK: usize = 1 << 20;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a whole store.
    Backup = 1,
    /// The keys of backups.
    Keys = 2,
    /// Of one app.
    Export = 3,
}

impl Kind {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Backup => "a backup of facegate",
            Self::Keys => "a key file of facegate's backups",
            Self::Export => "an export of facegate",
        }
    }
}

/// A place between two chunks, where a writer can go on.
#[derive(Clone)]
pub(crate) struct Mark {
    hash: Sha256,
    place: ChunkPlace,
    /// Bytes before it.
    pub(crate) offset: u64,
}
