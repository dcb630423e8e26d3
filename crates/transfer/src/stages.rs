//! Sealed files of any content, for fuzz targets only (feature `stages`): as somebody could write them who has the key.

use std::io::Write;

use facegate_domain::App;
use facegate_gallery::WholeSubject;
use facegate_vault::{ArchiveKey, MasterKey, MasterKeyId};

use crate::TransferError;
use crate::archive::put_trailer;
use crate::cards::{AppCard, Header, put, put_subject};
use crate::container::ChunkWriter;

pub use crate::container::Kind;

/// Seals each section's bytes with its key. `subjects`: of each app, for the trailer that ends archives; key files have none.
///
/// # Errors
/// Those of `out`.
pub fn seal(
    out: impl Write,
    kind: Kind,
    (name, outer): (MasterKeyId, &ArchiveKey),
    sections: &[(&ArchiveKey, &[u8])],
    subjects: Option<Vec<u64>>,
) -> Result<(), TransferError> {
    let mut out = ChunkWriter::new(out, kind, name).map_err(unwritten)?;
    for (key, bytes) in sections {
        out.write(key, bytes)?;
        out.end(key)?;
    }
    subjects.map_or(Ok(()), |subjects| put_trailer(&mut out, outer, subjects))
}

/// The export of an app with these subjects.
///
/// # Errors
/// Those of `out`.
pub fn seal_export(
    out: impl Write,
    key: &MasterKey,
    app: &App,
    subjects: &[WholeSubject],
) -> Result<(), TransferError> {
    let (outer, count) = (key.archive_key()?, subjects.len() as u64);
    let mut out = ChunkWriter::new(out, Kind::Export, key.id()).map_err(unwritten)?;
    put(&mut out, &outer, &Header { made_at: 0, apps: vec![AppCard::new(app, count)] })?;
    out.end(&outer)?;
    subjects.iter().try_for_each(|subject| put_subject(&mut out, &outer, subject))?;
    out.end(&outer)?;
    put_trailer(&mut out, &outer, vec![count])
}

fn unwritten(error: std::io::Error) -> TransferError {
    TransferError::File { path: "the file".into(), error }
}
