//! Several processes on one file: opening it new, sharing a quota, and getting a turn beside a busy one.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use facegate_domain::QuotaKind;
use facegate_gallery::{AppAdmin, AppDirectory, Gallery, QuotaChange, StoreError};
use facegate_gallery_sqlite::{Options, SqliteStore};
use support::{bank, enrol, vault};

/// Tells a child where the store is.
const PLACE: &str = "FACEGATE_PROCESS_TEST_STORE";
const CHILDREN: u32 = 4;
const TRIES_EACH: u32 = 40;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, vault(), Options::default()).unwrap()
}

/// A child: opens the store (which may be new), makes the app if it is the first, and takes units until refused.
#[tokio::test]
#[ignore = "started by the test below"]
async fn child() {
    let Some(path) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    let store = open(&path);
    match store.create_app(&bank(Some(50))).await {
        Ok(()) | Err(StoreError::AppExists) => {}
        Err(error) => panic!("{error}"),
    }
    let process = std::process::id();
    for number in 0..TRIES_EACH {
        match store.commit(&bank(None).id, enrol(&format!("{process}-{number}"), number, 5000)).await {
            Ok(_) | Err(StoreError::QuotaExhausted(QuotaKind::Enroll)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn start(path: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    Command::new(program).args(["--ignored", "--exact", "child"]).env(PLACE, path).spawn().unwrap()
}

#[tokio::test]
async fn processes_open_a_new_store_at_once_and_share_its_quota() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/facegate.db");
        let children: Vec<Child> = (0..CHILDREN).map(|_| start(&path)).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let store = open(&path);
        let app = store.app(&bank(None).id).await.unwrap().unwrap();
        assert_eq!((app.enroll.used, store.count(&app.id).await.unwrap()), (50, 50));
        store.integrity().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_opener_gets_its_turn_beside_a_busy_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let (busy, other) = (Arc::new(open(&path)), open(&path));
    let id = bank(None).id;
    busy.create_app(&bank(None)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..32)
        .map(|writer| {
            let (busy, stop) = (busy.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    busy.commit(&bank(None).id, enrol(&format!("subject {writer}"), 1, 20_000)).await.unwrap();
                }
            })
        })
        .collect();
    for limit in 0..20 {
        other.set_quotas(&id, QuotaChange { enroll: None, liveness: Some(Some(limit)) }).await.unwrap();
        assert_eq!(busy.app(&id).await.unwrap().unwrap().liveness.limit, Some(limit));
    }
    stop.store(true, Ordering::Relaxed);
    for writer in load {
        writer.await.unwrap();
    }
}
