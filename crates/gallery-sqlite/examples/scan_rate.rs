//! How long it takes to read every template of a large store, as a server does when it starts.
//!
//! `cargo run --release -p facegate-gallery-sqlite --example scan_rate -- FOLDER [ROWS [NAME HASH]]`; ROWS is 1,000,000
//! unless told. With the name and the hash of the server's model, `facegate serve --data FOLDER` loads what was made.
//! A store that is there already is read as it is, so that a second run, after the system's cache was emptied, shows a
//! cold start.

use std::path::Path;
use std::time::Instant;

use facegate_domain::{App, AppId, AppMode, ModelId, Quota, SessionId, Template, Timestamp};
use facegate_gallery::{AppAdmin, Gallery, MAX_SUBJECTS, MAX_TEMPLATES};
use facegate_gallery_sqlite::{Options, SqliteStore};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Two apps, whose subjects come in turn.
const APPS: [&str; 2] = ["bank", "other"];

/// Rows of 128 values, in one transaction past the store's writer.
async fn fill(path: &Path, rows: u64, model: &ModelId) -> Result<(), Fault> {
    let store = SqliteStore::open(path, Options::default())?;
    for id in APPS {
        let app = App {
            id: AppId::parse(id)?,
            name: String::new(),
            mode: AppMode::Live,
            created_at: Timestamp::now(),
            enroll: Quota::default(),
            liveness: Quota::default(),
            keys: vec![],
        };
        store.create_app(&app).await?;
    }
    drop(store);
    let mut connection = rusqlite::Connection::open(path)?;
    let all = connection.transaction()?;
    {
        let mut insert = all.prepare(
            "INSERT INTO subjects (app_key, subject_id, created_at, updated_at, session_id, model, template,
                                   nface, rotation, photo_sha256)
             VALUES (1 + ?1 % 2, ?2, 1, 1, ?3, ?4, ?5, 1, 0, zeroblob(32))",
        )?;
        let session = SessionId::generate().to_string();
        for row in 0..rows {
            let values = (0..128).map(|index| ((index * 7919 + row * 104_729) % 2003) as f32 - 1000.5).collect();
            let template = Template::new(model.clone(), values)?.to_bytes();
            insert.execute(rusqlite::params![row, format!("person-{row:07}"), session, model.as_str(), template])?;
        }
    }
    all.commit()?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let path = Path::new(&arguments.next().ok_or("give a folder")?).join("facegate.db");
    let rows = arguments.next().map_or(Ok(1_000_000), |rows| rows.parse())?;
    let name = arguments.next().unwrap_or_else(|| "sample".into());
    let model = ModelId::new(&name, &arguments.next().unwrap_or_else(|| "0".repeat(64)));
    if !path.exists() {
        let start = Instant::now();
        fill(&path, rows, &model).await?;
        println!("filled with {rows} rows in {:?}", start.elapsed());
    }
    let store = SqliteStore::open(&path, Options::default())?;
    let start = Instant::now();
    let (mut cursor, mut seen, mut sum) = (None, 0, 0.0);
    loop {
        let batch = store.templates(cursor.as_ref(), MAX_TEMPLATES).await?;
        let Some(last) = batch.last() else { break };
        cursor = Some(last.cursor);
        seen += batch.len();
        sum += batch.iter().map(|row| f64::from(row.template.values()[0])).sum::<f64>();
    }
    println!("{seen} templates in {:?} (checksum {sum:.3})", start.elapsed());

    let app = AppId::parse(APPS[0])?;
    let start = Instant::now();
    let (mut after, mut seen, mut pages) = (None, 0, 0);
    loop {
        let page = store.subjects(&app, after.as_ref(), MAX_SUBJECTS).await?;
        seen += page.len();
        let Some(last) = page.into_iter().next_back() else { break };
        pages += 1;
        after = Some(last.subject_id);
    }
    println!("{seen} subjects of one app in {pages} pages, {:?} each", start.elapsed() / pages.max(1));
    Ok(())
}
