//! The database restarts, crashes, fails over, is not there, is somebody else's: what is acknowledged stays, nothing
//! happens twice, and texts say what to do without a password.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use facegate_domain::Timestamp;
use facegate_gallery::{AppAdmin, AppDirectory, Committed, Gallery, StoreError};
use facegate_gallery_postgres::{DatabaseUrl, Options, PostgresStore};
use facegate_test_postgres::{Postgres, Stop};

mod support;

use support::{app, enrol, latest, open, options, subject, template, vault};

/// Enrols under ever new ids until told to stop; the ids that were acknowledged, and those whose fate is not known.
async fn load(store: Arc<PostgresStore>, name: &'static str, stop: Arc<AtomicBool>) -> (Vec<String>, Vec<String>) {
    let (mut acknowledged, mut unknown) = (Vec::new(), Vec::new());
    let bank = app("bank", None).id;
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{name} {number}");
        match store.commit(&bank, enrol(&id, template(number, 16))).await {
            // A second writing of the same commit would find the first.
            Ok(committed) => {
                assert_eq!(committed, Committed::Created, "{id} was written twice");
                acknowledged.push(id);
            }
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                unknown.push(id);
            }
        }
    }
    (acknowledged, unknown)
}

/// Every acknowledged enrolment is there, and a unit was taken for each that is there.
async fn check(store: &PostgresStore, loads: Vec<(Vec<String>, Vec<String>)>) {
    let bank = app("bank", None).id;
    let (mut acknowledged, mut unknown) = (0, 0);
    for (sure, unsure) in loads {
        for id in &sure {
            assert!(store.subject(&bank, &subject(id)).await.unwrap().is_some(), "{id} is lost");
        }
        acknowledged += sure.len() as u64;
        unknown += unsure.len() as u64;
    }
    let there = store.count(&bank).await.unwrap();
    println!("{acknowledged} acknowledged, {unknown} answered with a retryable error, {there} there");
    assert!((acknowledged..=acknowledged + unknown).contains(&there));
    assert_eq!(store.app(&bank).await.unwrap().unwrap().enroll.used, there, "units taken");
    assert!(acknowledged > 50, "hardly anything was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn restarts_and_crashes_lose_nothing_and_repeat_nothing() {
    let Some(server) = Postgres::start(&[]) else { return };
    let server = Arc::new(server);
    let url = server.database();
    let patient = Options { retry_for: Duration::from_secs(20), ..options() };
    let store = Arc::new(open(&url, patient).await);
    store.create_app(&app("bank", None)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let names = ["a", "b", "c", "d"];
    let loads = names.map(|name| tokio::spawn(load(store.clone(), name, stop.clone())));
    for how in [Stop::Crash, Stop::Fast, Stop::Crash, Stop::Crash] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let server = server.clone();
        tokio::task::spawn_blocking(move || {
            // Connections are cut one by one too, in the middle of whatever they do.
            let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'facegate'";
            for _ in 0..5 {
                server.sql("postgres", kill);
                std::thread::sleep(Duration::from_millis(30));
            }
            server.stop(how);
            server.start_again();
        })
        .await
        .unwrap();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    stop.store(true, Ordering::Relaxed);
    let mut outcomes = Vec::new();
    for load in loads {
        outcomes.push(load.await.unwrap());
    }
    let failed: usize = outcomes.iter().map(|(_, unknown)| unknown.len()).sum();
    assert_eq!(failed, 0, "a patient store outlasts a restart");
    check(&store, outcomes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_failover_the_same_url_leads_to_the_new_primary() {
    let settings = [("synchronous_commit", "remote_apply")];
    let Some(primary) = Postgres::start(&settings) else { return };
    let url = primary.database();
    let standby = primary.standby();
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    let both = url.replace(
        &format!("127.0.0.1:{}", primary.port()),
        &format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), standby.port()),
    );
    let store = Arc::new(open(&both, Options { retry_for: Duration::from_secs(20), ..options() }).await);
    store.create_app(&app("bank", None)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let loads = ["a", "b", "c"].map(|name| tokio::spawn(load(store.clone(), name, stop.clone())));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let standby = tokio::task::spawn_blocking(move || {
        primary.stop(Stop::Crash);
        // Nobody follows the new primary, so it must not wait for anybody.
        standby.sql("postgres", "SELECT pg_promote(true, 60)");
        standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
        standby.sql("postgres", "SELECT pg_reload_conf()");
        standby
    })
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    stop.store(true, Ordering::Relaxed);
    let mut outcomes = Vec::new();
    for load in loads {
        outcomes.push(load.await.unwrap());
    }
    check(&store, outcomes).await;
    assert!(standby.port() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_database_the_answer_is_a_retryable_error_and_health_comes_back() {
    let Some(server) = Postgres::start(&[]) else { return };
    let hasty = Options { retry_for: Duration::from_millis(300), ..options() };
    let store = open(&server.database(), hasty).await;
    let bank = app("bank", Some(5));
    store.create_app(&bank).await.unwrap();
    store.check().await.unwrap();
    server.stop(Stop::Crash);
    let started = Instant::now();
    for error in [
        store.commit(&bank.id, enrol("a", template(1, 16))).await.unwrap_err(),
        store.app(&bank.id).await.unwrap_err(),
        store.check().await.unwrap_err(),
    ] {
        assert!(error.is_retryable() && !error.to_string().contains(server.password()), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "requests must not pile up");
    server.start_again();
    store.check().await.unwrap();
    assert_eq!(store.commit(&bank.id, enrol("a", template(1, 16))).await, Ok(Committed::Created));
    assert_eq!(store.app(&bank.id).await.unwrap().unwrap().enroll.used, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_start_together_make_one_schema() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let opening = (0..6).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { open(&url, options()).await.check().await })
    });
    for task in opening.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(server.sql(url.rsplit('/').next().unwrap(), "SELECT version FROM facegate.store"), latest().to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_used_is_refused_with_what_to_do() {
    let Some(server) = Postgres::shared() else { return };
    let hasty = Options { connect_for: Duration::from_millis(200), ..options() };
    let refused = async |url: String, options: Options| {
        let error = PostgresStore::open(&DatabaseUrl::parse(&url).unwrap(), vault(), options).await.err().unwrap();
        assert!(!error.to_string().contains(server.password()), "{error}");
        error.to_string()
    };
    let (url, name) = (server.database(), |url: &str| url.rsplit('/').next().unwrap().to_owned());
    let none = refused(url.clone(), Options { create: false, ..hasty.clone() }).await;
    assert!(none.contains("there is no facegate store"), "{none}");
    let wrong = refused(url.replace(server.password(), "wrong"), hasty.clone()).await;
    assert!(wrong.contains("user or password"), "{wrong}");
    let absent = refused(server.url("absent"), hasty.clone()).await;
    assert!(absent.contains("no database of this name"), "{absent}");
    let nobody = refused("postgres://u@127.0.0.1:1/d".to_owned(), hasty.clone()).await;
    assert!(nobody.contains("cannot be reached"), "{nobody}");
    let tls = refused(format!("{url}?sslmode=require"), hasty.clone()).await;
    assert!(tls.contains("TLS"), "{tls}");
    let other = server.database();
    server.sql(&name(&other), "CREATE SCHEMA facegate AUTHORIZATION facegate; CREATE TABLE facegate.mine (x int)");
    let foreign = refused(other, hasty.clone()).await;
    assert!(foreign.contains("not a facegate store"), "{foreign}");
    let newer = server.database();
    drop(open(&newer, options()).await);
    server.sql(&name(&newer), "UPDATE facegate.store SET version = 77");
    let error = PostgresStore::open(&DatabaseUrl::parse(&newer).unwrap(), vault(), hasty.clone()).await.err();
    assert_eq!(error, Some(StoreError::NewerSchema { found: 77, known: latest() }));
    let bare = server.database();
    server.sql(&name(&bare), "DROP EXTENSION vector");
    let lacking = refused(bare, hasty).await;
    assert!(lacking.contains("CREATE EXTENSION vector"), "{lacking}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leftovers_are_removed_by_the_servers_themselves() {
    let Some(server) = Postgres::shared() else { return };
    let url = server.database();
    let store = open(&url, Options { tidy_every: Some(Duration::from_millis(100)), ..options() }).await;
    let bank = app("bank", None);
    store.create_app(&bank).await.unwrap();
    store.create_app(&app("left", None)).await.unwrap();
    store.commit(&app("left", None).id, enrol("a", template(1, 16))).await.unwrap();
    let mut commit = enrol("a", template(1, 16));
    commit.remember = Some(facegate_gallery::Remember {
        key: facegate_gallery::IdempotencyKey::parse("k").unwrap(),
        fingerprint: [1; 32],
        answer: vec![1],
        subject_id: None,
        at: Timestamp(1),
        expires_at: Timestamp(2),
    });
    store.commit(&bank.id, commit).await.unwrap();
    let database = url.rsplit('/').next().unwrap();
    // As a server leaves it that is killed in the middle of a deletion.
    server.sql(database, "UPDATE facegate.apps SET deleted = true WHERE app_id = 'left'");
    server.sql(database, "UPDATE facegate.receipts SET written_at = now() - interval '1 hour'");
    let left = "SELECT (SELECT count(*) FROM facegate.receipts) + (SELECT count(*) FROM facegate.answers)
                    + (SELECT count(*) FROM facegate.apps WHERE app_id = 'left')
                    + (SELECT count(*) FROM facegate.subjects WHERE app_id = 'left')
                    + (SELECT count(*) FROM facegate.vectors WHERE app_id = 'left')";
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.sql(database, left) != "0" {
        assert!(Instant::now() < deadline, "leftovers stay: {}", server.sql(database, left));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(store.count(&bank.id).await, Ok(1));
}
