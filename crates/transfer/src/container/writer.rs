//! Writing an archive, chunk by chunk.

use std::io::{self, Write};

use facegate_vault::{ArchiveKey, ChunkPlace, MasterKeyId};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{CHUNK, Kind, MAGIC, Mark, VERSION};
use crate::TransferError;

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
