//! The shim below a server, and the file by which it is told what to do.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use facegate_tests::{Setup, TestServer, in_folder};

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
    WritesFailed,
    SyncsFailed,
    SyncsDelayed,
    ChangesFailed,
    ClocksMoved,
}

const WORDS: usize = 12;

/// Errors as Linux numbers them.
pub mod errno {
    /// Input/output error.
    pub const EIO: i64 = 5;
    /// No space left on device.
    pub const ENOSPC: i64 = 28;
    /// Read-only file system.
    pub const EROFS: i64 = 30;
}

/// A server with the shim below it.
pub struct Faulty {
    pub server: TestServer,
    control: File,
    setup: Setup,
    _folder: tempfile::TempDir,
}

impl Faulty {
    /// Starts it on a data folder of its own. `None` where there is no C compiler, or the store is not in files of ours;
    /// says so.
    pub fn start(settings: Setup) -> Option<Self> {
        if !in_folder() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (shim, control, data) =
            (folder.path().join("shim.so"), folder.path().join("control"), folder.path().join("data"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(source);
        match compiler.output() {
            Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
            Err(error) => {
                println!("skipped: no C compiler ({error})");
                return None;
            }
        }
        std::fs::create_dir(&data).unwrap();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&control).unwrap();
        file.set_len(8 * WORDS as u64).unwrap();
        let setup = settings.data(&data).variable("LD_PRELOAD", &shim).variable("FAULTS", &control);
        let setup = setup.variable("FAULTS_UNDER", &data);
        let server = setup.clone().start();
        Some(Self { server, control: file, setup, _folder: folder })
    }

    /// Kills the server as a crash would, and starts it again without a fault.
    pub fn restart(&mut self) {
        self.server.kill();
        self.heal();
        self.server = self.setup.clone().start();
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
        for word in [Word::WriteError, Word::SyncError, Word::SyncDelay, Word::ChangeError] {
            self.set(word, 0);
        }
    }

    /// What was injected so far, by kind: failed writes, failed and slow fsyncs, refused changes, moved clocks.
    pub fn injected(&self) -> [i64; 5] {
        use Word::{ChangesFailed, ClocksMoved, SyncsDelayed, SyncsFailed, WritesFailed};
        [WritesFailed, SyncsFailed, SyncsDelayed, ChangesFailed, ClocksMoved].map(|word| self.get(word))
    }
}
