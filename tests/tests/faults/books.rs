//! What clients were told while faults came and went, and whether the server keeps to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use facegate_tests::{Answer, App, TestServer, images, photos, pictures, raw};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// No answer takes longer, whatever is broken: anything beyond is a hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// Requests under way at once.
const PARALLEL: usize = 8;

/// Enrolments of subjects that are new each time, and how each ended.
pub struct Books {
    app: App,
    image: String,
    next: usize,
    /// Subjects that were acknowledged, with the request that was.
    acknowledged: BTreeMap<String, String>,
    /// Subjects whose enrolment was refused.
    refused: Vec<String>,
    /// Subjects that were refused, and are there since a crash put their log to use.
    revived: usize,
    /// Whether a refusal may be an internal error: SQLite takes a file that the disk cannot read for a damaged one.
    pub unreadable: bool,
}

impl Books {
    /// Of a new app.
    pub fn new(server: &TestServer) -> Self {
        let app = server.app(&["--mode", "testing", "--enroll-quota", "100000"]);
        let picture = pictures::fitted(&photos::pixels(photos::SMALL), 260);
        let image = images::base64(&images::jpeg_of(&picture, 85));
        Self { app, image, next: 0, acknowledged: BTreeMap::new(), refused: Vec::new(), revived: 0, unreadable: false }
    }

    /// The same app at a server that was started again.
    pub fn at(&mut self, server: &TestServer) {
        self.app = App::new(server.base(), &self.app.id, &self.app.key);
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Acknowledged and refused so far, and refused but there after a crash.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.acknowledged.len(), self.refused.len(), self.revived)
    }

    /// Enrols so many new subjects, several at a time; how many were acknowledged. The others got the code of a store that
    /// may recover.
    pub async fn enroll(&mut self, count: usize) -> usize {
        let mut done = 0;
        let (mut waiting, mut running) = (self.next..self.next + count, JoinSet::new());
        self.next += count;
        loop {
            while running.len() < PARALLEL
                && let Some(number) = waiting.next()
            {
                let (app, subject) = (self.app.clone(), format!("subject-{number}"));
                let payload = json!({"image": self.image, "subject_id": subject, "is_quality": false,
                                     "is_attribute": false});
                running.spawn(async move {
                    let answer = tokio::time::timeout(PATIENCE, app.enroll(&payload)).await;
                    (subject, answer.expect("an answer, not a hang"))
                });
            }
            let Some(ended) = running.join_next().await else { return done };
            let (subject, answer) = ended.unwrap();
            if answer.enrolled() {
                done += 1;
                self.acknowledged.insert(subject, answer.body["session_id"].as_str().unwrap().to_owned());
            } else {
                self.expect_refused(&answer);
                self.refused.push(subject);
            }
        }
    }

    /// Demands the answer of a store that may recover.
    pub fn expect_refused(&self, answer: &Answer) {
        if self.unreadable && answer.status == 500 {
            return answer.expect(500, "INTERNAL_SERVER_ERROR");
        }
        answer.expect(503, "SERVER_BUSY");
        assert!(answer.headers.contains_key("retry-after"));
    }

    /// Every promise is kept, nothing that was refused is there, each enrolment has its unit, and the log is whole.
    pub async fn check(&self, server: &TestServer) {
        for subject in self.acknowledged.keys() {
            self.app.get(&format!("subjects/{subject}")).await.expect(200, "");
        }
        assert_eq!(self.refused_but_there().await, self.revived, "enrolments that were refused are there");
        let subjects = self.acknowledged.len() + self.revived;
        let shown = server.show(&self.app);
        assert_eq!(shown["enroll"]["used"], subjects, "units and subjects: {shown}");
        if let Some((subject, _)) = self.acknowledged.last_key_value() {
            // Without liveness it takes no unit, and so writes nothing.
            let probe = json!({"image": self.image, "subject_id": subject, "is_liveness": false});
            self.app.face("verify", &probe).await.expect(200, "");
        }
        let rows = self.rows(server);
        assert_eq!(rows.len(), subjects, "rows of the audit log and subjects");
        assert!(self.acknowledged.values().all(|request| rows.contains(request)), "a request without its row");
        assert_eq!(server.run_json(&["audit", "verify"])["faults"], json!([]));
    }

    /// The same after a crash. What was refused since the last write that succeeded is in SQLite's log, whole but not
    /// synced, and a crash may put it to use: then it is there as a whole, with its unit and its row.
    pub async fn check_after_crash(&mut self, server: &TestServer) {
        self.revived = self.refused_but_there().await;
        self.check(server).await;
    }

    async fn refused_but_there(&self) -> usize {
        let mut there = 0;
        for subject in &self.refused {
            there += usize::from(self.app.get(&format!("subjects/{subject}")).await.status == 200);
        }
        there
    }

    /// Requests of the audit log's rows of enrolments.
    fn rows(&self, server: &TestServer) -> BTreeSet<String> {
        let exported = server.run(&["audit", "export", "--app", &self.app.id]);
        let text = String::from_utf8(exported.stdout).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let enrolled = rows.filter(|row| row["action"] == "enrolled");
        enrolled.map(|row| row["session_id"].as_str().unwrap().to_owned()).collect()
    }
}

/// The status of `/readyz`.
pub fn ready(server: &TestServer) -> u16 {
    let answer = raw::get(server.address(), "/readyz").expect("an answer");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

/// Waits until `/readyz` says so: it looks at the store itself, at most so often.
pub async fn until_ready(server: &TestServer, status: u16) {
    for _ in 0..600 {
        if ready(server) == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("/readyz is not {status} after a minute");
}
