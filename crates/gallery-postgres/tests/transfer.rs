//! The suite of copying, and that what was imported is found by searches of the database.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::sync::Arc;

use facegate_gallery::conformance::{AsyncMake, TransferStore, run_transfers};
use facegate_gallery::{AppAdmin, Gallery, Importer, Snapshots, VectorSearch};
use facegate_test_postgres::Postgres;
use support::{app, enrol, open, options, template};

struct Maker(&'static Postgres);

#[async_trait::async_trait]
impl AsyncMake for Maker {
    async fn make(&self) -> Arc<dyn TransferStore> {
        Arc::new(open(&self.0.database(), options()).await)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_of_copying_passes() {
    let Some(server) = Postgres::shared() else { return };
    run_transfers(&Maker(server)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_imported_is_found() {
    let Some(server) = Postgres::shared() else { return };
    let (from, to) = (open(&server.database(), options()).await, open(&server.database(), options()).await);
    let bank = app("bank", None);
    from.create_app(&bank).await.unwrap();
    for seed in 0..20 {
        from.commit(&bank.id, enrol(&format!("s{seed:02}"), template(seed, 128))).await.unwrap();
    }
    let mut snapshot = from.snapshot().await.unwrap();
    let whole = snapshot.apps().await.unwrap().remove(0);
    // With the app's key, and with a new one, under which the rotation is another.
    for key in [Some(&whole.key), None] {
        to.import_app(&whole.app, key).await.unwrap();
        to.import_subjects(&bank.id, snapshot.subjects(&bank.id, None, 100).await.unwrap()).await.unwrap();
        for seed in [0, 7, 19] {
            let probe = template(seed, 128);
            let found = to.nearest(&bank.id, &probe, 3, -1.0).await.unwrap();
            assert_eq!(found, from.nearest(&bank.id, &probe, 3, -1.0).await.unwrap());
            assert_eq!(found[0].subject_id.as_str(), format!("s{seed:02}"));
        }
        to.delete_app(&bank.id).await.unwrap();
    }
}
