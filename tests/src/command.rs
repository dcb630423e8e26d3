//! Commands beside a server: what they say, and whether they were right to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use crate::facegate;

/// A new master key in a file of this name, as a setting.
pub fn master_key(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, done(facegate().args(["keys", "generate"]).output().unwrap())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    format!("file:{}", path.display())
}

/// What a command that has succeeded printed.
pub fn done(output: Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.into_owned()
}

/// What a command complained about; it must have failed, in words.
pub fn refused(output: Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && !err.is_empty() && !err.contains("panicked"), "{out}{err}");
    err.into_owned()
}
