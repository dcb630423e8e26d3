//! Whole stores: a connection that stays in one transaction, and writing what comes from another store.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{ClientWrapper, Transaction};
use facegate_domain::{App, AppId, ModelId, SubjectId, Timestamp};
use facegate_gallery::audit::{Action, Actor, AuditEntry};
use facegate_gallery::{
    Importer, MAX_WHOLE_SUBJECTS, PAGE_BYTES, Snapshot, Snapshots, StoreError, StoredKey, WholeApp, WholeSubject,
    is_same_app,
};
use facegate_vault::{MasterKeyId, SealedAppKey, Vault};
use tokio_postgres::Row;

use crate::apps::{self, hold_with};
use crate::error::{Failure, Outcome};
use crate::keys::{self, Held};
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit, subjects, vectors};

/// The pages of a snapshot follow each other when the reader has written the one before, which may take a while.
const SESSION: &str = "SET statement_timeout = '10min'; SET idle_in_transaction_session_timeout = '30min';
                       BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[async_trait]
impl Snapshots for PostgresStore {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let begin = async {
            // A connection of its own: the pool's others go on serving.
            let client = self.shared.pool.lease().await?.take();
            client.batch_execute(SESSION).await?;
            // The moment is that of the first statement.
            client.query("SELECT FROM store", &[]).await?;
            Ok(client)
        };
        let client = begin.await.map_err(Failure::explain)?;
        Ok(Box::new(Moment { client, vault: self.shared.vault.clone() }))
    }
}

/// The store at one moment. Closing the connection ends its transaction.
struct Moment {
    client: ClientWrapper,
    vault: Arc<Vault>,
}

#[async_trait]
impl Snapshot for Moment {
    async fn apps(&mut self) -> Result<Vec<WholeApp>, StoreError> {
        self.read_apps().await.map_err(Failure::explain)
    }

    async fn subjects(
        &mut self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<WholeSubject>, StoreError> {
        self.read_subjects(app, after, limit).await.map_err(Failure::explain)
    }
}

impl Moment {
    async fn read_apps(&self) -> Outcome<Vec<WholeApp>> {
        let apps = apps::from_rows(&self.client.query(&apps::select(""), &[]).await?)?;
        let sql = "SELECT app_id, master_key_id, sealed_key,
                          (SELECT count(*) FROM subjects WHERE subjects.app_id = apps.app_id) AS subjects
                   FROM apps LEFT JOIN app_keys USING (app_id) WHERE NOT deleted";
        let mut others = HashMap::new();
        for row in self.client.query(sql, &[]).await? {
            let SealedAppKey { master, bytes } = keys::from_row(&row)?;
            let key = StoredKey { master_key_id: master.to_string(), sealed: bytes };
            let id: String = row.try_get("app_id")?;
            others.insert(id, (key, apps::count(row.try_get("subjects")?)?));
        }
        let whole = |app: App| {
            let (key, subjects) = others.remove(app.id.as_str()).ok_or_else(|| Failure::unreadable("app"))?;
            Ok(WholeApp { app, key, subjects })
        };
        apps.into_iter().map(whole).collect()
    }

    /// The sizes first, so that no more photos are read than fit into a page.
    async fn read_subjects(&self, app: &AppId, after: Option<&SubjectId>, limit: usize) -> Outcome<Vec<WholeSubject>> {
        let statement = self
            .client
            .prepare_cached(
                "WITH candidates AS (
                     SELECT subject_id, octet_length(photo) AS bytes FROM subjects
                     WHERE app_id = $1 AND subject_id > $2 ORDER BY subject_id LIMIT $3
                 ), page AS (
                     SELECT subject_id, coalesce(sum(bytes) OVER (ORDER BY subject_id
                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
                     FROM candidates
                 )
                 SELECT subjects.subject_id, subjects.created_at, updated_at, session_id, model, template, nface, rotation,
                        photo IS NOT NULL AS has_photo, consent_reference, expires_at, master_key_id, sealed_key, photo
                 FROM page JOIN subjects ON subjects.app_id = $1 AND subjects.subject_id = page.subject_id
                      JOIN models USING (model_key) JOIN apps USING (app_id) LEFT JOIN app_keys USING (app_id)
                 WHERE NOT deleted AND before < $4 ORDER BY page.subject_id",
            )
            .await?;
        // Every id is longer than none.
        let after = after.map_or("", SubjectId::as_str);
        let limit = i64::try_from(limit.clamp(1, MAX_WHOLE_SUBJECTS)).unwrap_or(i64::MAX);
        let most = i64::try_from(PAGE_BYTES).unwrap_or(i64::MAX);
        let rows = self.client.query(&statement, &[&app.as_str(), &after, &limit, &most]).await?;
        rows.iter().map(|row| subject(row, &self.vault, app)).collect()
    }
}

fn subject(row: &Row, vault: &Vault, app: &AppId) -> Outcome<WholeSubject> {
    let record = subjects::from_row(row, vault, app)?;
    let keys = vault.open(app, &keys::from_row(row)?)?;
    let sealed: Option<&[u8]> = row.try_get("photo")?;
    let photo = sealed.map(|sealed| keys.open_photo(&record.subject_id, sealed)).transpose()?;
    Ok(WholeSubject { record, photo })
}

/// What became of an app that is to be imported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Imported {
    Added,
    Known,
    /// An app of this id waits to be removed.
    InTheWay,
}

impl crate::retry::Keeps for Imported {}

#[async_trait]
impl Importer for PostgresStore {
    async fn import_app(&self, app: &App, key: Option<&StoredKey>) -> Result<bool, StoreError> {
        loop {
            match write!(self.shared, &app.id, |transaction| import_app(&transaction, &self.shared, app, key))? {
                Imported::Added => return Ok(true),
                Imported::Known => return Ok(false),
                Imported::InTheWay => self.shared.purge(&app.id).await?,
            }
        }
    }

    async fn import_subjects(&self, app: &AppId, subjects: Vec<WholeSubject>) -> Result<(), StoreError> {
        let mut models = HashMap::new();
        for subject in &subjects {
            let model = subject.record.template.model();
            if !models.contains_key(model) {
                let number = read!(self.shared, |client| self.shared.models.number(client, model))?;
                models.insert(model.clone(), number);
            }
        }
        let (subjects, models) = (&subjects, &models);
        write!(self.shared, app, |transaction| import_subjects(&self.shared, &transaction, app, subjects, models))
    }
}

async fn import_app(
    store: &Shared,
    transaction: &Transaction<'_>,
    store: &Shared,
    app: &App,
    key: Option<&StoredKey>,
) -> Outcome<Imported> {
    let vault = &store.vault;
    let given = key.map(sealed).transpose()?;
    // Refuses a key that the vault cannot open, before anything is sealed with it.
    let given_keys = given.as_ref().map(|given| vault.open(&app.id, given)).transpose()?;
    if let Some(Held { keys: present, .. }) = keys::read(transaction, vault, &app.id).await? {
        let rows = transaction.query(&apps::select("apps.app_id = $1 AND"), &[&app.id.as_str()]).await?;
        let there = apps::from_rows(&rows)?.pop().ok_or(Failure::Again)?;
        let same_key = given_keys.is_none_or(|given| present.are(&given));
        return if same_key && is_same_app(&there, app) {
            Ok(Imported::Known)
        } else {
            Err(StoreError::AppExists.into())
        };
    }
    if !apps::create(transaction, store, app).await? {
        return Ok(Imported::InTheWay);
    }
    // Uses are not copied, so that days without one count from here on.
    let sql = "UPDATE apps SET retention_from = $2 WHERE app_id = $1";
    transaction.execute(sql, &[&app.id.as_str(), &store.options.clock.now().0]).await?;
    if let Some(given) = given {
        let sql = "UPDATE app_keys SET master_key_id = $2, sealed_key = $3 WHERE app_id = $1";
        transaction.execute(sql, &[&app.id.as_str(), &given.master.to_string(), &given.bytes]).await?;
    }
    Ok(Imported::Added)
}

fn sealed(key: &StoredKey) -> Outcome<SealedAppKey> {
    let master = MasterKeyId::parse(&key.master_key_id).ok_or_else(|| Failure::unreadable("master key id"))?;
    Ok(SealedAppKey { master, bytes: key.sealed.clone() })
}

async fn import_subjects(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    subjects: &[WholeSubject],
    models: &HashMap<ModelId, i32>,
) -> Outcome<()> {
    let held = keys::read(transaction, &store.vault, app).await?.ok_or(StoreError::UnknownApp)?;
    for subject in subjects {
        let model = models.get(subject.record.template.model()).ok_or(Failure::Again)?;
        import_subject(store, transaction, app, &held, subject, *model).await?;
    }
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::Imported);
    audit::append(transaction, &store.seal, app.as_str(), row.with("subjects", subjects.len())).await?;
    hold_with(transaction, app, &held.sealed).await
}

async fn import_subject(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    held: &Held,
    subject: &WholeSubject,
    model: i32,
) -> Outcome<()> {
    let WholeSubject { record, photo } = subject;
    let statement = transaction
        .prepare_cached(
            "INSERT INTO subjects (app_id, subject_id, subject_number, created_at, updated_at, session_id, model_key,
                                   template, nface, rotation, photo, consent_reference, expires_at, last_used_at)
             VALUES ($1, $2, nextval('subject_numbers'), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (app_id, subject_id) DO UPDATE SET created_at = excluded.created_at,
                 updated_at = excluded.updated_at, session_id = excluded.session_id, model_key = excluded.model_key,
                 template = excluded.template, nface = excluded.nface, rotation = excluded.rotation,
                 photo = excluded.photo, consent_reference = excluded.consent_reference,
                 expires_at = excluded.expires_at,
                 last_used_at = greatest(subjects.last_used_at, excluded.last_used_at)
             RETURNING subject_number",
        )
        .await?;
    let photo = photo.as_ref().map(|photo| held.keys.seal_photo(&record.subject_id, photo)).transpose()?;
    let rotation = i16::try_from(record.rotation).map_err(|_| Failure::unreadable("rotation"))?;
    let row = transaction
        .query_one(
            &statement,
            &[
                &app.as_str(),
                &record.subject_id.as_str(),
                &record.created_at.0,
                &record.updated_at.0,
                &subjects::uuid(record.session_id)?,
                &model,
                &held.keys.seal_template(&record.subject_id, &record.template, &record.photo_sha256)?,
                &i64::from(record.nface),
                &rotation,
                &photo,
                &record.terms.consent_reference,
                &record.terms.expires_at.map(|at| at.0),
                // To be imported counts as a use: what the other store knew of uses is not told.
                &store.options.clock.now().0,
            ],
        )
        .await?;
    let rotated = vectors::rotated(&store.vault, &held.keys, &record.template)?;
    vectors::put(transaction, app, row.try_get(0)?, model, rotated).await
}
