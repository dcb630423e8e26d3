//! Faults below the store: a disk that is full, broken, slow or read-only, and a clock that jumps, while requests run.
//!
//! What is right: a write that fails is answered with SERVER_BUSY and leaves nothing; `/readyz` tells; reads go on; when the
//! fault ends the server goes on by itself. That holds for a failed fsync too: SQLite in its WAL mode never takes back to
//! memory what it could not sync. A transaction whose fsync failed is rolled back, its pages stay outside the log's index
//! and are overwritten by the next one; a checkpoint that failed writes all its pages again. Only a crash right after the
//! failure can make the rolled back transaction count after all, and then whole: `check_after_crash` looks at that.
//! PostgreSQL's server answers the same faults with a crash of its own: see `database.rs`.

mod books;
mod clock;
mod control;
mod database;
mod reads;

use std::time::Duration;

use facegate_tests::{Setup, photos};
use serde_json::json;

use books::{Books, ready, until_ready};
use control::{Faulty, Shim, Word, errno};

/// Prints what was injected and what became of the requests. Every kind that the test is about must have happened.
fn report(what: &str, shim: &Shim, books: &Books, kinds: &[Word]) {
    let all = [
        Word::WritesFailed,
        Word::SyncsFailed,
        Word::SyncsDelayed,
        Word::ChangesFailed,
        Word::ClocksMoved,
        Word::ReadsFailed,
    ];
    let counts: Vec<_> = all.into_iter().map(|word| (word, shim.get(word))).filter(|(_, count)| *count > 0).collect();
    let (acknowledged, refused, revived) = books.counts();
    println!(
        "{what}: {counts:?}; {acknowledged} enrolments acknowledged, {refused} refused, {revived} of them there after a crash"
    );
    for kind in kinds {
        assert!(shim.get(*kind) > 0, "{what}: no {kind:?}");
    }
}

/// The fault is over: the server says so by itself, enrols, and has kept its books.
async fn recovers(faulty: &Faulty, books: &mut Books) {
    faulty.shim.heal();
    until_ready(&faulty.server, 200).await;
    assert_eq!(books.enroll(3).await, 3, "the fault is over");
    books.check(&faulty.server).await;
}

/// A crash with whatever the fault has left in the files.
async fn crashes(faulty: &mut Faulty, books: &mut Books) {
    faulty.restart();
    books.at(&faulty.server);
    books.check_after_crash(&faulty.server).await;
    assert_eq!(books.enroll(2).await, 2);
    books.check(&faulty.server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_or_broken_costs_what_was_not_acknowledged() {
    let Some(mut faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    books.enroll(3).await;
    for error in [errno::ENOSPC, errno::EIO] {
        for budget in [0, 1, 5_000, 30_000, 150_000] {
            faulty.shim.fail_writes(error, budget);
            let done = books.enroll(8).await;
            assert!(budget > 0 || done == 0, "{done} were acknowledged on a disk that takes nothing");
            // Whatever the budget was, it is used up by then.
            until_ready(&faulty.server, 503).await;
            assert_eq!(books.enroll(2).await, 0);
            books.check(&faulty.server).await;
            recovers(&faulty, &mut books).await;
        }
        faulty.shim.fail_writes(error, 10_000);
        books.enroll(6).await;
        crashes(&mut faulty, &mut books).await;
    }
    report("full and broken disks", &faulty.shim, &books, &[Word::WritesFailed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_fsync_is_no_commit_and_no_end() {
    let Some(mut faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    for failures in [1, 2, 5] {
        faulty.shim.fail_syncs(failures);
        let done = books.enroll(10).await;
        assert!(done < 10, "a commit that was not synced was acknowledged");
        books.check(&faulty.server).await;
        // What is left of the failures hits the checkpoint that an idle store makes.
        tokio::time::sleep(Duration::from_millis(700)).await;
        recovers(&faulty, &mut books).await;
        faulty.shim.fail_syncs(1);
        assert_eq!(books.enroll(1).await, 0);
        crashes(&mut faulty, &mut books).await;
    }
    // The checkpoint alone: nobody waits for it, and it is made up for.
    checkpoint_fails(&faulty, &mut books).await;
    recovers(&faulty, &mut books).await;
    crashes(&mut faulty, &mut books).await;
    report("failed fsyncs", &faulty.shim, &books, &[Word::SyncsFailed]);
}

/// Until an fsync has failed while no request was under way.
async fn checkpoint_fails(faulty: &Faulty, books: &mut Books) {
    let before = faulty.shim.get(Word::SyncsFailed);
    for _ in 0..20 {
        faulty.shim.heal();
        assert_eq!(books.enroll(2).await, 2);
        faulty.shim.fail_syncs(1);
        for _ in 0..30 {
            if faulty.shim.get(Word::SyncsFailed) > before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // A busy machine: the checkpoint came before the fault.
    }
    panic!("no checkpoint of an idle store has met the fault");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_disk_is_slow_and_nothing_else() {
    let Some(faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    faulty.shim.set(Word::SyncDelay, 300);
    assert_eq!(books.enroll(24).await, 24);
    assert_eq!(ready(&faulty.server), 200);
    books.check(&faulty.server).await;
    recovers(&faulty, &mut books).await;
    report("slow fsyncs", &faulty.shim, &books, &[Word::SyncsDelayed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_is_read() {
    let Some(faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    assert_eq!(books.enroll(3).await, 3);
    faulty.shim.read_only();
    assert_eq!(books.enroll(4).await, 0);
    until_ready(&faulty.server, 503).await;
    let app = books.app();
    app.delete_subject("subject-0").await.expect(503, "SERVER_BUSY");
    // Refused keys cannot be written down now; the answer is the same.
    app.with_key("fg_guessed").get("subjects").await.expect(401, "UNAUTHORIZED");
    app.face_file("search", &photos::bytes(photos::SMALL), json!({"is_liveness": false})).await.expect(200, "");
    books.check(&faulty.server).await;
    recovers(&faulty, &mut books).await;
    report("a read-only file system", &faulty.shim, &books, &[Word::WritesFailed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_that_come_and_go_under_load() {
    let Some(mut faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    for round in 0..12u64 {
        let faults = async {
            for step in 0..4u64 {
                tokio::time::sleep(Duration::from_millis(37 + 53 * ((round + step) % 5))).await;
                match (round + step) % 5 {
                    0 => faulty.shim.fail_writes(errno::ENOSPC, 20_000),
                    1 => faulty.shim.fail_syncs(1),
                    2 => faulty.shim.set(Word::SyncDelay, 60),
                    3 => faulty.shim.fail_writes(errno::EIO, 4_000),
                    _ => faulty.shim.read_only(),
                }
                tokio::time::sleep(Duration::from_millis(40)).await;
                faulty.shim.heal();
            }
        };
        tokio::join!(books.enroll(16), faults);
        recovers(&faulty, &mut books).await;
        if round % 4 == 3 {
            crashes(&mut faulty, &mut books).await;
        }
    }
    assert!(books.counts().1 > 0, "no fault met a request");
    report("faults that come and go", &faulty.shim, &books, &[Word::WritesFailed, Word::SyncsFailed]);
}
