//! A folder for one evaluation, and what the program says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use facegate_tests::{done, facegate, repository};
use serde_json::Value;

/// Labels, cache and results of one evaluation.
pub struct Run {
    pub folder: tempfile::TempDir,
}

impl Run {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A file of this run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the labels.
    pub fn labels(&self, text: impl AsRef<[u8]>) {
        std::fs::write(self.path("labels.csv"), text).unwrap();
    }

    /// The program with these labels; `--models` is still to be added.
    pub fn command(&self, job: &[&str], photos: &Path) -> Command {
        let mut command = facegate();
        command.args(job).arg(photos).arg("--labels").arg(self.path("labels.csv"));
        command.arg("--cache").arg(self.path("cache")).arg("--data").arg(self.path("data"));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a job and gives its JSON.
    pub fn eval(&self, job: &str, photos: &Path, more: &[&str]) -> Value {
        let mut command = self.command(&["eval", job], photos);
        command.args(more).args(["--bootstrap", "50", "--details", "--json"]).arg(self.path("out.json"));
        done(command.arg("--models").arg(repository().join("models")).output().unwrap());
        serde_json::from_slice(&std::fs::read(self.path("out.json")).unwrap()).unwrap()
    }
}
