//! Sixteen clients that enrol, update, delete, verify and search on whichever server answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use facegate_tests::{Answer, App};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, SERVERS, Tenant};
use crate::operations::{Change, Effect};
use crate::{SEED, chance};

/// Clients at once.
const CLIENTS: u64 = 16;
/// Subjects that every client replaces, and as many that every client enrols and deletes.
pub const SHARED: u64 = 12;
/// A server that has not answered by then has lost the request.
const PATIENCE: Duration = Duration::from_secs(30);
/// The database is never away for as long as this.
const DEADLINE: Duration = Duration::from_secs(120);

/// The work of all clients.
pub struct Load {
    pub cluster: Arc<Cluster>,
    pub pictures: Vec<String>,
    operations: u64,
    next: AtomicU64,
    clock: AtomicU64,
    done: AtomicBool,
}

/// What clients were told.
#[derive(Default)]
pub struct Told {
    /// Subjects that one client looks after: picture and session id.
    pub own: BTreeMap<String, (usize, String)>,
    /// Those of them that were deleted.
    pub gone: Vec<String>,
    /// Subjects that all replace.
    pub shared: BTreeMap<String, Vec<Change>>,
    /// Subjects that all enrol and delete.
    pub contested: BTreeMap<String, Vec<Change>>,
    /// Enrolments acknowledged in [`Tenant::Exact`], with their keys, payloads and answers.
    pub enrolled: Vec<(String, Value, Value)>,
    /// Subjects enrolled in [`Tenant::Limited`], and how often that was refused.
    pub limited: (Vec<String>, u64),
    /// Requests that were sent again, by what had happened: no answer, 503.
    pub again: (u64, u64),
    /// Operations by kind: enrolments, updates, deletions, verifications, searches.
    pub kinds: [u64; 5],
}

impl Load {
    pub fn new(cluster: Arc<Cluster>, pictures: Vec<String>, operations: u64) -> Self {
        let (next, clock) = (AtomicU64::new(0), AtomicU64::new(1));
        Self { cluster, pictures, operations, next, clock, done: AtomicBool::new(false) }
    }

    /// Whether all work is done.
    pub fn done(&self) -> bool {
        self.done.load(SeqCst)
    }

    /// How many operations have begun.
    pub fn begun(&self) -> u64 {
        self.next.load(SeqCst)
    }

    /// Does all the work.
    pub async fn run(self: &Arc<Self>) -> Told {
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client { load: self.clone(), number, told: Told::default(), apps: BTreeMap::new() };
            clients.spawn(client.run());
        }
        let mut told = Told::default();
        while let Some(client) = clients.join_next().await {
            told.add(client.expect("a client that found nothing wrong"));
        }
        self.done.store(true, SeqCst);
        told
    }
}

impl Told {
    fn add(&mut self, other: Told) {
        self.own.extend(other.own);
        self.gone.extend(other.gone);
        for (into, from) in [(&mut self.shared, other.shared), (&mut self.contested, other.contested)] {
            for (subject, changes) in from {
                into.entry(subject).or_default().extend(changes);
            }
        }
        self.enrolled.extend(other.enrolled);
        self.limited.0.extend(other.limited.0);
        self.limited.1 += other.limited.1;
        self.again = (self.again.0 + other.again.0, self.again.1 + other.again.1);
        for (sum, part) in self.kinds.iter_mut().zip(other.kinds) {
            *sum += part;
        }
    }
}

struct Client {
    load: Arc<Load>,
    number: u64,
    told: Told,
    /// Clients of the servers, by their address, which changes with every start.
    apps: BTreeMap<(String, usize), App>,
}

/// A request that can be sent again and again.
struct Request {
    tenant: Tenant,
    method: &'static str,
    path: &'static str,
    key: Option<String>,
    body: Value,
}

impl Request {
    async fn send(&self, app: &App) -> Result<Answer, reqwest::Error> {
        let mut request = app.request(self.method, self.path).header("Content-Type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("Idempotency-Key", key);
        }
        Answer::receive(request.timeout(PATIENCE).body(self.body.to_string()).send().await?).await
    }
}

impl Client {
    async fn run(mut self) -> Told {
        loop {
            let index = self.load.next.fetch_add(1, SeqCst);
            if index >= self.load.operations {
                return self.told;
            }
            let luck = chance(SEED ^ (index << 20));
            let (picture, pick) = ((luck >> 32) as usize % self.load.pictures.len(), luck >> 8);
            match luck % 100 {
                0..35 => self.enroll_new(index, picture).await,
                35..45 => self.update_own(index, picture, pick).await,
                45..55 => self.delete_own(pick).await,
                55..65 => self.replace_shared(index, picture, pick).await,
                65..73 => self.contest(index, picture, pick).await,
                73..78 => self.enroll_limited(index, picture).await,
                78..90 => self.verify_own(pick).await,
                _ => self.search(picture).await,
            }
        }
    }

    /// Sends it, to one server after the other, until it is answered; the answer and how often it was sent.
    async fn answered(&mut self, request: Request) -> (Answer, u32) {
        let (started, mut sent) = (Instant::now(), 0);
        loop {
            let server = (self.number as usize + sent as usize) % SERVERS;
            let (cluster, tenant) = (&self.load.cluster, request.tenant);
            let place = (cluster.address(server), tenant as usize);
            let app = self.apps.entry(place).or_insert_with(|| cluster.app(server, tenant)).clone();
            sent += 1;
            match request.send(&app).await {
                Ok(answer) if answer.status == 503 => {
                    assert!(answer.headers.contains_key("retry-after"), "{}", answer.body);
                    self.told.again.1 += 1;
                }
                Ok(answer) => return (answer, sent),
                Err(_) => self.told.again.0 += 1,
            }
            assert!(started.elapsed() < DEADLINE, "{} is not answered", request.path);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn enrolled(&mut self, tenant: Tenant, index: u64, picture: usize, subject: &str) -> (Answer, Change) {
        let body = self.payload(picture, json!({ "subject_id": subject }));
        let key = format!("operation-{index}");
        let started = self.load.clock.fetch_add(1, SeqCst);
        let request =
            Request { tenant, method: "POST", path: "/v1/face/enroll", key: Some(key.clone()), body: body.clone() };
        let (answer, sent) = self.answered(request).await;
        let ended = self.load.clock.fetch_add(1, SeqCst);
        let session = answer.body["session_id"].as_str().unwrap_or_default().to_owned();
        if tenant != Tenant::Limited {
            assert!(answer.enrolled(), "{}", answer.body);
        }
        if tenant == Tenant::Exact {
            self.told.enrolled.push((key, body, answer.body.clone()));
        }
        (answer, Change { started, ended, sent, effect: Effect::Enrolled(session) })
    }

    fn payload(&self, picture: usize, mut more: Value) -> Value {
        let flags = json!({"image": self.load.pictures[picture], "is_quality": false, "is_attribute": false,
                           "is_liveness": false});
        more.as_object_mut().unwrap().extend(flags.as_object().unwrap().clone());
        more
    }

    async fn enroll_new(&mut self, index: u64, picture: usize) {
        self.told.kinds[0] += 1;
        let subject = format!("own {} {index}", self.number);
        let (answer, _) = self.enrolled(Tenant::Exact, index, picture, &subject).await;
        let session = answer.body["session_id"].as_str().unwrap().to_owned();
        self.told.own.insert(subject, (picture, session));
    }

    async fn update_own(&mut self, index: u64, picture: usize, pick: u64) {
        let Some(subject) = self.pick(pick) else { return self.enroll_new(index, picture).await };
        self.told.kinds[1] += 1;
        let (answer, _) = self.enrolled(Tenant::Exact, index, picture, &subject).await;
        let session = answer.body["session_id"].as_str().unwrap().to_owned();
        self.told.own.insert(subject, (picture, session));
    }

    async fn replace_shared(&mut self, index: u64, picture: usize, pick: u64) {
        self.told.kinds[1] += 1;
        let subject = format!("shared {}", pick % SHARED);
        let (_, change) = self.enrolled(Tenant::Exact, index, picture, &subject).await;
        self.told.shared.entry(subject).or_default().push(change);
    }

    async fn contest(&mut self, index: u64, picture: usize, pick: u64) {
        let subject = format!("contested {}", pick % SHARED);
        let change = if pick >> 16 & 1 == 0 {
            self.told.kinds[1] += 1;
            self.enrolled(Tenant::Contested, index, picture, &subject).await.1
        } else {
            self.deleted(Tenant::Contested, &subject).await
        };
        self.told.contested.entry(subject).or_default().push(change);
    }

    async fn enroll_limited(&mut self, index: u64, picture: usize) {
        self.told.kinds[0] += 1;
        let subject = format!("limited {index}");
        let (answer, _) = self.enrolled(Tenant::Limited, index, picture, &subject).await;
        match answer.outcome() {
            (200, "") => self.told.limited.0.push(subject),
            (403, "INSUFFICIENT_QUOTA_ENROLL") => self.told.limited.1 += 1,
            _ => panic!("{}", answer.body),
        }
    }

    async fn deleted(&mut self, tenant: Tenant, subject: &str) -> Change {
        self.told.kinds[2] += 1;
        let started = self.load.clock.fetch_add(1, SeqCst);
        let body = json!({ "subject_id": subject });
        let request = Request { tenant, method: "DELETE", path: "/v1/face/enroll", key: None, body };
        let (answer, sent) = self.answered(request).await;
        let effect = match answer.outcome() {
            (200, "") => Effect::Deleted,
            (400, "INVALID_PAYLOAD_SUBJECT_ID") => Effect::Absent,
            _ => panic!("{}", answer.body),
        };
        Change { started, ended: self.load.clock.fetch_add(1, SeqCst), sent, effect }
    }

    async fn delete_own(&mut self, pick: u64) {
        let Some(subject) = self.pick(pick) else { return };
        let change = self.deleted(Tenant::Exact, &subject).await;
        // An attempt without an answer may have done it.
        assert!(change.effect == Effect::Deleted || change.sent > 1, "{subject} was not there: {change:?}");
        self.told.own.remove(&subject);
        self.told.gone.push(subject);
    }

    /// What this client has written it reads, from whichever server.
    async fn verify_own(&mut self, pick: u64) {
        self.told.kinds[3] += 1;
        let (subject, picture) = match self.pick(pick) {
            Some(subject) => (subject.clone(), Some(self.told.own[&subject].0)),
            None => ("nobody".to_owned(), None),
        };
        let body = self.payload(picture.unwrap_or(0), json!({ "subject_id": subject }));
        let request = Request { tenant: Tenant::Exact, method: "POST", path: "/v1/face/verify", key: None, body };
        let (answer, _) = self.answered(request).await;
        match picture {
            Some(_) => assert_eq!(answer.body["similarity_status"], true, "{subject}: {}", answer.body),
            None => assert_eq!(answer.outcome(), (400, "INVALID_PAYLOAD_SUBJECT_ID"), "{}", answer.body),
        }
    }

    async fn search(&mut self, picture: usize) {
        self.told.kinds[4] += 1;
        let body = self.payload(picture, json!({ "limit": 10 }));
        let request = Request { tenant: Tenant::Exact, method: "POST", path: "/v1/face/search", key: None, body };
        let (answer, _) = self.answered(request).await;
        assert_eq!(answer.outcome(), (200, ""), "{}", answer.body);
        for found in answer.body["matches"].as_array().unwrap() {
            let subject = found["subject_id"].as_str().unwrap();
            assert!(!self.told.gone.iter().any(|gone| gone == subject), "{subject} was deleted before");
        }
    }

    fn pick(&self, pick: u64) -> Option<String> {
        let own = &self.told.own;
        own.keys().nth(pick as usize % own.len().max(1)).cloned()
    }
}
