//! A wall clock that jumps, by an hour's correction or by a machine that was set wrong. What is measured as a time that
//! passes (limits, waits) is not to be moved by it; what is a date (an expiry) follows it.

use std::time::{Duration, SystemTime};

use facegate_tests::{App, Setup, TestServer, answer, photos, with_image};
use serde_json::json;

use crate::books::Books;
use crate::control::{Faulty, Word};
use crate::report;

const DAY: i64 = 86_400;
const JUMPS: [i64; 6] = [DAY, 0, -DAY, 3650 * DAY, -3650 * DAY, 0];

fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().cast_signed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolments_and_their_log_go_on_whatever_the_date() {
    let Some(mut faulty) = Faulty::start(Setup::default()) else { return };
    let mut books = Books::new(&faulty.server);
    for jump in JUMPS {
        faulty.shim.set(Word::ClockOffset, jump);
        let before = books.counts().0;
        assert_eq!(books.enroll(2).await, 2);
        let written = books.app().get(&format!("subjects/subject-{before}")).await;
        let at = written.body["created_at"].as_f64().unwrap() as i64;
        assert!((at - now() - jump).abs() < 600, "written at {at} under a clock {jump} s off");
        books.check(&faulty.server).await;
    }
    faulty.shim.set(Word::ClockOffset, -3650 * DAY);
    faulty.restart();
    books.at(&faulty.server);
    books.check_after_crash(&faulty.server).await;
    report("clocks that jump", &faulty.shim, &books, &[Word::ClocksMoved]);
}

/// A subject that is kept for an hour.
async fn enroll_for_an_hour(app: &App, subject: &str) {
    let until = httpdate(now() + 3600);
    let terms = json!({"subject_id": subject, "expires_at": until});
    app.enroll_file(&photos::bytes(photos::SMALL), terms).await.expect_enrolled();
}

/// ISO 8601 of Unix seconds, by the calendar of the proleptic Gregorian years.
fn httpdate(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let era = (days + 719_468).div_euclid(146_097);
    let of_era = (days + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expiry_follows_the_clock_and_takes_nobody_else() {
    let setup = Setup::default().set("STORE__SWEEP_SECONDS", "1");
    let Some(faulty) = Faulty::start(setup) else { return };
    let app = faulty.server.live();
    app.enroll_file(&photos::bytes(photos::SMALL), json!({"subject_id": "stays"})).await.expect_enrolled();
    enroll_for_an_hour(&app, "leaves").await;
    // In the past nothing is due.
    faulty.shim.set(Word::ClockOffset, -DAY);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!((app.get("subjects/leaves").await.status, app.get("subjects/stays").await.status), (200, 200));
    faulty.shim.set(Word::ClockOffset, DAY);
    assert_eq!(app.get("subjects/leaves").await.status, 404);
    for _ in 0..300 {
        if faulty.server.run(&["audit", "export"]).stdout.windows(9).any(|part| part == b"\"expired\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // It was deleted, so no clock brings it back; nobody else was.
    faulty.shim.set(Word::ClockOffset, 0);
    assert_eq!((app.get("subjects/leaves").await.status, app.get("subjects/stays").await.status), (404, 200));
    assert_eq!(faulty.server.run_json(&["audit", "verify"])["faults"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_blind_to_the_date() {
    let setup = Setup::default().set("RATE_LIMIT__WRONG_KEYS_PER_ADDRESS", "1");
    let Some(faulty) = Faulty::start(setup.set("RATE_LIMIT__MISMATCHES_PER_SUBJECT", "2")) else { return };
    let app = faulty.server.live();
    app.enroll_file(&photos::bytes(photos::SMALL), json!({"subject_id": "siti"})).await.expect_enrolled();
    let guessed = app.with_key("fg_guessed");
    // One a minute, counted now: nothing is forgiven before the end of the jumps.
    let stranger = with_image(&photos::bytes(photos::PERSON_B), json!({"subject_id": "siti"}));
    for _ in 0..2 {
        app.face("verify", &stranger).await.expect(200, "FAIL_ON_16");
    }
    guessed.get("subjects").await.expect(401, "UNAUTHORIZED");
    for jump in JUMPS {
        faulty.shim.set(Word::ClockOffset, jump);
        guessed.get("subjects").await.expect(429, "TOO_MANY_REQUESTS");
        let refused = app.face("verify", &stranger).await;
        refused.expect(429, "TOO_MANY_REQUESTS");
        let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=3600).contains(&wait), "wait {wait} s");
        app.get("subjects").await.expect(200, "");
    }
}

/// Signs in to the console.
async fn sign_in(server: &TestServer, password: &str) -> u16 {
    let http = App::new(server.base(), "", "");
    let request = http.anonymous("POST", "/console/api/session").header("Content-Type", "application/json");
    answer(request.body(json!({"password": password}).to_string()).send().await).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_is_not_locked_out_by_a_clock_that_was_wrong() {
    const PASSWORD: &str = "a long enough password";
    let Some(faulty) = Faulty::start(Setup::default()) else { return };
    let server = &faulty.server;
    let set = server.run_with_input(&["console", "password"], &format!("{PASSWORD}\n"));
    assert!(set.status.success());
    // Somebody guesses while the clock is ten years ahead.
    faulty.shim.set(Word::ClockOffset, 3650 * DAY);
    for _ in 0..5 {
        assert_eq!(sign_in(server, "a wrong password").await, 401);
    }
    assert_eq!(sign_in(server, PASSWORD).await, 429, "they wait");
    faulty.shim.set(Word::ClockOffset, 0);
    // The wait is that of the failures, seconds, and not until that date.
    assert_eq!(sign_in(server, PASSWORD).await, 429);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(sign_in(server, PASSWORD).await, 200);
}
