//! The audit log: the checks of every backend, and a log that somebody has cut.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use facegate_gallery::conformance::audit::{Tamper, run};
use facegate_gallery::{AppAdmin, AuditLog, Gallery, KeyAdmin, StoreError};
use facegate_gallery_sqlite::{Options, SqliteStore};
use support::{bank, enrol, master_key, vault, vault_of};

struct Connection(PathBuf);

impl Tamper for Connection {
    fn sql(&self, sql: &str) {
        let connection = rusqlite::Connection::open(&self.0).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, vault(), Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_row_is_changed_or_removed_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let make = async || {
        let path = folder.path().join(format!("store-{}.db", number.fetch_add(1, Ordering::Relaxed)));
        let tamper: Box<dyn Tamper> = Box::new(Connection(path.clone()));
        (open(&path), tamper)
    };
    run::<SqliteStore>(make).await.unwrap();
}

#[tokio::test]
async fn a_log_that_was_cut_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let store = open(&path);
    let app = bank(None);
    store.create_app(&app).await.unwrap();
    store.commit(&app.id, enrol("budi", 1, 100)).await.unwrap();
    Connection(path).sql(
        "DELETE FROM audit WHERE app_id = 'bank' AND number = 2;
         UPDATE audit_heads SET count = 1, last = (SELECT mac FROM audit WHERE app_id = 'bank') WHERE app_id = 'bank'",
    );
    let refused = store.commit(&app.id, enrol("siti", 2, 100)).await;
    assert!(matches!(&refused, Err(StoreError::Corrupt(text)) if text.contains("audit verify")), "{refused:?}");
    assert_eq!(store.count(&app.id).await.unwrap(), 1, "without a row there is no change");
}

#[tokio::test]
async fn the_log_holds_under_another_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facegate.db");
    let app = bank(None);
    let store = open(&path);
    store.create_app(&app).await.unwrap();
    drop(store);
    let both = facegate_vault::Vault::new(&master_key(8), &[master_key(7)]).unwrap();
    let store = SqliteStore::open(&path, both.into(), Options::default()).unwrap();
    assert!(store.rewrap(&app.id).await.unwrap() && store.finish_rewrap().await.unwrap());
    drop(store);
    let store = SqliteStore::open(&path, vault_of(8), Options::default()).unwrap();
    store.commit(&app.id, enrol("budi", 1, 100)).await.unwrap();
    let report = store.verify_audit().await.unwrap();
    // Made (twice), rewrapped, enrolled.
    assert_eq!((report.faults, report.rows), (vec![], 4));
}
