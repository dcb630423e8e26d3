//! The shim below a process, and the file by which it is told what to do.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use facegate_tests::{Setup, TestServer, finish, in_folder};

/// What the shim reads and counts, in the order of its `struct control`.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    WriteError,
    WriteBudget,
    SyncError,
    SyncFailures,
    SyncDelay,
    ChangeError,
    ClockOffset,
    ReadError,
    WritesFailed,
    SyncsFailed,
    SyncsDelayed,
    ChangesFailed,
    ClocksMoved,
    ReadsFailed,
}

const WORDS: usize = 14;

/// Errors as Linux numbers them.
pub mod errno {
    /// Input/output error.
    pub const EIO: i64 = 5;
    /// No space left on device.
    pub const ENOSPC: i64 = 28;
    /// Read-only file system.
    pub const EROFS: i64 = 30;
}

/// The shim, compiled, with a file of its own.
pub struct Shim {
    control: File,
    folder: tempfile::TempDir,
}

impl Shim {
    /// `None` where there is no C compiler; says so.
    pub fn compiled() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(folder.path().join("shim.so")).arg(source);
        match compiler.output() {
            Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
            Err(error) => {
                println!("skipped: no C compiler ({error})");
                return None;
            }
        }
        let path = folder.path().join("control");
        let control = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        control.set_len(8 * WORDS as u64).unwrap();
        // A database server runs as another user.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        Some(Self { control, folder })
    }

    /// The environment of a process that is to have it below.
    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        [("LD_PRELOAD", self.folder.path().join("shim.so")), ("FAULTS", self.folder.path().join("control"))]
    }

    /// Sets a word.
    pub fn set(&self, word: Word, value: i64) {
        self.control.write_all_at(&value.to_ne_bytes(), 8 * word as u64).unwrap();
    }

    /// What a word is now.
    pub fn get(&self, word: Word) -> i64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, 8 * word as u64).unwrap();
        i64::from_ne_bytes(bytes)
    }

    /// Writes fail with this error, after so many more bytes.
    pub fn fail_writes(&self, error: i64, after_bytes: i64) {
        self.set(Word::WriteBudget, after_bytes);
        self.set(Word::WriteError, error);
    }

    /// The next so many calls of fsync fail with EIO.
    pub fn fail_syncs(&self, count: i64) {
        self.set(Word::SyncFailures, count);
        self.set(Word::SyncError, errno::EIO);
    }

    /// The file system is as if mounted read-only.
    pub fn read_only(&self) {
        self.set(Word::ChangeError, errno::EROFS);
        self.fail_writes(errno::EROFS, 0);
    }

    /// Ends every fault but the clock's.
    pub fn heal(&self) {
        for word in [Word::WriteError, Word::SyncError, Word::SyncDelay, Word::ChangeError, Word::ReadError] {
            self.set(word, 0);
        }
    }
}

/// A server with the shim below it.
pub struct Faulty {
    pub server: TestServer,
    pub shim: Shim,
    setup: Setup,
}

impl Faulty {
    /// Starts it on a data folder of its own. `None` where there is no C compiler, or the store is not in files of ours;
    /// says so.
    pub fn start(settings: Setup) -> Option<Self> {
        if !in_folder() {
            return None;
        }
        let shim = Shim::compiled()?;
        let data = shim.folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let setup = settings.data(&data).variable("FAULTS_UNDER", &data);
        let setup = shim.variables().iter().fold(setup, |setup, (name, path)| setup.variable(name, path));
        let server = setup.clone().start();
        Some(Self { server, shim, setup })
    }

    /// Kills the server as a crash would, and starts it again without a fault.
    pub fn restart(&mut self) {
        self.server.kill();
        self.shim.heal();
        self.server = self.setup.clone().start();
    }

    /// Kills the server as a crash would; what it says when it is started on the disk as it is and ends by itself.
    pub fn start_fails(&mut self) -> String {
        self.server.kill();
        let mut command = self.setup.command(self.server.data());
        let log = self.shim.folder.path().join("start.log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let ended = finish(&mut command.spawn().unwrap(), Duration::from_secs(60));
        let said = std::fs::read_to_string(&log).unwrap();
        assert!(ended.is_some_and(|status| !status.success()), "a start on a broken disk: {ended:?}: {said}");
        said
    }
}
