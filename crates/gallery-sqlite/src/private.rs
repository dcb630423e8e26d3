//! Making the file and its folder readable by their owner only, whatever the umask.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes missing folders (0700) and an empty file (0600). What exists stays as it is: its modes are the operator's.
///
/// An existing file is not even opened: closing it would drop the locks that SQLite holds on it in this process.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    make_folder(folder)?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file.set_permissions(Permissions::from_mode(0o600))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    }
    // The name itself must survive the loss of power, or the first enrolment is lost with it.
    File::open(folder)?.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent();
    if let Some(parent) = parent {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => std::fs::set_permissions(folder, Permissions::from_mode(0o700))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    parent.map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Whether nobody but the owner may read the file.
pub(crate) fn is_private(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.mode() & 0o077 == 0)
}
