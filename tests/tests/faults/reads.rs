//! A disk that cannot be read: who is enrolled is not taken for somebody who is not.

use facegate_tests::{Setup, photos};
use serde_json::json;

use crate::books::Books;
use crate::control::{Faulty, Word, errno};
use crate::{crashes, recovers, report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_cannot_be_read_is_an_error_and_nobody_is_gone() {
    let Some(mut faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    assert_eq!(books.enroll(6).await, 6);
    // What was not read yet is not in memory.
    faulty.restart();
    books.at(&faulty.server);
    faulty.shim.set(Word::ReadError, errno::EIO);
    books.unreadable = true;
    let mut refused = 0;
    for number in 0..6 {
        let probe = json!({"subject_id": format!("subject-{number}"), "is_liveness": false});
        let verified = books.app().face_file("verify", &photos::bytes(photos::SMALL), probe).await;
        let shown = books.app().get(&format!("subjects/subject-{number}")).await;
        for answer in [verified, shown] {
            if answer.status != 200 {
                books.expect_refused(&answer);
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "everything was in memory");
    let found = books.app().face_file("search", &photos::bytes(photos::SMALL), json!({"is_liveness": false})).await;
    if found.status != 200 {
        books.expect_refused(&found);
    }
    books.enroll(4).await;
    books.unreadable = false;
    recovers(&faulty, &mut books).await;
    faulty.shim.set(Word::ReadError, errno::EIO);
    let failed = faulty.shim.get(Word::ReadsFailed);
    let said = faulty.start_fails();
    assert!(said.contains("facegate.db") || said.contains("master.key"), "{said}");
    assert!(faulty.shim.get(Word::ReadsFailed) > failed, "the start has read nothing");
    crashes(&mut faulty, &mut books).await;
    report("disks that cannot be read", &faulty.shim, &books, &[Word::ReadsFailed]);
}
