//! Backups of a whole store: an archive, and the key file beside it.

use std::io::{BufWriter, Write};
use std::path::Path;

use facegate_domain::Timestamp;
use facegate_gallery::Snapshots;
use facegate_vault::Vault;

use crate::archive::{Archive, named, open, put_trailer};
use crate::cards::{AppCard, Header, put, put_subject};
use crate::container::{ChunkWriter, Kind};
use crate::{Progress, SnapshotSource, Source, SourceApp, TransferError, files, keyfile};

/// Writes the store as it is now into a new archive, while it serves, and replaces the key file. How many apps and subjects
/// it has.
///
/// The key file comes before the archive gets its name: whenever this is interrupted, each archive that is there has its
/// keys.
pub async fn backup(
    store: &dyn Snapshots,
    vault: &Vault,
    out: &Path,
    keys: &Path,
    progress: Progress<'_>,
) -> Result<(u64, u64), TransferError> {
    files::refuse_existing(out)?;
    let mut source = SnapshotSource::open(store, vault).await?;
    let apps = source.apps().to_vec();
    keyfile::refuse_foreign(keys, vault, &apps)?;
    let part = files::part_of(out);
    let file = files::create(&part)?;
    let subjects = write(&mut source, vault, BufWriter::new(&file), progress).await.map_err(named(&part))?;
    file.sync_all().map_err(TransferError::file(&part))?;
    keyfile::replace(keys, vault, &apps)?;
    files::finish(&file, &part, out)?;
    Ok((apps.len() as u64, subjects))
}

async fn write(
    source: &mut SnapshotSource,
    vault: &Vault,
    out: impl Write,
    progress: Progress<'_>,
) -> Result<u64, TransferError> {
    let apps = source.apps().to_vec();
    let unwritten = |error| TransferError::File { path: Default::default(), error };
    let outer = vault.archive_key(vault.current())?;
    let mut out = ChunkWriter::new(out, Kind::Backup, vault.current()).map_err(unwritten)?;
    let cards = apps.iter().map(|one| AppCard::new(&one.app, one.subjects)).collect();
    put(&mut out, &outer, &Header { made_at: Timestamp::now().0, apps: cards })?;
    out.end(&outer)?;
    let all = apps.iter().map(|one| one.subjects).sum();
    let (mut done, mut counts) = (0, Vec::new());
    progress(0, all);
    for (number, one) in apps.iter().enumerate() {
        let key = one.keys.as_ref().ok_or(TransferError::Damaged("an app has no key"))?.archive_key()?;
        let (mut count, mut after) = (0, None);
        loop {
            let page = source.page(number, after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.record.subject_id.clone());
            page.iter().try_for_each(|subject| put_subject(&mut out, &key, subject))?;
            count += page.len() as u64;
            progress(done + count, all);
        }
        done += count;
        counts.push(count);
        out.end(&key)?;
    }
    put_trailer(&mut out, &outer, counts)?;
    out.into_inner().flush().map_err(unwritten)?;
    Ok(done)
}

/// Reads an archive and its key file to the end. Apps without a key are [`Archive::deleted`] if they may be left out, else
/// [`TransferError::NoKey`].
pub fn open_backup(
    path: &Path,
    keys: &Path,
    vault: &Vault,
    without_deleted: bool,
    progress: Progress<'_>,
) -> Result<Archive, TransferError> {
    let opened = open(path, Kind::Backup, |master| Ok(vault.archive_key(master)?))?;
    let keys = keyfile::read(keys, vault).map_err(|error| match error {
        TransferError::File { .. } => error,
        // Which of the two files it is.
        other => TransferError::InTheWay(format!("the key file {}: {other}", keys.display())),
    })?;
    let mut sections = Vec::new();
    for card in &opened.header.apps {
        let (app, subjects) = (card.app()?, card.subjects);
        let keys = keys.get(&app.id).cloned();
        let key = keys.as_ref().map(|keys| keys.archive_key()).transpose()?;
        sections.push((SourceApp { app, subjects, keys }, key));
    }
    let missing: Vec<_> = sections.iter().filter(|(_, key)| key.is_none()).map(|(one, _)| one.app.id.clone()).collect();
    if !missing.is_empty() && !without_deleted {
        return Err(TransferError::NoKey(missing));
    }
    Archive::verify(path, Kind::Backup, opened, sections, progress)
}
