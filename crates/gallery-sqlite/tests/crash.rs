//! A process that is killed with SIGKILL in the middle of writes loses no commit that it has acknowledged.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use facegate_gallery::{AppAdmin, AppDirectory, Gallery};
use facegate_gallery_sqlite::{Options, SqliteStore};
use sha2::{Digest, Sha256};
use support::{bank, enrol, subject, vault};

/// Tells the child where its store is.
const PLACE: &str = "FACEGATE_CRASH_TEST_STORE";
const WRITERS: u32 = 16;
const SUBJECTS_EACH: u32 = 5;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, vault(), Options::default()).unwrap()
}

fn name(writer: u32, number: u32) -> String {
    format!("subject-{writer}-{number}")
}

/// The child: enrols and updates for ever, and prints each commit that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test below"]
async fn child() {
    let Some(path) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    let store = Arc::new(open(&path));
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = bank(None).id;
            let mut version = HashMap::new();
            for turn in 0.. {
                let name = name(writer, turn % SUBJECTS_EACH);
                let known = store.subject(&id, &subject(&name)).await.unwrap().map_or(0, |record| record.nface);
                let version = *version.entry(name.clone()).and_modify(|v| *v += 1).or_insert(known + 1);
                store.commit(&id, enrol(&name, version, 20_000)).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nacknowledged {name} {version}").and_then(|()| out.flush()).unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// Starts the child, kills it after that many acknowledgements, and returns the latest version of each subject.
fn run_and_kill(path: &Path, after: usize) -> HashMap<String, u32> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .env(PLACE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut latest = HashMap::new();
    let mut seen = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        if let ["acknowledged", name, version] = words[..] {
            latest.insert(name.to_owned(), version.parse().unwrap());
            seen += 1;
            if seen == after {
                // SIGKILL. What was printed before it arrives is still read.
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    assert!(seen >= after, "the child ended by itself");
    latest
}

#[tokio::test]
async fn a_killed_process_loses_no_acknowledged_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    open(&path).create_app(&bank(None)).await.unwrap();
    let mut acknowledged: HashMap<String, u32> = HashMap::new();
    for after in [1, 7, 50, 130, 2, 90, 33, 200, 17, 64] {
        acknowledged.extend(run_and_kill(&path, after));
        let store = open(&path);
        let (id, mut commits) = (bank(None).id, 0);
        for (writer, number) in (0..WRITERS).flat_map(|w| (0..SUBJECTS_EACH).map(move |n| (w, n))) {
            let name = name(writer, number);
            let Some(record) = store.subject(&id, &subject(&name)).await.unwrap() else {
                assert!(!acknowledged.contains_key(&name), "an acknowledged subject is lost");
                continue;
            };
            let wanted = acknowledged.get(&name).copied().unwrap_or(0);
            assert!(record.nface >= wanted, "version {} instead of {wanted} or later", record.nface);
            let photo = store.photo(&id, &subject(&name)).await.unwrap().unwrap();
            assert_eq!(<[u8; 32]>::from(Sha256::digest(&photo)), record.photo_sha256, "half an update");
            assert_eq!(record.template, enrol(&name, record.nface, 0).enrolment.unwrap().template, "half an update");
            commits += u64::from(record.nface);
        }
        let used = store.app(&id).await.unwrap().unwrap().enroll.used;
        assert_eq!(used, commits, "as many units as commits");
        store.integrity().await.unwrap();
    }
    assert!(acknowledged.len() > 20);
}
