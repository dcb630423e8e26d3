//! Archives: a header, a section for each app, and a trailer with the totals and a hash of everything.
//!
//! Header and trailer are sealed with the outer key (a master key's); each app's section with a key of its own, so that an
//! archive of apps that were deleted since is of no use. The hash covers sections whose keys are gone.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{PAGE_BYTES, WholeSubject};
use facegate_vault::{ArchiveKey, MasterKeyId};

use crate::cards::{Header, Trailer, get, get_subject, put};
use crate::container::{ChunkReader, ChunkWriter, Kind};
use crate::{AT_ONCE, Source, SourceApp, TransferError};

/// An archive that was read to its end and found sound.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    kind: Kind,
    outer: ArchiveKey,
    /// A section each; without a key it is passed over.
    sections: Vec<(SourceApp, Option<ArchiveKey>)>,
    made_at: Timestamp,
}

/// The header, and what follows it.
pub(crate) struct Opened {
    pub reader: ChunkReader<BufReader<File>>,
    pub outer: ArchiveKey,
    pub header: Header,
}

/// Reads the header.
pub(crate) fn open(
    path: &Path,
    kind: Kind,
    outer: impl FnOnce(MasterKeyId) -> Result<ArchiveKey, TransferError>,
) -> Result<Opened, TransferError> {
    let file = File::open(path).map_err(TransferError::file(path))?;
    let mut reader = ChunkReader::new(BufReader::new(file), kind).map_err(named(path))?;
    let outer = outer(reader.outer())?;
    let header = get(&mut reader, &outer)?;
    reader.next_section(&outer)?;
    Ok(Opened { reader, outer, header })
}

/// The container does not know its file's name.
pub(crate) fn named(path: &Path) -> impl Fn(TransferError) -> TransferError + '_ {
    |error| match error {
        TransferError::File { error, .. } => TransferError::file(path)(error),
        other => other,
    }
}

/// The last section.
pub(crate) fn put_trailer<W: Write>(
    out: &mut ChunkWriter<W>,
    outer: &ArchiveKey,
    subjects: Vec<u64>,
) -> Result<(), TransferError> {
    let trailer = Trailer { subjects, sha256: hex::encode(out.digest()) };
    put(out, outer, &trailer)?;
    out.end(outer)
}

impl Archive {
    /// Reads everything. `keys`: of each app of the header, if it is to be read, what a copy's app is to be.
    pub(crate) fn verify(
        path: &Path,
        kind: Kind,
        opened: Opened,
        sections: Vec<(SourceApp, Option<ArchiveKey>)>,
        progress: crate::Progress<'_>,
    ) -> Result<Self, TransferError> {
        let Opened { mut reader, outer, header } = opened;
        let mut archive = Self { path: path.to_owned(), kind, outer, sections, made_at: Timestamp(header.made_at) };
        archive.verify_sections(&mut reader, progress).map_err(named(path))?;
        reader.end().map_err(named(path))?;
        Ok(archive)
    }

    fn verify_sections<R: Read>(
        &mut self,
        reader: &mut ChunkReader<R>,
        progress: crate::Progress<'_>,
    ) -> Result<(), TransferError> {
        let all = self.sections.iter().map(|(app, _)| app.subjects).sum();
        let (mut done, mut counted) = (0, Vec::new());
        progress(0, all);
        for (_, key) in &self.sections {
            let Some(key) = key else {
                reader.skip_section()?;
                counted.push(None);
                continue;
            };
            let (mut count, mut last): (u64, Option<SubjectId>) = (0, None);
            while !reader.at_end(key)? {
                let subject = get_subject(reader, key)?.record.subject_id;
                if last.is_some_and(|last| last >= subject) {
                    return Err(TransferError::Damaged("its subjects are not in order"));
                }
                last = Some(subject);
                count += 1;
                progress(done + count, all.max(done + count));
            }
            done += count;
            counted.push(Some(count));
            reader.next_section(key)?;
        }
        let digest = hex::encode(reader.digest());
        let trailer: Trailer = get(reader, &self.outer)?;
        if !reader.at_end(&self.outer)? {
            return Err(TransferError::Damaged("something follows its end"));
        }
        let agree = trailer.subjects.len() == counted.len()
            && trailer
                .subjects
                .iter()
                .zip(&counted)
                .all(|(said, counted)| counted.is_none_or(|counted| counted == *said));
        if trailer.sha256 != digest || !agree {
            return Err(TransferError::Damaged("its parts do not belong together"));
        }
        for ((app, _), subjects) in self.sections.iter_mut().zip(trailer.subjects) {
            app.subjects = subjects;
        }
        Ok(())
    }

    /// When it was made.
    pub fn made_at(&self) -> Timestamp {
        self.made_at
    }

    /// Its apps that can be read.
    pub fn apps(&self) -> impl Iterator<Item = &SourceApp> {
        self.sections.iter().filter(|(_, key)| key.is_some()).map(|(app, _)| app)
    }

    /// Its apps whose keys are gone.
    pub fn deleted(&self) -> Vec<AppId> {
        self.sections.iter().filter(|(_, key)| key.is_none()).map(|(app, _)| app.app.id.clone()).collect()
    }

    /// To be read from its beginning.
    pub fn source(&self) -> Result<ArchiveSource, TransferError> {
        let Opened { reader, .. } = open(&self.path, self.kind, |_| Ok(self.outer.clone()))?;
        let keys: Vec<_> = self.sections.iter().map(|(_, key)| key.clone()).collect();
        let numbers = (0..keys.len()).filter(|number| keys[*number].is_some()).collect();
        let (apps, path) = (self.apps().cloned().collect(), self.path.clone());
        Ok(ArchiveSource { path, reader, apps, numbers, keys, section: 0 })
    }
}

/// An archive as a source: its apps one after another, once.
pub struct ArchiveSource {
    path: PathBuf,
    reader: ChunkReader<BufReader<File>>,
    apps: Vec<SourceApp>,
    /// The section of each app.
    numbers: Vec<usize>,
    keys: Vec<Option<ArchiveKey>>,
    section: usize,
}

impl ArchiveSource {
    fn read(&mut self, app: usize) -> Result<Vec<WholeSubject>, TransferError> {
        let Some(&wanted) = self.numbers.get(app) else { return Ok(Vec::new()) };
        while self.section < wanted {
            match self.keys.get(self.section).and_then(Option::as_ref) {
                Some(key) => self.reader.next_section(key)?,
                None => self.reader.skip_section()?,
            }
            self.section += 1;
        }
        let Some(key) = self.keys.get(wanted).and_then(Option::as_ref) else { return Ok(Vec::new()) };
        let (mut page, mut bytes) = (Vec::new(), 0);
        while page.len() < AT_ONCE && bytes < PAGE_BYTES && !self.reader.at_end(key)? {
            let subject = get_subject(&mut self.reader, key)?;
            bytes += subject.photo.as_ref().map_or(0, Vec::len);
            page.push(subject);
        }
        Ok(page)
    }
}

#[async_trait]
impl Source for ArchiveSource {
    fn apps(&self) -> &[SourceApp] {
        &self.apps
    }

    async fn page(&mut self, app: usize, _after: Option<&SubjectId>) -> Result<Vec<WholeSubject>, TransferError> {
        self.read(app).map_err(named(&self.path.clone()))
    }
}
