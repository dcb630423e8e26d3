//! The store at one moment: a connection that stays in one read transaction.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use facegate_domain::{App, AppId, SubjectId, Timestamp};
use facegate_gallery::{MAX_WHOLE_SUBJECTS, PAGE_BYTES, Snapshot, Snapshots, StoreError, WholeApp, WholeSubject};
use facegate_vault::{SealedAppKey, Vault};
use rusqlite::{Connection, Row};

use crate::error::{Failure, Outcome};
use crate::moves::PRESENT;
use crate::{Options, SqliteStore, apps, keys, open, subjects};

#[async_trait]
impl Snapshots for SqliteStore {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let (path, vault) = (self.path.clone(), self.vault.clone());
        let open = move || -> Outcome<Connection> {
            let connection = open::reader(&path, &Options::default())?;
            connection.execute_batch("BEGIN")?;
            // The transaction begins with the first read.
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
            Ok(connection)
        };
        let connection = blocking(self.path.clone(), open).await?;
        Ok(Box::new(Moment { connection: Arc::new(Mutex::new(connection)), vault, path: self.path.clone() }))
    }
}

/// The store at one moment. Closing the connection ends its transaction.
struct Moment {
    connection: Arc<Mutex<Connection>>,
    vault: Arc<Vault>,
    path: PathBuf,
}

impl Moment {
    async fn run<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Vault) -> Outcome<T> + Send + 'static,
    {
        let (connection, vault) = (self.connection.clone(), self.vault.clone());
        let read = move || read(&connection.lock().unwrap_or_else(PoisonError::into_inner), &vault);
        blocking(self.path.clone(), read).await
    }
}

async fn blocking<T, F>(path: PathBuf, work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce() -> Outcome<T> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(|failure| failure.at(&path)),
        Err(_) => Err(StoreError::Unavailable("reading the store had to be given up".to_owned())),
    }
}

#[async_trait]
impl Snapshot for Moment {
    async fn apps(&mut self) -> Result<Vec<WholeApp>, StoreError> {
        self.run(|connection, _| apps::list(connection)?.into_iter().map(|app| whole(connection, app)).collect()).await
    }

    async fn subjects(
        &mut self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<WholeSubject>, StoreError> {
        let (app, after) = (app.clone(), after.cloned());
        self.run(move |connection, vault| page(connection, vault, &app, after.as_ref(), limit)).await
    }
}

fn whole(connection: &Connection, app: App) -> Outcome<WholeApp> {
    let key = sealed_key(connection, &app.id)?;
    // Those whose time is over too, as long as they are there.
    let subjects = subjects::count(connection, &app.id, Timestamp(i64::MIN))?;
    Ok(WholeApp { app, key, subjects })
}

pub(crate) fn sealed_key(connection: &Connection, app: &AppId) -> Outcome<SealedAppKey> {
    connection
        .prepare_cached(
            "SELECT master_key_id, sealed_key FROM apps LEFT JOIN app_keys USING (app_key) WHERE app_id = ?1",
        )?
        .query_row([app.as_str()], |row| Ok(keys::from_row(row)))?
}

fn page(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    after: Option<&SubjectId>,
    limit: usize,
) -> Outcome<Vec<WholeSubject>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT master_key_id, sealed_key, subjects.created_at, updated_at, session_id, {PRESENT}, nface, rotation,
                photo IS NOT NULL AS has_photo, photo, subject_id, consent_reference, expires_at
         FROM subjects JOIN apps USING (app_key) LEFT JOIN app_keys USING (app_key) LEFT JOIN photos USING (subject_key)
         WHERE subjects.app_key = (SELECT app_key FROM apps WHERE app_id = ?1) AND subject_id > ?2
         ORDER BY subject_id"
    ))?;
    // Every id is longer than none.
    let mut rows = statement.query([app.as_str(), after.map_or("", SubjectId::as_str)])?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    while page.len() < limit.clamp(1, MAX_WHOLE_SUBJECTS)
        && bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let subject = subject(row, vault, app)?;
        bytes += subject.photo.as_ref().map_or(0, Vec::len);
        page.push(subject);
    }
    Ok(page)
}

fn subject(row: &Row<'_>, vault: &Vault, app: &AppId) -> Outcome<WholeSubject> {
    let id: String = row.get("subject_id")?;
    let id = SubjectId::parse(&id).map_err(|_| Failure::unreadable("subject id"))?;
    let sealed = row.get_ref("photo")?.as_blob_or_null().map_err(|_| Failure::unreadable("photo"))?;
    let keys = vault.open(app, &keys::from_row(row)?)?;
    let photo = sealed.map(|sealed| keys.open_photo(&id, sealed)).transpose()?;
    Ok(WholeSubject { record: subjects::from_row(row, vault, app, id)?, photo })
}
