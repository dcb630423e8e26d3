//! The suite of copying, and a snapshot beside another process's writes.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::conformance::{AsyncMake, TransferStore, run_transfers};
use facegate_gallery::{AppAdmin, Gallery, PAGE_BYTES, Snapshots};
use facegate_gallery_sqlite::{Options, SqliteStore};
use support::{bank, enrol, vault};

struct Maker(PathBuf, AtomicUsize);

#[async_trait::async_trait]
impl AsyncMake for Maker {
    async fn make(&self) -> Arc<dyn TransferStore> {
        let path = self.0.join(format!("store-{}.db", self.1.fetch_add(1, Ordering::Relaxed)));
        Arc::new(SqliteStore::open(&path, vault(), Options::default()).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_of_copying_passes() {
    let folder = tempfile::tempdir().unwrap();
    let maker = Maker(folder.path().to_owned(), AtomicUsize::new(0));
    run_transfers(&maker).await.unwrap();
    assert!(maker.1.into_inner() > 8, "the suite has checks");
}

#[tokio::test]
async fn a_page_ends_when_its_photos_are_many_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("facegate.db"), vault(), Options::default()).unwrap();
    let app = bank(None);
    store.create_app(&app).await.unwrap();
    for number in 0..5 {
        store.commit(&app.id, enrol(&format!("s{number}"), number, PAGE_BYTES / 3)).await.unwrap();
    }
    store.commit(&app.id, enrol("t", 9, PAGE_BYTES + 1)).await.unwrap();
    let mut snapshot = store.snapshot().await.unwrap();
    let (mut lengths, mut after) = (Vec::new(), None);
    loop {
        let page = snapshot.subjects(&app.id, after.as_ref(), 100).await.unwrap();
        let Some(last) = page.last() else { break };
        lengths.push(page.len());
        after = Some(last.record.subject_id.clone());
    }
    assert_eq!(lengths, [4, 2], "a page ends as soon as it is long enough");
}
