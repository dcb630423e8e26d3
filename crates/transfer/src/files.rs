//! Files that are whole or not there, and their owner's only.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::TransferError;

/// The name under which a file grows until it is whole.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// An empty file (mode 0600), whatever was there.
pub(crate) fn create(path: &Path) -> Result<File, TransferError> {
    open(path, true)
}

/// A file that is there, or an empty one, to read and to go on with.
pub(crate) fn open(path: &Path, empty: bool) -> Result<File, TransferError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(empty);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(TransferError::file(path))
}

/// Gives the file its name once it is on the disk, in one step; another file of this name is replaced.
pub(crate) fn finish(file: &File, part: &Path, path: &Path) -> Result<(), TransferError> {
    file.sync_all().map_err(TransferError::file(part))?;
    fs::rename(part, path).map_err(TransferError::file(path))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(TransferError::file(folder))
}

/// An error if there is something under this name.
pub(crate) fn refuse_existing(path: &Path) -> Result<(), TransferError> {
    if path.exists() {
        let text = format!("{} is there already: choose another name, or remove it", path.display());
        return Err(TransferError::InTheWay(text));
    }
    Ok(())
}
