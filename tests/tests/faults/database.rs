//! The same below a PostgreSQL server. It answers a log that cannot be written or synced with a crash of its own and starts
//! anew; what it had not acknowledged may be there afterwards, whole, or not at all.

use std::time::Duration;

use facegate_test_postgres::{Postgres, Stop};
use facegate_tests::{Setup, in_folder};

use crate::books::{Books, until_ready};
use crate::control::{Shim, Word, errno};
use crate::report;

/// As a careful operator has it, but that it restarts after a crash at once and keeps its files small.
const SETTINGS: [(&str, &str); 5] = [
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("restart_after_crash", "on"),
    ("min_wal_size", "32MB"),
    ("max_wal_size", "64MB"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_on_a_broken_disk_costs_what_was_not_acknowledged() {
    if !in_folder() {
        return;
    }
    let Some(shim) = Shim::compiled() else { return };
    let Some(postgres) = Postgres::start_under(&SETTINGS, &shim.variables()) else { return };
    let data = tempfile::tempdir().unwrap();
    let server = Setup::default().data(data.path()).database(&postgres.database()).start();
    let mut books = Books::new(&server);
    assert_eq!(books.enroll(4).await, 4);
    for round in 0..6 {
        match round % 3 {
            0 => shim.fail_writes(errno::ENOSPC, [200_000, 4_000][round / 3]),
            1 => shim.fail_syncs([1, 3][round / 3]),
            _ => shim.fail_writes(errno::EIO, [60_000, 0][round / 3]),
        }
        let done = books.enroll(8).await;
        println!("round {round}: {done} of 8 acknowledged");
        shim.heal();
        if !postgres.answers_within(Duration::from_secs(10)) {
            // A disk that was full while it recovered has ended it for good: somebody starts it again.
            postgres.stop(Stop::Crash);
            postgres.start_again();
        }
        until_ready(&server, 200).await;
        books.check_after_crash(&server).await;
        assert_eq!(books.enroll(3).await, 3, "the fault is over");
        books.check(&server).await;
    }
    shim.set(Word::SyncDelay, 200);
    assert_eq!(books.enroll(12).await, 12, "a slow disk is slow and nothing else");
    shim.heal();
    books.check(&server).await;
    report("below PostgreSQL", &shim, &books, &[Word::WritesFailed, Word::SyncsFailed, Word::SyncsDelayed]);
    assert!(books.counts().1 > 0, "no fault met a request");
}
