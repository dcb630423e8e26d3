//! How long it takes to read every template of a large store, as a server does when it starts.
//!
//! `cargo run --release -p facegate-gallery-sqlite --example scan_rate -- FOLDER [ROWS [NAME HASH]]`; ROWS is 1,000,000
//! unless told. With the name and the hash of the server's model, `facegate serve --data FOLDER` loads what was made.
//! A store that is there already is read as it is, so that a second run, after the system's cache was emptied, shows a
//! cold start.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use facegate_domain::{App, AppId, AppMode, ModelId, Quota, SessionId, SubjectId, Template};
use facegate_gallery::{AppAdmin, Gallery, MAX_SUBJECTS, MAX_TEMPLATES};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_vault::{MasterKey, MasterKeyId, SealedAppKey, Vault};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Of the same key in every run.
fn vault() -> Result<Arc<Vault>, Fault> {
    Ok(Arc::new(Vault::new(&MasterKey::parse(&"07".repeat(32))?, &[])?))
}

/// Two apps, whose subjects come in turn.
const APPS: [&str; 2] = ["bank", "other"];

/// Rows of 128 values, in one transaction past the store's writer.
async fn fill(path: &Path, rows: u64, model: &ModelId) -> Result<(), Fault> {
    let vault = vault()?;
    let store = SqliteStore::open(path, vault.clone(), Options::default())?;
    for id in APPS {
        let (app, _) = App::create(AppMode::Live, "", Quota::default(), Quota::default());
        let app = App { id: AppId::parse(id)?, ..app };
        store.create_app(&app).await?;
    }
    drop(store);
    let mut connection = rusqlite::Connection::open(path)?;
    let mut keys = Vec::new();
    for (number, id) in (1..).zip(APPS) {
        let sql = "SELECT master_key_id, sealed_key FROM app_keys WHERE app_key = ?1";
        let (master, bytes) = connection.query_row(sql, [number], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let master = MasterKeyId::parse(&master).ok_or("no id of a master key")?;
        keys.push(vault.open(&AppId::parse(id)?, &SealedAppKey { master, bytes })?);
    }
    let all = connection.transaction()?;
    {
        let mut insert = all.prepare(
            "INSERT INTO subjects (app_key, subject_id, created_at, updated_at, session_id, model, template,
                                   nface, rotation)
             VALUES (1 + ?1 % 2, ?2, 1, 1, ?3, ?4, ?5, 1, 0)",
        )?;
        let session = SessionId::generate().to_string();
        for row in 0..rows {
            let values = (0..128).map(|index| ((index * 7919 + row * 104_729) % 2003) as f32 - 1000.5).collect();
            let (subject, template) = (format!("person-{row:07}"), Template::new(model.clone(), values)?);
            let sealed = keys[row as usize % 2].seal_template(&SubjectId::parse(&subject)?, &template, &[0; 32])?;
            insert.execute(rusqlite::params![row, subject, session, model.as_str(), sealed])?;
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
    let store = SqliteStore::open(&path, vault()?, Options::default())?;
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
