//! Reading an archive, and finding what is wrong with it.

use std::io::{self, ErrorKind, Read};

use facegate_vault::{ArchiveKey, ChunkPlace, MasterKeyId};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{CHUNK, Kind, MAGIC, Mark, PREFIX, VERSION};
use crate::TransferError;

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
