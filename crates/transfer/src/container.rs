//! The layout of archives: sections of sealed chunks.
//!
//! ```text
//! "FACEGATE" | version | kind | name of the archive, 16 random bytes | id of the outer key, 16 digits
//! then chunks: 1 if it is its section's last, else 0 | length, 4 bytes | sealed bytes
//! ```
//! Each chunk is sealed for its place: kind, archive, section, number, whether it is the last (as in STREAM). So no chunk
//! can be changed, left out, doubled or moved, and no section ends early. Numbers are little-endian.

use std::io::{self, ErrorKind, Read, Write};

use facegate_vault::{ArchiveKey, ChunkPlace, MasterKeyId};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::TransferError;

const MAGIC: &[u8; 8] = b"FACEGATE";
const VERSION: u8 = 1;
/// Bytes before the first chunk.
pub(crate) const PREFIX: usize = 8 + 1 + 1 + 16 + 16;
/// Bytes in a chunk at most, before sealing.
pub(crate) const CHUNK: usize = 1 << 20;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Backup = 1,
    Keys = 2,
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

/// Writes sections. Errors are the file's.
pub(crate) struct ChunkWriter<W> {
    out: W,
    hash: Sha256,
    place: ChunkPlace,
    buffer: Zeroizing<Vec<u8>>,
}

impl<W: Write> ChunkWriter<W> {
    pub(crate) fn new(out: W, kind: Kind, outer: MasterKeyId) -> io::Result<Self> {
        let mut archive = [0; 16];
        rand::Rng::fill_bytes(&mut rand::rng(), &mut archive);
        let place = ChunkPlace { kind: kind as u8, archive, section: 0, chunk: 0, last: false };
        let mut writer = Self { out, hash: Sha256::new(), place, buffer: Zeroizing::new(Vec::with_capacity(CHUNK)) };
        let mut prefix = MAGIC.to_vec();
        prefix.extend([VERSION, kind as u8]);
        prefix.extend_from_slice(&archive);
        prefix.extend_from_slice(outer.to_string().as_bytes());
        writer.put(&prefix)?;
        Ok(writer)
    }

    /// Goes on where a reader of the same file has stopped.
    pub(crate) fn resume(out: W, at: Mark) -> Self {
        Self { out, hash: at.hash, place: at.place, buffer: Zeroizing::new(Vec::with_capacity(CHUNK)) }
    }

    pub(crate) fn write(&mut self, key: &ArchiveKey, mut data: &[u8]) -> Result<(), TransferError> {
        while !data.is_empty() {
            if self.buffer.len() == CHUNK {
                self.chunk(key, false)?;
            }
            let (now, rest) = data.split_at(data.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            data = rest;
        }
        Ok(())
    }

    /// Ends the chunk here, so that the file can be gone on with from here.
    pub(crate) fn settle(&mut self, key: &ArchiveKey) -> Result<(), TransferError> {
        if !self.buffer.is_empty() {
            self.chunk(key, false)?;
        }
        self.out.flush().map_err(unwritten)
    }

    /// Ends the section.
    pub(crate) fn end(&mut self, key: &ArchiveKey) -> Result<(), TransferError> {
        self.chunk(key, true)?;
        self.place = ChunkPlace { section: self.place.section + 1, chunk: 0, ..self.place };
        Ok(())
    }

    /// SHA-256 of everything so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    pub(crate) fn into_inner(self) -> W {
        self.out
    }

    fn chunk(&mut self, key: &ArchiveKey, last: bool) -> Result<(), TransferError> {
        let sealed = key.seal(&ChunkPlace { last, ..self.place }, &self.buffer)?;
        let mut head = [u8::from(last), 0, 0, 0, 0];
        // A chunk is at most 1 MiB.
        head[1..].copy_from_slice(&(sealed.len() as u32).to_le_bytes());
        self.put(&head).and_then(|()| self.put(&sealed)).map_err(unwritten)?;
        self.place.chunk += 1;
        self.buffer.clear();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }
}

fn unwritten(error: io::Error) -> TransferError {
    TransferError::File { path: "the file".into(), error }
}

/// A place between two chunks, where a writer can go on.
#[derive(Clone)]
pub(crate) struct Mark {
    hash: Sha256,
    place: ChunkPlace,
    /// Bytes before it.
    pub(crate) offset: u64,
}

/// Reads sections; gives only what was found sound.
pub(crate) struct ChunkReader<R> {
    input: R,
    hash: Sha256,
    place: ChunkPlace,
    outer: MasterKeyId,
    offset: u64,
    buffer: Zeroizing<Vec<u8>>,
    used: usize,
    ended: bool,
}

impl<R: Read> ChunkReader<R> {
    pub(crate) fn new(input: R, kind: Kind) -> Result<Self, TransferError> {
        let place = ChunkPlace { kind: kind as u8, archive: [0; 16], section: 0, chunk: 0, last: false };
        let outer = MasterKeyId::parse("0000000000000000").ok_or(TransferError::Foreign(kind.words()))?;
        let (hash, buffer) = (Sha256::new(), Zeroizing::new(Vec::new()));
        let mut reader = Self { input, hash, place, outer, offset: 0, buffer, used: 0, ended: false };
        let mut prefix = [0; PREFIX];
        reader.get(&mut prefix)?;
        let foreign = || TransferError::Foreign(kind.words());
        if !prefix.starts_with(MAGIC) {
            return Err(foreign());
        }
        match prefix[8] {
            VERSION => {}
            later if later > VERSION => return Err(TransferError::Newer),
            _ => return Err(foreign()),
        }
        if prefix[9] != kind as u8 {
            return Err(foreign());
        }
        reader.place.archive.copy_from_slice(&prefix[10..26]);
        let outer = std::str::from_utf8(&prefix[26..]).ok().and_then(MasterKeyId::parse);
        reader.outer = outer.filter(|id| id.to_string().as_bytes() == &prefix[26..]).ok_or_else(foreign)?;
        Ok(reader)
    }

    /// The key that seals what is not an app's.
    pub(crate) fn outer(&self) -> MasterKeyId {
        self.outer
    }

    /// SHA-256 of everything read so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Where a writer could go on, if all that was read is used up.
    pub(crate) fn mark(&self) -> Option<Mark> {
        let used_up = self.used == self.buffer.len() && !self.ended;
        used_up.then(|| Mark { hash: self.hash.clone(), place: self.place, offset: self.offset })
    }

    /// Fills `data`. An error if the section ends before.
    pub(crate) fn read(&mut self, key: &ArchiveKey, mut data: &mut [u8]) -> Result<(), TransferError> {
        while !data.is_empty() {
            if self.at_end(key)? {
                return Err(TransferError::Damaged("a section ends too early"));
            }
            let count = data.len().min(self.buffer.len() - self.used);
            let (now, rest) = data.split_at_mut(count);
            now.copy_from_slice(&self.buffer[self.used..self.used + count]);
            self.used += count;
            data = rest;
        }
        Ok(())
    }

    /// Whether the section is read to its end.
    pub(crate) fn at_end(&mut self, key: &ArchiveKey) -> Result<bool, TransferError> {
        while self.used == self.buffer.len() {
            if self.ended {
                return Ok(true);
            }
            let (last, sealed) = self.frame()?;
            let place = ChunkPlace { last, ..self.place };
            let damaged = |_| TransferError::Damaged("a chunk does not open");
            self.buffer = key.open(&place, &sealed).map_err(damaged)?;
            self.used = 0;
            self.place.chunk += 1;
            self.ended = last;
        }
        Ok(false)
    }

    /// Goes on to the next section; an error if this one is not read to its end.
    pub(crate) fn next_section(&mut self, key: &ArchiveKey) -> Result<(), TransferError> {
        if !self.at_end(key)? {
            return Err(TransferError::Damaged("a section is too long"));
        }
        self.begin();
        Ok(())
    }

    /// Passes over a section whose key is not there.
    pub(crate) fn skip_section(&mut self) -> Result<(), TransferError> {
        while !self.frame()?.0 {}
        self.begin();
        Ok(())
    }

    /// An error if anything follows.
    pub(crate) fn end(mut self) -> Result<(), TransferError> {
        match self.input.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(TransferError::Damaged("something follows its end")),
            Err(error) => Err(unread(error)),
        }
    }

    fn begin(&mut self) {
        self.place = ChunkPlace { section: self.place.section + 1, chunk: 0, ..self.place };
        self.ended = false;
    }

    fn frame(&mut self) -> Result<(bool, Vec<u8>), TransferError> {
        let mut head = [0; 5];
        self.get(&mut head)?;
        let [flag, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        if flag > 1 || length > CHUNK + ArchiveKey::OVERHEAD {
            return Err(TransferError::Damaged("a chunk is not one"));
        }
        let mut sealed = vec![0; length];
        self.get(&mut sealed)?;
        Ok((flag == 1, sealed))
    }

    fn get(&mut self, bytes: &mut [u8]) -> Result<(), TransferError> {
        self.input.read_exact(bytes).map_err(unread)?;
        self.offset += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(())
    }
}

fn unread(error: io::Error) -> TransferError {
    match error.kind() {
        ErrorKind::UnexpectedEof => TransferError::Damaged("it is cut off"),
        _ => TransferError::File { path: "the file".into(), error },
    }
}
