//! The default of the embedded store: a key file in the data folder, made with the store.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use facegate_vault::MasterKey;

use crate::lock;

/// Makes the file (mode 0600) with a new key, unless another process is quicker: then theirs stays. It is on the disk, whole,
/// when this returns, so that no store is ever sealed with a key that is lost.
pub fn make(path: &Path) -> Result<()> {
    let failed = || format!("the master key {} cannot be made", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    lock::make_folder(folder).with_context(failed)?;
    let key = MasterKey::generate()?;
    let new = path.with_extension(format!("key.{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new).with_context(failed)?;
    let written = writeln!(file, "{}", *key.reveal()).and_then(|()| file.sync_all());
    let named = written.and_then(|()| fs::hard_link(&new, path));
    let _ = fs::remove_file(&new);
    match named {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        outcome => outcome.with_context(failed)?,
    }
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(failed)?;
    tracing::info!(master_key = %key.id(), "made a master key: {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_first_key_stays_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/master.key");
        make(&path).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        MasterKey::parse(&first).unwrap();
        make(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 1, "nothing is left beside it");
    }
}
