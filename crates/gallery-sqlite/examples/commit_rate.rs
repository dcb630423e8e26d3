//! Commits per second of one committer and of many, and what a second opener waits beside them.
//!
//! `cargo run --release -p facegate-gallery-sqlite --example commit_rate -- FOLDER`; the folder must be on the disk in
//! question and is left with the store in it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use facegate_domain::{App, AppId, AppMode, ModelId, Quota, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{AppAdmin, AppDirectory, Charge, Commit, Enrolment, Gallery, QuotaChange};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_vault::{MasterKey, Vault};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Of the same key in every run.
fn vault() -> Result<Arc<Vault>, Fault> {
    Ok(Arc::new(Vault::new(&MasterKey::parse(&"07".repeat(32))?, &[])?))
}

const PHOTO_BYTES: usize = 20 * 1024;
const RUN: Duration = Duration::from_secs(5);

fn commit(committer: usize, number: u64) -> Result<Commit, Fault> {
    let values = (0..128).map(|index| (index as f32 + number as f32).sin() + 0.01).collect();
    let enrolment = Enrolment {
        subject_id: SubjectId::parse(&format!("{committer}-{number}"))?,
        at: Timestamp::now(),
        session_id: SessionId::generate(),
        template: Template::new(ModelId::new("sample", "00"), values)?,
        next_template: None,
        nface: 1,
        rotation: 0,
        photo_sha256: [0; 32],
        photo: Some((0..PHOTO_BYTES as u64).map(|index| (index * 31 + number) as u8).collect()),
        terms: Default::default(),
    };
    Ok(Commit { charge: Charge { enroll: 1, liveness: 0 }, enrolment: Some(enrolment), ..Commit::default() })
}

async fn measure(store: &Arc<SqliteStore>, app: &AppId, committers: usize) -> Result<(), Fault> {
    let start = Instant::now();
    let tasks: Vec<_> = (0..committers)
        .map(|committer| {
            let (store, app) = (store.clone(), app.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while start.elapsed() < RUN {
                    let commit = commit(committers * 1000 + committer, waits.len() as u64)?;
                    let sent = Instant::now();
                    store.commit(&app, commit).await?;
                    waits.push(sent.elapsed());
                }
                Ok::<_, Fault>(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    let rate = waits.len() as f64 / start.elapsed().as_secs_f64();
    waits.sort();
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("{committers:3} committers: {rate:7.0} commits/s, p50 {:?}, p99 {:?}", at(0.5), at(0.99));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let folder = std::env::args().nth(1).ok_or("give a folder")?;
    let path = Path::new(&folder).join("facegate.db");
    let store = Arc::new(SqliteStore::open(&path, vault()?, Options::default())?);
    let (app, _) = App::create(AppMode::Live, "", Quota::default(), Quota::default());
    store.create_app(&app).await?;
    for committers in [1, 8, 32, 128] {
        measure(&store, &app.id, committers).await?;
    }
    let start = Instant::now();
    for _ in 0..10_000 {
        store.app(&app.id).await?;
    }
    println!("reading an app: {:?} each", start.elapsed() / 10_000);

    let load = tokio::spawn({
        let (store, id) = (store.clone(), app.id.clone());
        async move { measure(&store, &id, 32).await }
    });
    let other = SqliteStore::open(&path, vault()?, Options::default())?;
    let mut waits = Vec::new();
    while !load.is_finished() {
        let sent = Instant::now();
        other.set_quotas(&app.id, QuotaChange { enroll: None, liveness: Some(None) }).await?;
        waits.push(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    load.await??;
    waits.sort();
    println!("a second opener beside them waits {:?}, at worst {:?}", waits.get(waits.len() / 2), waits.last());
    println!("{:?}", store.integrity().await?);
    Ok(())
}
