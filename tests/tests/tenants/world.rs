//! Two apps on one server, of which one asks for what is the other's; and the one that asks alone on another server.

use facegate_tests::{App, Setup, TestServer, photos, with_image};
use serde_json::{Value, json};

/// A subject that they have. Names of what is nowhere are as long.
pub const SUBJECT: &str = "subject-of-theirs";
/// The idempotency key of its enrolment.
pub const KEY: &str = "key-of-theirs";
/// That of another one.
pub const KEY_2: &str = "key-2-of-theirs";

/// Everything that theirs has and ours asks for.
pub struct World {
    pub theirs: App,
    pub ours: App,
    /// As ours, where there is no other app.
    pub alone: App,
    /// The body of theirs' enrolment under [`KEY`].
    pub enrolment: Value,
    /// The page after theirs' first subject.
    pub cursor: String,
    /// A capture that theirs has ordered.
    pub capture: String,
    /// The request by which theirs has deleted a subject.
    pub erasure: String,
    /// The request by which theirs has enrolled [`SUBJECT`].
    pub session: String,
    server: TestServer,
    _other: TestServer,
}

/// Without limits of attempts: they are the same for all (`attempts.rs`), and these are many.
fn start() -> TestServer {
    let setup = Setup::default().set("RATE_LIMIT__WRONG_KEYS_PER_ADDRESS", "0");
    setup.set("RATE_LIMIT__WRONG_KEYS_PER_APP", "0").set("RATE_LIMIT__MISMATCHES_PER_SUBJECT", "0").start()
}

fn file(photo: &str) -> Vec<u8> {
    photos::bytes(photo)
}

/// The app that asks, with a subject of its own.
async fn asking(server: &TestServer) -> App {
    let app = server.live();
    app.enroll_file(&file(photos::PERSON_B), json!({"subject_id": "zz-of-ours"})).await.expect_enrolled();
    app
}

impl World {
    pub async fn new() -> Self {
        let (server, other) = (start(), start());
        let (theirs, ours, alone) = (server.live(), asking(&server).await, asking(&other).await);
        let enrolment = with_image(&file(photos::SMALL), json!({"subject_id": SUBJECT}));
        let enrolled = theirs.enroll_once(KEY, &enrolment).await;
        enrolled.expect_enrolled();
        let another = |subject: &str| with_image(&file(photos::IMPOSTOR_1), json!({ "subject_id": subject }));
        theirs.enroll_once(KEY_2, &another("a-of-theirs")).await.expect_enrolled();
        theirs.enroll(&another("b-of-theirs")).await.expect_enrolled();
        let deleted = theirs.delete_subject("b-of-theirs").await;
        let page = theirs.get("subjects?limit=1").await;
        let ordered = theirs.face("capture_tokens", &json!({"purpose": "verify", "subject_id": SUBJECT})).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            cursor: text(&page.body["next_cursor"]),
            capture: text(&ordered.body["capture_id"]),
            erasure: deleted.headers["x-request-id"].to_str().unwrap().to_owned(),
            session: text(&enrolled.body["session_id"]),
            theirs,
            ours,
            alone,
            enrolment,
            server,
            _other: other,
        }
    }

    /// Everything of theirs that a request of ours could have changed.
    pub async fn theirs_as_they_are(&self) -> Vec<Value> {
        let mut all = vec![self.server.show(&self.theirs)];
        for path in [
            "subjects".to_owned(),
            format!("subjects/{SUBJECT}"),
            format!("erasures/{}", self.erasure),
            format!("capture_tokens/{}", self.capture),
        ] {
            let mut found = self.theirs.get(&path).await;
            found.expect(200, "");
            ["session_id", "timestamp"].iter().for_each(|name| {
                found.body.as_object_mut().unwrap().remove(*name);
            });
            all.push(found.body);
        }
        // The kept answer too: the same request is answered as the first time.
        let again = self.theirs.enroll_once(KEY, &self.enrolment).await;
        assert_eq!(again.body["session_id"], self.session, "theirs' answer is not kept any more");
        all.push(again.body);
        all
    }
}
