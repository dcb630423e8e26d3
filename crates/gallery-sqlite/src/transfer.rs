//! Whole stores: a connection that stays in one read transaction, and writing what comes from another store.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use facegate_domain::{App, AppId, SubjectId, Timestamp};
use facegate_gallery::audit::{Action, Actor, AuditEntry};
use facegate_gallery::{
    Importer, MAX_WHOLE_SUBJECTS, PAGE_BYTES, Snapshot, Snapshots, StoreError, StoredKey, WholeApp, WholeSubject,
    is_same_app,
};
use facegate_vault::{AppKeys, MasterKeyId, SealedAppKey, Vault};
use rusqlite::{Connection, Row, params};

use crate::audit::{self, Seal};
use crate::error::{Failure, Outcome};
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
    let SealedAppKey { master, bytes } = sealed_key(connection, &app.id)?;
    // Those whose time is over too, as long as they are there.
    let subjects = subjects::count(connection, &app.id, Timestamp(i64::MIN))?;
    Ok(WholeApp { app, key: StoredKey { master_key_id: master.to_string(), sealed: bytes }, subjects })
}

fn sealed_key(connection: &Connection, app: &AppId) -> Outcome<SealedAppKey> {
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
    let mut statement = connection.prepare_cached(
        "SELECT master_key_id, sealed_key, subjects.created_at, updated_at, session_id, model, template, nface, rotation,
                photo IS NOT NULL AS has_photo, photo, subject_id, consent_reference, expires_at
         FROM subjects JOIN apps USING (app_key) LEFT JOIN app_keys USING (app_key) LEFT JOIN photos USING (subject_key)
         WHERE subjects.app_key = (SELECT app_key FROM apps WHERE app_id = ?1) AND subject_id > ?2
         ORDER BY subject_id",
    )?;
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

#[async_trait]
impl Importer for SqliteStore {
    async fn import_app(&self, app: &App, key: Option<&StoredKey>) -> Result<bool, StoreError> {
        let (vault, seal, app, key) = (self.vault.clone(), self.seal.clone(), app.clone(), key.cloned());
        self.writer.run(0, move |connection| import_app(connection, (&vault, &seal), &app, key.as_ref())).await
    }

    async fn import_subjects(&self, app: &AppId, subjects: Vec<WholeSubject>) -> Result<(), StoreError> {
        let (vault, seal, app, now) = (self.vault.clone(), self.seal.clone(), app.clone(), self.clock.now());
        let weight = subjects.iter().map(|subject| subject.photo.as_ref().map_or(0, Vec::len)).sum();
        let write = move |connection: &Connection| {
            let (app_key, keys) = keys::find(connection, &vault, &app)?;
            subjects.iter().try_for_each(|subject| import_subject(connection, (app_key, &keys), subject, now))?;
            let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::Imported);
            audit::append(connection, &seal, app.as_str(), row.with("subjects", subjects.len()))
        };
        self.writer.run(weight, write).await
    }
}

fn import_app(
    connection: &Connection,
    (vault, seal): (&Vault, &Seal),
    app: &App,
    key: Option<&StoredKey>,
) -> Outcome<bool> {
    let given = key.map(sealed).transpose()?;
    if let Some(there) = apps::one(connection, &app.id)? {
        let same_key = match &given {
            Some(given) => {
                let present = vault.open(&app.id, &sealed_key(connection, &app.id)?)?;
                present.are(&*vault.open(&app.id, given)?)
            }
            None => true,
        };
        return if same_key && is_same_app(&there, app) { Ok(false) } else { Err(StoreError::AppExists.into()) };
    }
    apps::create(connection, (vault, seal), app)?;
    if let Some(given) = given {
        // Refuses a key that the vault cannot open, before anything is sealed with it.
        vault.open(&app.id, &given)?;
        let app_key = apps::find(connection, &app.id)?;
        connection
            .prepare_cached("UPDATE app_keys SET master_key_id = ?2, sealed_key = ?3 WHERE app_key = ?1")?
            .execute(params![app_key, given.master.to_string(), given.bytes])?;
    }
    Ok(true)
}

fn sealed(key: &StoredKey) -> Outcome<SealedAppKey> {
    let master = MasterKeyId::parse(&key.master_key_id).ok_or_else(|| Failure::unreadable("master key id"))?;
    Ok(SealedAppKey { master, bytes: key.sealed.clone() })
}

/// To be imported counts as a use: what the other store knew of uses is not told.
fn import_subject(
    connection: &Connection,
    (app_key, keys): (i64, &AppKeys),
    subject: &WholeSubject,
    now: Timestamp,
) -> Outcome<()> {
    let WholeSubject { record, photo } = subject;
    let subject_key: i64 = connection
        .prepare_cached(
            "INSERT INTO subjects (app_key, subject_id, created_at, updated_at, session_id, model, template,
                                   nface, rotation, consent_reference, expires_at, last_used_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (app_key, subject_id) DO UPDATE SET created_at = excluded.created_at,
                 updated_at = excluded.updated_at, session_id = excluded.session_id, model = excluded.model,
                 template = excluded.template, nface = excluded.nface, rotation = excluded.rotation,
                 consent_reference = excluded.consent_reference, expires_at = excluded.expires_at,
                 last_used_at = max(last_used_at, excluded.last_used_at)
             RETURNING subject_key",
        )?
        .query_row(
            params![
                app_key,
                record.subject_id.as_str(),
                record.created_at.0,
                record.updated_at.0,
                record.session_id.to_string(),
                record.template.model().as_str(),
                keys.seal_template(&record.subject_id, &record.template, &record.photo_sha256)?,
                record.nface,
                record.rotation,
                record.terms.consent_reference,
                record.terms.expires_at.map(|at| at.0),
                now.0,
            ],
            |row| row.get(0),
        )?;
    match photo {
        Some(photo) => connection
            .prepare_cached(
                "INSERT INTO photos (subject_key, photo) VALUES (?1, ?2)
                 ON CONFLICT (subject_key) DO UPDATE SET photo = excluded.photo",
            )?
            .execute(params![subject_key, keys.seal_photo(&record.subject_id, photo)?])?,
        None => connection.prepare_cached("DELETE FROM photos WHERE subject_key = ?1")?.execute([subject_key])?,
    };
    Ok(())
}
