//! What must be true after the storm, whichever server is asked.

use std::collections::BTreeMap;

use facegate_tests::App;
use serde_json::{Value, json};

use crate::cluster::{LIMIT, SERVERS, Tenant};
use crate::load::{Load, Told};
use crate::operations::outcomes;

/// Every promise.
pub async fn everything(load: &Load, told: Told) {
    let [enrolled, updated, deleted, verified, searched] = told.kinds;
    println!(
        "{enrolled} enrolments ({} refused by the quota), {updated} updates, {deleted} deletions, {verified} verifications, \
         {searched} searches; sent again: {} without an answer, {} after 503",
        told.limited.1, told.again.0, told.again.1
    );
    let exact = listings(load, Tenant::Exact).await;
    own(&told, &exact);
    shared(&told, &exact);
    assert_eq!(exact.len(), told.own.len() + told.shared.len(), "subjects that nobody asked for");
    let limited = listings(load, Tenant::Limited).await;
    let mut wanted = told.limited.0.clone();
    wanted.sort();
    assert_eq!(limited.into_keys().collect::<Vec<_>>(), wanted);
    let contested = listings(load, Tenant::Contested).await;
    contest(&told, &contested);
    quotas(load, &told);
    let [subjects, vectors] =
        ["subjects", "vectors"].map(|table| load.cluster.sql(&format!("SELECT count(*) FROM facegate.{table}")));
    assert_eq!(subjects, vectors, "subjects that searches do not find, or find without being there");
    log(load, &told);
    reads(load, &told).await;
    repetitions(load, &told).await;
    quotas(load, &told);
    keys(load).await;
    for server in 0..SERVERS {
        load.cluster.with(server, |server| load.cluster.judge(&server.log()));
    }
}

/// Who is enrolled, and by which request; every server must list the same records.
async fn listings(load: &Load, tenant: Tenant) -> BTreeMap<String, String> {
    let mut first: Option<BTreeMap<String, Value>> = None;
    for server in 0..SERVERS {
        let records = listing(&load.cluster.app(server, tenant)).await;
        match &first {
            None => first = Some(records),
            Some(first) => assert_eq!(*first, records, "server {server} lists something else"),
        }
    }
    // Clients are not told which request wrote a record.
    let id = load.cluster.app(0, tenant).id;
    let rows = format!("SELECT subject_id, session_id FROM facegate.subjects WHERE app_id = '{id}'");
    let rows = load.cluster.sql(&rows);
    let split = |row: &str| row.split_once('|').map(|(subject, session)| (subject.to_owned(), session.to_owned()));
    let sessions: BTreeMap<String, String> = rows.lines().filter_map(split).collect();
    assert!(sessions.keys().eq(first.unwrap().keys()), "the servers list other subjects than there are");
    sessions
}

async fn listing(app: &App) -> BTreeMap<String, Value> {
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = app.get(&format!("subjects?limit=100{cursor}")).await.body;
        for record in page["subjects"].as_array().unwrap_or_else(|| panic!("{page}")) {
            all.insert(record["subject_id"].as_str().unwrap().to_owned(), record.clone());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn own(told: &Told, there: &BTreeMap<String, String>) {
    for (subject, (_, session)) in &told.own {
        let record = there.get(subject).unwrap_or_else(|| panic!("{subject} is lost"));
        assert_eq!(record, session, "{subject} is not as it was last written");
    }
    for subject in &told.gone {
        assert!(!there.contains_key(subject), "{subject} was deleted and is there again");
    }
}

fn shared(told: &Told, there: &BTreeMap<String, String>) {
    for (subject, changes) in &told.shared {
        let (sessions, _) = outcomes(changes);
        let session = there.get(subject).unwrap_or_else(|| panic!("{subject} is lost")).as_str();
        assert!(sessions.contains(&session), "{subject} went back: {changes:?}");
    }
}

fn contest(told: &Told, there: &BTreeMap<String, String>) {
    for (subject, changes) in &told.contested {
        let (sessions, absent) = outcomes(changes);
        match there.get(subject) {
            Some(session) => {
                assert!(sessions.contains(&session.as_str()), "{subject} is of a write before: {changes:?}");
            }
            None => assert!(absent, "{subject} is gone: {changes:?}"),
        }
    }
}

/// Exact where every request had a key that nothing made forgotten; else between what is sure and what is possible.
fn quotas(load: &Load, told: &Told) {
    let used = |server: usize, tenant: Tenant| {
        let app = load.cluster.app(server, tenant);
        load.cluster.with(server, |running| running.show(&app))["enroll"]["used"].as_u64().unwrap()
    };
    for server in 0..SERVERS {
        assert_eq!(used(server, Tenant::Exact), told.enrolled.len() as u64, "units of requests with keys");
        let limited = told.limited.0.len() as u64;
        assert_eq!(used(server, Tenant::Limited), limited, "units of a small quota");
        assert!(limited <= LIMIT && (told.limited.1 == 0 || limited == LIMIT), "{limited} of {LIMIT}");
        let enrolments = told.contested.values().flatten().filter(|change| change.enrolled());
        let (sure, possible) = enrolments.fold((0, 0), |(sure, all), change| (sure + 1, all + u64::from(change.sent)));
        let units = used(server, Tenant::Contested);
        assert!((sure..=possible).contains(&units), "{units} units, {sure} to {possible} are right");
    }
}

/// The audit log is whole, and has one row for each change.
fn log(load: &Load, told: &Told) {
    let report = load.cluster.with(0, |server| server.run_json(&["audit", "verify"]));
    assert_eq!(report["faults"], json!([]));
    let id = load.cluster.app(0, Tenant::Exact).id;
    let rows = |actions: &str| {
        let sql = format!("SELECT count(*) FROM facegate.audit WHERE app_id = '{id}' AND action IN ({actions})");
        load.cluster.sql(&sql).parse::<usize>().unwrap()
    };
    assert_eq!(rows("'enrolled', 'updated'"), told.enrolled.len(), "rows of enrolments");
    assert_eq!(rows("'deleted'"), told.gone.len(), "rows of deletions");
}

/// Searches find the same everywhere, and templates are of the photos that were sent.
async fn reads(load: &Load, told: &Told) {
    let flags = json!({"is_quality": false, "is_attribute": false, "is_liveness": false});
    let merged = |more: Value| {
        let mut body = flags.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for picture in &load.pictures {
        let mut answers = Vec::new();
        for server in 0..SERVERS {
            let app = load.cluster.app(server, Tenant::Exact);
            let answer = app.face("search", &merged(json!({"image": picture, "limit": 10}))).await;
            assert_eq!(answer.outcome(), (200, ""), "{}", answer.body);
            answers.push(answer.body["matches"].clone());
        }
        assert!(answers.iter().all(|matches| *matches == answers[0]), "searches differ: {answers:?}");
        assert!(!answers[0].as_array().unwrap().is_empty());
    }
    let step = told.own.len().div_ceil(60).max(1);
    for (number, (subject, (picture, _))) in told.own.iter().enumerate().step_by(step) {
        let app = load.cluster.app(number % SERVERS, Tenant::Exact);
        let body = merged(json!({"image": load.pictures[*picture], "subject_id": subject}));
        let answer = app.face("verify", &body).await;
        assert!(answer.body["similarity"].as_f64().unwrap_or_default() > 99.0, "{subject}: {}", answer.body);
    }
}

/// Whoever repeats a request with its key gets its answer again, from any server.
async fn repetitions(load: &Load, told: &Told) {
    let step = told.enrolled.len().div_ceil(40).max(1);
    for (number, (key, payload, first)) in told.enrolled.iter().enumerate().step_by(step) {
        let subject = payload["subject_id"].as_str().unwrap();
        if told.gone.iter().any(|gone| gone == subject) {
            continue;
        }
        let app = load.cluster.app(number % SERVERS, Tenant::Exact);
        let again = app.enroll_once(key, payload).await;
        assert_eq!((again.status, &again.body), (200, first), "{key}");
    }
}

/// A new key is known to all servers at once, and a revoked one to none.
async fn keys(load: &Load) {
    let old = load.cluster.app(0, Tenant::Exact);
    let made = load.cluster.with(0, |server| server.run_json(&["app", "rotate-key", &old.id]));
    let new = made["api_key"].as_str().unwrap();
    let asked = |server: usize, key: &str| {
        let app = load.cluster.app(server, Tenant::Exact).with_key(key);
        async move { app.get("subjects?limit=1").await.status }
    };
    for server in 0..SERVERS {
        assert_eq!((asked(server, &old.key).await, asked(server, new).await), (200, 200));
    }
    let revoked = load.cluster.with(1, |server| server.run(&["app", "revoke-key", &old.id, "--all-but-newest"]));
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    for server in 0..SERVERS {
        assert_eq!((asked(server, &old.key).await, asked(server, new).await), (401, 200));
    }
}
