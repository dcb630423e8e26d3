//! Attempts that fail are limited: at keys by address and app, at faces by subject. Whoever has done nothing wrong
//! notices nothing, and no answer tells whether what was tried exists.

use facegate_tests::{Answer, App, Setup, TestServer, answer, photos, with_image};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The console's.
const PASSWORD: &str = "a long enough password";

/// A request that needs a valid key and nothing else, from an address; the servers under test believe a proxy on this machine.
async fn ask(app: &App, from: &str) -> Answer {
    answer(app.request("GET", "/v1/face/subjects").header("X-Forwarded-For", from).send().await).await
}

/// What a caller can see of an answer; its id and the time apart.
fn seen(answer: &Answer) -> (u16, Value, Vec<String>) {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("session_id");
    let told = |name: &str| !["date", "x-request-id"].contains(&name);
    let lines = answer.headers.iter().filter(|(name, _)| told(name.as_str()));
    let mut headers: Vec<_> = lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    (answer.status, body, headers)
}

fn expect_limited(answer: &Answer) {
    answer.expect(429, "TOO_MANY_REQUESTS");
    let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().expect("whole seconds");
    assert!(wait >= 1);
}

fn limited(setting: &str, most: u32) -> TestServer {
    Setup::default().set(&format!("RATE_LIMIT__{setting}"), &most.to_string()).start()
}

// Limits are a few a minute, and failures are more than those, so that a slow machine is not forgiven one before it has come to the end.

#[tokio::test]
async fn an_address_that_fails_too_often_is_refused_and_no_other() {
    let server = limited("WRONG_KEYS_PER_ADDRESS", 1);
    let (app, other) = (server.live(), server.live());
    let nobody = App::new(server.base(), "nobody-has-this-id", &app.key);
    let no_id = App::new(server.base(), "no id at all!", &app.key);
    let no_key = App::new(server.base(), "", "");
    let swapped = app.with_key(&other.key);
    // A wrong key, an app that is not there, and no key: one answer, counted together.
    let strangers = [&swapped, &nobody, &no_id, &no_key];
    let mut refusals = Vec::new();
    for (number, stranger) in strangers.into_iter().enumerate() {
        let from = format!("198.51.100.{number}");
        let refused = ask(stranger, &from).await;
        refused.expect(401, "UNAUTHORIZED");
        refusals.push(seen(&refused));
        for next in strangers {
            expect_limited(&ask(next, &from).await);
        }
    }
    assert!(refusals.windows(2).all(|two| two[0] == two[1]), "{refusals:?}");
    // Who was served from there goes on to be; a key that is new there is not looked at; elsewhere all is well.
    ask(&app, "192.0.2.1").await.expect(200, "");
    ask(&swapped, "192.0.2.1").await.expect(401, "UNAUTHORIZED");
    ask(&app, "192.0.2.1").await.expect(200, "");
    expect_limited(&ask(&other, "192.0.2.1").await);
    ask(&other, "192.0.2.2").await.expect(200, "");
    ask(&swapped, "192.0.2.2").await.expect(401, "UNAUTHORIZED");
    // Nobody gets around it by claiming another address before the one that the proxy wrote.
    expect_limited(&ask(&swapped, "203.0.113.77, 192.0.2.1").await);
    // One address of an IPv6 network is any.
    ask(&swapped, "2001:db8::1").await.expect(401, "UNAUTHORIZED");
    for last in 2..=6 {
        expect_limited(&ask(&swapped, &format!("2001:db8::{last}")).await);
    }
}

#[tokio::test]
async fn nobody_can_shut_an_app_out() {
    let server = limited("WRONG_KEYS_PER_APP", 2);
    let app = server.live();
    let (guessed, nobody) = (app.with_key("fg_guessed"), App::new(server.base(), "nobody-has-this-id", "fg_guessed"));
    for stranger in [&guessed, &nobody] {
        let mut answers = Vec::new();
        for address in 1..=6 {
            answers.push(ask(stranger, &format!("192.0.2.{address}")).await);
        }
        answers[..2].iter().for_each(|answer| answer.expect(401, "UNAUTHORIZED"));
        answers[2..].iter().for_each(expect_limited);
    }
    let told = async |stranger: &App| seen(&ask(stranger, "192.0.2.200").await).1;
    assert_eq!(told(&guessed).await, told(&nobody).await);
    // From an address that has never been here, and from one that was guessed from.
    ask(&app, "198.51.100.1").await.expect(200, "");
    ask(&app, "192.0.2.1").await.expect(200, "");
}

#[tokio::test]
async fn a_forwarded_address_is_believed_of_trusted_proxies_only() {
    let setup = Setup::default().set("RATE_LIMIT__TRUSTED_PROXIES", "192.0.2.0/24");
    let server = setup.set("RATE_LIMIT__WRONG_KEYS_PER_ADDRESS", "1").start();
    let guessed = server.live().with_key("fg_guessed");
    ask(&guessed, "198.51.100.1").await.expect(401, "UNAUTHORIZED");
    expect_limited(&ask(&guessed, "198.51.100.2").await);
    assert!(server.log().contains("is not among rate_limit.trusted_proxies"), "the operator is told");
}

/// What the capture page asks with this token, from an address.
async fn opened(server: &TestServer, token: &str, from: &str) -> Answer {
    let request = App::new(server.base(), "", "").anonymous("POST", "/capture/api/open");
    let request = request.header("Authorization", format!("Bearer {token}")).header("X-Forwarded-For", from);
    answer(request.send().await).await
}

/// The token of a new capture.
async fn ordered(app: &App) -> String {
    let made = app.face("capture_tokens", &json!({"purpose": "enroll"})).await;
    made.body["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn tokens_of_captures_that_are_none_are_limited_as_keys_are() {
    let server = limited("WRONG_KEYS_PER_ADDRESS", 2);
    let app = server.live();
    let (before, after) = (ordered(&app).await, ordered(&app).await);
    opened(&server, &before, "192.0.2.1").await.expect(200, "");
    // What no server has made is refused as before, is not looked for, and so need not be counted.
    for _ in 0..3 {
        for odd in ["fgc_0000", "anything", &app.key, &before.to_uppercase(), &before[..before.len() - 1]] {
            opened(&server, odd, "192.0.2.1").await.expect(404, "CAPTURE_NOT_FOUND");
        }
    }
    let unknown = |number: u32| format!("fgc_{number:064x}");
    for number in 0..2 {
        opened(&server, &unknown(number), "192.0.2.1").await.expect(404, "CAPTURE_NOT_FOUND");
    }
    expect_limited(&opened(&server, &unknown(6), "192.0.2.1").await);
    // The token that was opened from there goes on to be, another one waits; elsewhere all is well.
    opened(&server, &before, "192.0.2.1").await.expect(200, "");
    expect_limited(&opened(&server, &after, "192.0.2.1").await);
    opened(&server, &after, "192.0.2.2").await.expect(200, "");
    opened(&server, &unknown(6), "192.0.2.2").await.expect(404, "CAPTURE_NOT_FOUND");
    // Keys have a count of their own.
    ask(&app, "192.0.2.1").await.expect(200, "");
}

/// What the console says with this cookie, from an address: status, state and the cookie that it sets.
async fn console(server: &TestServer, method: &str, cookie: &str, from: &str) -> (u16, String, String) {
    let request = App::new(server.base(), "", "").anonymous(method, "/console/api/session");
    let request = request.header("Cookie", cookie).header("X-Forwarded-For", from);
    let request = request.header("Content-Type", "application/json").body(json!({"password": PASSWORD}).to_string());
    let told = answer(request.send().await).await;
    let set = told.headers.get("set-cookie").map_or("", |set| set.to_str().unwrap());
    let set = set.split(';').next().unwrap_or_default().to_owned();
    (told.status, told.body["state"].as_str().unwrap_or_default().to_owned(), set)
}

#[tokio::test]
async fn cookies_that_are_none_are_limited_and_signing_in_is_not() {
    let server = limited("WRONG_KEYS_PER_ADDRESS", 2);
    assert!(server.run_with_input(&["console", "password"], &format!("{PASSWORD}\n")).status.success());
    let get = async |cookie: &str, from: &str| console(&server, "GET", cookie, from).await;
    let (_, _, before) = console(&server, "POST", "", "192.0.2.1").await;
    let (_, _, elsewhere) = console(&server, "POST", "", "192.0.2.2").await;
    let unknown = |number: u32| format!("facegate_console={number:064x}");
    for _ in 0..8 {
        assert_eq!(get("facegate_console=none", "192.0.2.1").await.1, "signed_out");
    }
    for number in 0..2 {
        assert_eq!(get(&unknown(number), "192.0.2.1").await.1, "signed_out");
    }
    // Nothing is looked at there any more: a session that began elsewhere is taken for none, and shown the way in.
    assert_eq!(get(&elsewhere, "192.0.2.1").await, (200, "signed_out".into(), String::new()));
    assert_eq!(get(&elsewhere, "192.0.2.3").await.1, "signed_in");
    assert_eq!(get("", "192.0.2.1").await.1, "signed_out");
    // Who is signed in there goes on, and whoever has the password gets in.
    assert_eq!(get(&before, "192.0.2.1").await.1, "signed_in");
    let (status, _, after) = console(&server, "POST", &unknown(7), "192.0.2.1").await;
    assert_eq!(status, 200);
    assert_eq!(get(&after, "192.0.2.1").await.1, "signed_in");
    // A session that is over is one more cookie that is none.
    assert!(server.run_with_input(&["console", "password"], &format!("{PASSWORD}\n")).status.success());
    assert_eq!(get(&after, "192.0.2.1").await.1, "signed_out");
}

/// One enrolled subject, and a face that is not its own.
struct Guessing {
    server: TestServer,
    app: App,
}

impl Guessing {
    async fn new(most: u32) -> Self {
        let server = limited("MISMATCHES_PER_SUBJECT", most);
        let app = server.app(&["--mode", "testing", "--liveness-quota", "100"]);
        for (subject, photo) in [("budi", photos::PERSON_B), ("siti", photos::SMALL)] {
            app.enroll_file(&photos::bytes(photo), json!({"subject_id": subject})).await.expect_enrolled();
        }
        Self { server, app }
    }

    async fn verify(&self, subject: &str, photo: &str, more: Value) -> Answer {
        let mut payload = with_image(&photos::bytes(photo), json!({"subject_id": subject}));
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.app.face("verify", &payload).await
    }

    /// Subjects that a search tells of, whoever resembles whom.
    async fn search(&self, photo: &str, limit: u32) -> Vec<String> {
        let found = self.app.face_file("search", &photos::bytes(photo), json!({"threshold": 0, "limit": limit})).await;
        found.expect(200, "");
        let matches = found.body["matches"].as_array().unwrap();
        matches.iter().map(|one| one["subject_id"].as_str().unwrap().to_owned()).collect()
    }

    /// The rows about guesses, when there are so many: they are written after the answer.
    async fn rows(&self, count: usize) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for _ in 0..300 {
            rows = self.rows_now();
            if rows.len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(rows.len(), count, "{rows:?}");
        rows
    }

    /// Rows about guesses: by which way, and about whom.
    fn rows_now(&self) -> Vec<(String, String)> {
        let rows = self.server.run(&["audit", "export", "--app", &self.app.id]);
        let rows = String::from_utf8(rows.stdout).unwrap();
        let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let about = rows.filter(|row| row["action"] == "guessing_limited").map(|row| {
            assert_eq!(row["outcome"], "TOO_MANY_REQUESTS");
            (row["details"]["by"].as_str().unwrap().to_owned(), row["subject"].as_str().unwrap().to_owned())
        });
        about.collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scores_of_a_subject_can_be_asked_for_so_often() {
    let guessing = Guessing::new(3).await;
    let server = &guessing.server;
    guessing.verify("budi", photos::PERSON_B_2, json!({})).await.expect(200, "");
    // With threshold 0 everything matches, and its score tells as much.
    guessing.verify("budi", photos::SMALL, json!({"threshold": 0})).await.expect(200, "");
    guessing.verify("budi", photos::SMALL, json!({})).await.expect(200, "FAIL_ON_16");
    guessing.verify("budi", photos::PERSON_B_2, json!({})).await.expect(200, "");
    guessing.verify("budi", photos::SMALL, json!({})).await.expect(200, "FAIL_ON_16");
    let refused = guessing.verify("budi", photos::SMALL, json!({})).await;
    expect_limited(&refused);
    // The subject's own face too: an answer to it would be the end of the climb.
    expect_limited(&guessing.verify("budi", photos::PERSON_B_2, json!({})).await);
    guessing.verify("siti", photos::SMALL, json!({})).await.expect(200, "");
    // A subject that is not there takes as many.
    for _ in 0..3 {
        guessing.verify("nobody", photos::SMALL, json!({})).await.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
    }
    let absent = guessing.verify("nobody", photos::SMALL, json!({})).await;
    let hidden = |answer: &Answer| {
        let (status, body, headers) = seen(answer);
        let headers: Vec<_> = headers.into_iter().filter(|line| !line.starts_with("retry-after")).collect();
        (status, body, headers)
    };
    assert_eq!(hidden(&refused), hidden(&absent));
    // Refused is not answered: no unit is taken for it.
    assert_eq!(server.show(&guessing.app)["liveness"]["used"], 6);
    // One row each, when it began.
    let rows = guessing.rows(2).await;
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["verify", "verify"]);
    assert_ne!(rows[0].1, rows[1].1);
    assert_eq!(server.run_json(&["audit", "verify"])["faults"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_at_the_same_time_are_no_more() {
    let guessing = Guessing::new(4).await;
    let payload = with_image(&photos::bytes(photos::SMALL), json!({"subject_id": "budi"}));
    let mut attempts = JoinSet::new();
    for _ in 0..16 {
        let (app, payload) = (guessing.app.clone(), payload.clone());
        attempts.spawn(async move { app.face("verify", &payload).await });
    }
    let answers = attempts.join_all().await;
    let (told, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(told.len(), 4, "scores were told");
    refused.into_iter().for_each(expect_limited);
}

#[tokio::test]
async fn searches_tell_no_more_than_verifications() {
    let guessing = Guessing::new(3).await;
    for _ in 0..3 {
        assert_eq!(guessing.search(photos::OBAMA, 10).await.len(), 2, "strangers, and far from a match");
    }
    assert!(guessing.search(photos::OBAMA, 10).await.is_empty());
    // Who is really found is found, and verified as before.
    assert_eq!(guessing.search(photos::PERSON_B_2, 10).await, ["budi"]);
    guessing.verify("budi", photos::PERSON_B_2, json!({})).await.expect(200, "");
    assert!(guessing.rows(2).await.iter().all(|row| row.0 == "search"));
}

#[tokio::test]
async fn who_is_hidden_takes_no_place() {
    let guessing = Guessing::new(2).await;
    let best = guessing.search(photos::OBAMA, 1).await;
    assert_eq!((best.len(), guessing.search(photos::OBAMA, 1).await), (1, best.clone()));
    // An empty answer would tell that somebody ranks above whoever is left.
    for _ in 0..2 {
        let next = guessing.search(photos::OBAMA, 1).await;
        assert!(next.len() == 1 && next != best, "{next:?}");
    }
    assert!(guessing.search(photos::OBAMA, 1).await.is_empty());
}

#[tokio::test]
async fn a_sandbox_can_be_tried_without_end() {
    let server = limited("MISMATCHES_PER_SUBJECT", 1);
    let app = server.app(&["--mode", "sandbox"]);
    for _ in 0..3 {
        let payload = json!({"image": "LIVE_PERSON_B_1", "subject_id": "SUB_EXIST"});
        app.face("verify", &payload).await.expect(200, "FAIL_ON_16");
    }
}
