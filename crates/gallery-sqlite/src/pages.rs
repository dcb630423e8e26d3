//! What is read in pages: an app's subjects, and the templates of all apps.

use std::collections::HashMap;
use std::sync::Arc;

use facegate_domain::{AppId, ModelId, SessionId, SubjectId, Timestamp};
use facegate_gallery::{AppTemplates, MAX_SUBJECTS, MAX_TEMPLATES, StoredTemplate, SubjectSummary, TemplateCursor};
use facegate_vault::{AppKeys, SealedAppKey, Vault};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rusqlite::{Connection, Row, params};

use crate::apps::model;
use crate::error::{Failure, Outcome};
use crate::keys;
use crate::moves::PRESENT;
use crate::subjects::terms;

/// See [`Gallery::subjects`](facegate_gallery::Gallery::subjects). Walks along the index over app and subject id.
pub(crate) fn subjects(
    connection: &Connection,
    app: &AppId,
    after: Option<&SubjectId>,
    limit: usize,
    now: Timestamp,
) -> Outcome<Vec<SubjectSummary>> {
    // Every id is longer than none.
    let after = after.map_or("", SubjectId::as_str);
    connection
        .prepare_cached(&format!(
            "SELECT subject_id, subjects.created_at, updated_at, session_id, {PRESENT}, nface, rotation, consent_reference,
                    expires_at, EXISTS (SELECT 1 FROM photos WHERE photos.subject_key = subjects.subject_key) AS has_photo
             FROM subjects JOIN apps USING (app_key)
             WHERE app_key = (SELECT app_key FROM apps WHERE app_id = ?1) AND subject_id > ?2
                   AND (expires_at IS NULL OR expires_at > ?4)
             ORDER BY subject_id LIMIT ?3"
        ))?
        .query_map(params![app.as_str(), after, limit.clamp(1, MAX_SUBJECTS), now.0], |row| Ok(summary(row)))?
        .map(|row| row?)
        .collect()
}

fn summary(row: &Row<'_>) -> Outcome<SubjectSummary> {
    let text = |column| row.get_ref(column)?.as_str().map_err(|_| Failure::unreadable("text"));
    Ok(SubjectSummary {
        subject_id: subject_id(text("subject_id")?)?,
        created_at: Timestamp(row.get("created_at")?),
        updated_at: Timestamp(row.get("updated_at")?),
        session_id: SessionId::parse(text("session_id")?).ok_or_else(|| Failure::unreadable("session id"))?,
        model: ModelId::from_stored(text("model")?),
        nface: row.get("nface")?,
        rotation: row.get("rotation")?,
        has_photo: row.get("has_photo")?,
        terms: terms(row)?,
    })
}

fn subject_id(stored: &str) -> Outcome<SubjectId> {
    SubjectId::parse(stored).map_err(|_| Failure::unreadable("subject id"))
}

/// See [`Gallery::templates`](facegate_gallery::Gallery::templates). Reads the table in its own order; opens the templates on
/// every core, since a server that starts waits for it.
pub(crate) fn templates(
    connection: &Connection,
    vault: &Vault,
    after: Option<TemplateCursor>,
    limit: usize,
    now: Timestamp,
) -> Outcome<Vec<StoredTemplate>> {
    // Apps and templates must be of the same moment.
    let moment = connection.unchecked_transaction()?;
    let apps = apps(&moment)?;
    let found = found(&moment, (vault, apps), None, after, limit, now)?;
    moment.finish()?;
    found.into_par_iter().map(Found::open).collect()
}

/// See [`Gallery::templates_of`](facegate_gallery::Gallery::templates_of).
pub(crate) fn templates_of(
    connection: &Connection,
    vault: &Vault,
    app: &AppId,
    after: Option<TemplateCursor>,
    limit: usize,
    now: Timestamp,
) -> Outcome<AppTemplates> {
    let moment = connection.unchecked_transaction()?;
    let mut apps = apps(&moment)?;
    apps.retain(|_, owner| owner.id == *app);
    let Some((app_key, model)) = apps.iter().next().map(|(key, owner)| (*key, owner.model.clone())) else {
        return Ok(AppTemplates::default());
    };
    let found = found(&moment, (vault, apps), Some(app_key), after, limit, now)?;
    moment.finish()?;
    let templates = found.into_par_iter().map(Found::open).collect::<Outcome<_>>()?;
    Ok(AppTemplates { model, templates })
}

/// Templates that are yet to be opened, of all apps or of one.
fn found(
    moment: &Connection,
    (vault, mut apps): (&Vault, HashMap<i64, Owner>),
    only: Option<i64>,
    after: Option<TemplateCursor>,
    limit: usize,
    now: Timestamp,
) -> Outcome<Vec<Found>> {
    let limit = limit.clamp(1, MAX_TEMPLATES);
    let mut models: Vec<ModelId> = Vec::new();
    let mut found = Vec::with_capacity(limit);
    let mut statement = moment.prepare_cached(&format!(
        "SELECT subject_key, app_key, subject_id, {PRESENT}, expires_at FROM subjects JOIN apps USING (app_key)
         WHERE subject_key > ?1 AND (expires_at IS NULL OR expires_at > ?2) AND (?3 IS NULL OR app_key = ?3)
         ORDER BY subject_key"
    ))?;
    let mut rows = statement.query(params![after.map_or(i64::MIN, TemplateCursor::number), now.0, only])?;
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        // The app is being deleted. Passed over here, not by SQL's LIMIT, so that an empty batch is the end.
        let Some(app) = apps.get_mut(&row.get(1)?) else { continue };
        let text = |column| row.get_ref(column)?.as_str().map_err(|_| Failure::unreadable("text"));
        let sealed = row.get_ref(4)?.as_blob().map_err(|_| Failure::unreadable("template"))?;
        let subject_id = subject_id(text(2)?)?;
        let model = shared(&mut models, text(3)?);
        let (keys, cursor) = (app.keys(vault)?, TemplateCursor::new(row.get(0)?));
        let expires_at = row.get::<_, Option<i64>>(5)?.map(Timestamp);
        let (app, sealed) = (app.id.clone(), sealed.to_vec());
        found.push(Found { app, keys, subject_id, model, sealed, expires_at, cursor });
    }
    Ok(found)
}

/// A template that is yet to be opened.
struct Found {
    app: AppId,
    keys: Arc<AppKeys>,
    subject_id: SubjectId,
    model: ModelId,
    sealed: Vec<u8>,
    expires_at: Option<Timestamp>,
    cursor: TemplateCursor,
}

impl Found {
    fn open(self) -> Outcome<StoredTemplate> {
        let Self { app, keys, subject_id, model, sealed, expires_at, cursor } = self;
        let (template, _) = keys.open_template(&subject_id, model, &sealed)?;
        Ok(StoredTemplate { app, subject_id, template, expires_at, cursor })
    }
}

/// An app of a batch; its keys are opened when its first template comes.
struct Owner {
    id: AppId,
    sealed: SealedAppKey,
    model: Option<ModelId>,
    keys: Option<Arc<AppKeys>>,
}

impl Owner {
    fn keys(&mut self, vault: &Vault) -> Outcome<Arc<AppKeys>> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let keys = vault.open(&self.id, &self.sealed)?;
        self.keys = Some(keys.clone());
        Ok(keys)
    }
}

/// The apps that exist, by their internal number.
fn apps(connection: &Connection) -> Outcome<HashMap<i64, Owner>> {
    connection
        .prepare_cached(
            "SELECT master_key_id, sealed_key, app_key, app_id, active_model FROM apps LEFT JOIN app_keys USING (app_key)
             WHERE app_id IS NOT NULL",
        )?
        .query_map([], |row| {
            Ok((keys::from_row(row), row.get(2)?, row.get::<_, String>(3)?, model(row, "active_model")?))
        })?
        .map(|row| {
            let (sealed, app_key, id, model) = row?;
            let id = AppId::parse(&id).map_err(|_| Failure::unreadable("App-ID"))?;
            Ok((app_key, Owner { id, sealed: sealed?, model, keys: None }))
        })
        .collect()
}

/// The same model once; there are few, and the latest is nearly always the one.
fn shared(models: &mut Vec<ModelId>, text: &str) -> ModelId {
    if let Some(known) = models.iter().rev().find(|known| known.as_str() == text) {
        return known.clone();
    }
    let model = ModelId::from_stored(text);
    models.push(model.clone());
    model
}
