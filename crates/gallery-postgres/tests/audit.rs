//! The audit log: the checks of every backend, and many writers at once.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;

use facegate_gallery::audit::MAX_AUDIT_ROWS;
use facegate_gallery::conformance::audit::{Tamper, run};
use facegate_gallery::{AppAdmin, AuditLog, Gallery};
use facegate_gallery_postgres::PostgresStore;
use facegate_test_postgres::Postgres;

mod support;

use support::{app, enrol, open, options, template};

struct Psql(&'static Postgres, String);

impl Tamper for Psql {
    fn sql(&self, sql: &str) {
        self.0.sql(&self.1, &format!("SET search_path = facegate, public; {sql}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_row_is_changed_or_removed_unseen() {
    let Some(server) = Postgres::shared() else { return };
    let make = async || {
        let url = server.database();
        let tamper: Box<dyn Tamper> = Box::new(Psql(server, url.rsplit('/').next().unwrap().to_owned()));
        (open(&url, options()).await, tamper)
    };
    run::<PostgresStore>(make).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn chains_hold_while_several_servers_write_at_once() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let stores = [Arc::new(open(&url, options()).await), Arc::new(open(&url, options()).await)];
    let bank = app("bank", None);
    stores[0].create_app(&bank).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..200_u64 {
        let (store, bank) = (stores[number as usize % 2].clone(), bank.id.clone());
        let commit = enrol(&format!("subject {}", number % 150), template(number, 16));
        tasks.push(tokio::spawn(async move { store.commit(&bank, commit).await }));
        if number % 50 == 0 {
            // Also in the middle of it.
            assert_eq!(stores[1].verify_audit().await.unwrap().faults, []);
        }
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let report = stores[1].verify_audit().await.unwrap();
    // Of the app, which was made in its own chains and in those of none.
    assert_eq!((report.faults, report.rows), (vec![], 202));
    let lanes = report.heads.iter().filter(|head| head.app == "bank" && head.count > 0).count();
    assert!(lanes > 1, "all rows are in one chain");
    let rows = stores[0].audit_rows(&Default::default(), None, MAX_AUDIT_ROWS).await.unwrap();
    assert_eq!(rows.len(), 202);
}
