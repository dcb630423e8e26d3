//! Exports of one app, to be read where another master key is in force: everything is sealed with a key of the export.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom};
use std::path::Path;

use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{Snapshots, WholeSubject};
use facegate_vault::{ArchiveKey, MasterKey, Vault, VaultError};

use crate::archive::{Archive, Opened, named, open, put_trailer};
use crate::cards::{AppCard, Header, get_subject, put, put_subject};
use crate::container::{ChunkWriter, Kind, Mark};
use crate::{Progress, SnapshotSource, Source, SourceApp, TransferError, files};

/// Writes one app as it is now into a new file; how many subjects it has.
///
/// An export that was interrupted left `FILE.part`: as much of it as is still as the app is now is kept, so that the whole
/// is of one moment.
pub async fn export(
    store: &dyn Snapshots,
    vault: &Vault,
    app: &AppId,
    out: &Path,
    key: &MasterKey,
    progress: Progress<'_>,
) -> Result<u64, TransferError> {
    files::refuse_existing(out)?;
    let mut source = SnapshotSource::open(store, vault).await?;
    if !source.only(app.as_str()) {
        return Err(TransferError::UnknownApp(app.clone()));
    }
    let outer = key.archive_key()?;
    let part = files::part_of(out);
    let kept = keep(&part, &mut source, key).await?;
    let mut file = files::open(&part, kept.is_none())?;
    if let Some(kept) = &kept {
        let cut = file.set_len(kept.mark.offset).and_then(|()| file.seek(SeekFrom::Start(kept.mark.offset)));
        cut.map_err(TransferError::file(&part))?;
    }
    let count = write(&mut source, &outer, key, &file, kept, progress).await.map_err(named(&part))?;
    files::finish(&file, &part, out)?;
    Ok(count)
}

/// What of an interrupted export stays.
struct Kept {
    mark: Mark,
    last: Option<SubjectId>,
    count: u64,
}

async fn write(
    source: &mut SnapshotSource,
    outer: &ArchiveKey,
    key: &MasterKey,
    file: &File,
    kept: Option<Kept>,
    progress: Progress<'_>,
) -> Result<u64, TransferError> {
    let Some(SourceApp { app, subjects, .. }) = source.apps().first().cloned() else { return Ok(0) };
    let (mut out, mut after, mut count) = match kept {
        Some(Kept { mark, last, count }) => (ChunkWriter::resume(BufWriter::new(file), mark), last, count),
        None => {
            let out = ChunkWriter::new(BufWriter::new(file), Kind::Export, key.id());
            let mut out = out.map_err(|error| TransferError::File { path: Default::default(), error })?;
            put(&mut out, outer, &Header { made_at: Timestamp::now().0, apps: vec![AppCard::new(&app, subjects)] })?;
            out.end(outer)?;
            (out, None, 0)
        }
    };
    progress(count, subjects);
    loop {
        let page = source.page(0, after.as_ref()).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.record.subject_id.clone());
        page.iter().try_for_each(|subject| put_subject(&mut out, outer, subject))?;
        // From here an interrupted export goes on.
        out.settle(outer)?;
        count += page.len() as u64;
        progress(count, subjects);
    }
    out.end(outer)?;
    put_trailer(&mut out, outer, vec![count])?;
    out.settle(outer)?;
    Ok(count)
}

/// As much of an interrupted export as is sound and as the source is.
async fn keep(part: &Path, source: &mut SnapshotSource, key: &MasterKey) -> Result<Option<Kept>, TransferError> {
    let outer = key.archive_key()?;
    let Some(SourceApp { app, .. }) = source.apps().first().cloned() else { return Ok(None) };
    let Ok(Opened { mut reader, header, .. }) = open(part, Kind::Export, |_| Ok(outer.clone())) else {
        return Ok(None);
    };
    let about = header.apps.first().map_or(0, |card| card.subjects);
    if reader.outer() != key.id() || header.apps != [AppCard::new(&app, about)] {
        return Ok(None);
    }
    let mut kept = reader.mark().map(|mark| Kept { mark, last: None, count: 0 });
    let (mut page, mut after, mut count) = (Vec::<WholeSubject>::new().into_iter(), None, 0);
    // Any error is where it was interrupted.
    while let Ok(false) = reader.at_end(&outer) {
        let Ok(subject) = get_subject(&mut reader, &outer) else { break };
        if page.len() == 0 {
            page = source.page(0, after.as_ref()).await?.into_iter();
        }
        if page.next().is_none_or(|now| now != subject) {
            break;
        }
        count += 1;
        after = Some(subject.record.subject_id);
        if let Some(mark) = reader.mark() {
            kept = Some(Kept { mark, last: after.clone(), count });
        }
    }
    Ok(kept)
}

/// Reads an export to its end. `new_id`: the id under which the app is to be imported, if it is another one.
pub fn open_export(
    path: &Path,
    key: &MasterKey,
    new_id: Option<&AppId>,
    progress: Progress<'_>,
) -> Result<Archive, TransferError> {
    let opened = open(path, Kind::Export, |wanted| match key.id() {
        given if given == wanted => Ok(key.archive_key()?),
        given => Err(VaultError::OtherMasterKey { wanted, given }.into()),
    })?;
    let [card] = opened.header.apps.as_slice() else { return Err(TransferError::Damaged("it is not of one app")) };
    let (mut app, subjects) = (card.app()?, card.subjects);
    if let Some(id) = new_id {
        app.id = id.clone();
    }
    // The app gets a new key: the old one is the other installation's.
    let section = (SourceApp { app, subjects, keys: None }, Some(opened.outer.clone()));
    Archive::verify(path, Kind::Export, opened, vec![section], progress)
}
