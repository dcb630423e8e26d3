//! Where things are: the binary under test, the repository, the labelled photographs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_owned()
}

/// The binary of the profile that these tests were built in.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    // target/<profile>/deps/<test>
    let profile = test.parent().and_then(Path::parent).expect("a profile's folder");
    let binary = profile.join("facegate");
    assert!(binary.is_file(), "{} is not built: run `cargo build -p facegate` (`make test` does)", binary.display());
    binary
}

/// The binary in an environment without settings of the machine's own.
pub fn facegate() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("FACEGATE_") || text == "RUST_LOG" || text.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&name);
        }
    }
    command
}

/// A folder of the labelled photographs; prints that it is skipped and gives `None` where they are not installed.
pub fn shared_data(set: &str) -> Option<PathBuf> {
    let folder = repository().join("../shared/data").join(set);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/data/{set} is not there");
    None
}

/// Whether the long form of the suites was asked for.
pub fn full() -> bool {
    std::env::var_os("FACEGATE_FULL").is_some()
}
