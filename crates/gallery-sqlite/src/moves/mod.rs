//! Moving an app to another model, in SQL: its subjects have room for two templates, and the app's row says which counts.

mod rows;

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SubjectId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, ModelMoves, MoveCounts, Moved, StoreError, Switched, Unmoved};
use facegate_vault::AuditKey;
use rusqlite::{Connection, params};

use crate::apps::{find, model};
use crate::error::Outcome;
use crate::{SqliteStore, audit};

/// The columns `model` and `template` of a subject as they count now; for statements with `subjects` and `apps`.
pub(crate) const PRESENT: &str = "
    iif(next_template IS NOT NULL AND next_model = active_model, next_model, model) AS model,
    iif(next_template IS NOT NULL AND next_model = active_model, next_template, template) AS template";

#[async_trait]
impl ModelMoves for SqliteStore {
    async fn begin_move(&self, app: &AppId, uses: &ModelId, next: &ModelId) -> Result<(), StoreError> {
        let (key, app, uses, next) = (self.audit_key.clone(), app.clone(), uses.clone(), next.clone());
        self.writer.run(0, move |connection| begin(connection, &key, &app, &uses, &next)).await
    }

    async fn count_moved(&self, app: &AppId, next: &ModelId) -> Result<MoveCounts, StoreError> {
        let (app, next) = (app.clone(), next.clone());
        self.readers.run(move |connection| rows::count(connection, find(connection, &app)?, &next)).await
    }

    async fn unmoved(&self, app: &AppId, after: Option<&SubjectId>, limit: usize) -> Result<Vec<Unmoved>, StoreError> {
        let (vault, app, after) = (self.vault.clone(), app.clone(), after.cloned());
        self.readers.run(move |connection| rows::unmoved(connection, &vault, &app, after.as_ref(), limit)).await
    }

    async fn put_next(&self, app: &AppId, next: &ModelId, moved: Vec<Moved>) -> Result<u64, StoreError> {
        let (vault, app, next) = (self.vault.clone(), app.clone(), next.clone());
        self.writer.run(0, move |connection| rows::put(connection, &vault, &app, &next, &moved)).await
    }

    async fn stuck(
        &self,
        app: &AppId,
        next: &ModelId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let (app, next, after) = (app.clone(), next.clone(), after.cloned());
        self.readers.run(move |connection| rows::stuck(connection, &app, &next, after.as_ref(), limit)).await
    }

    async fn switch_model(&self, app: &AppId, next: &ModelId, leave_behind: bool) -> Result<Switched, StoreError> {
        let (key, app, next) = (self.audit_key.clone(), app.clone(), next.clone());
        self.writer.run(0, move |connection| switch(connection, &key, &app, &next, leave_behind)).await
    }

    async fn abort_move(&self, app: &AppId) -> Result<bool, StoreError> {
        let (key, app) = (self.audit_key.clone(), app.clone());
        self.writer.run(0, move |connection| abort(connection, &key, &app)).await
    }

    async fn settle(&self, app: &AppId) -> Result<bool, StoreError> {
        let app = app.clone();
        self.writer.run(0, move |connection| rows::settle(connection, &app)).await
    }
}

/// What is known of an app's models.
struct Models {
    active: Option<ModelId>,
    next: Option<ModelId>,
}

fn read(connection: &Connection, app_key: i64) -> Outcome<Models> {
    let models = connection
        .prepare_cached("SELECT active_model, moving_to FROM apps WHERE app_key = ?1")?
        .query_row([app_key], |row| {
            Ok(Models { active: model(row, "active_model")?, next: model(row, "moving_to")? })
        })?;
    Ok(models)
}

/// Makes this the app's model if none is decided; [`StoreError::OtherModel`] if it has another. The next one, if any.
pub(crate) fn settle_model(connection: &Connection, app_key: i64, wanted: &ModelId) -> Outcome<Option<ModelId>> {
    let Models { active, next } = read(connection, app_key)?;
    match active {
        Some(active) if active == *wanted => Ok(next),
        Some(_) => Err(StoreError::OtherModel.into()),
        None => {
            connection
                .prepare_cached("UPDATE apps SET active_model = ?2 WHERE app_key = ?1")?
                .execute(params![app_key, wanted.as_str()])?;
            Ok(next)
        }
    }
}

fn operated(connection: &Connection, key: &AuditKey, app: &AppId, action: Action, model: &ModelId) -> Outcome<()> {
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, action).with("model", model);
    audit::append(connection, key, app.as_str(), row)
}

fn begin(connection: &Connection, key: &AuditKey, app: &AppId, uses: &ModelId, new: &ModelId) -> Outcome<()> {
    let app_key = find(connection, app)?;
    let Models { active, next } = read(connection, app_key)?;
    if active.as_ref().unwrap_or(uses) == new || next.as_ref().is_some_and(|next| next != new) {
        return Err(StoreError::OtherModel.into());
    }
    if next.is_some() {
        return Ok(());
    }
    if rows::unsettled(connection, app_key)? {
        return Err(StoreError::Busy("an earlier move of the app is not settled yet".to_owned()).into());
    }
    connection
        .prepare_cached("UPDATE apps SET active_model = coalesce(active_model, ?2), moving_to = ?3 WHERE app_key = ?1")?
        .execute(params![app_key, uses.as_str(), new.as_str()])?;
    operated(connection, key, app, Action::MoveBegun, new)
}

fn switch(
    connection: &Connection,
    key: &AuditKey,
    app: &AppId,
    wanted: &ModelId,
    leave_behind: bool,
) -> Outcome<Switched> {
    let app_key = find(connection, app)?;
    if read(connection, app_key)?.next.as_ref() != Some(wanted) {
        return Err(StoreError::OtherModel.into());
    }
    let MoveCounts { waiting, stuck, .. } = rows::count(connection, app_key, wanted)?;
    if waiting > 0 {
        return Ok(Switched::Waiting(waiting));
    }
    if stuck > 0 && !leave_behind {
        return Ok(Switched::Stuck(stuck));
    }
    connection
        .prepare_cached("UPDATE apps SET active_model = moving_to, moving_to = NULL WHERE app_key = ?1")?
        .execute([app_key])?;
    operated(connection, key, app, Action::ModelSwitched, wanted)?;
    Ok(Switched::Done)
}

fn abort(connection: &Connection, key: &AuditKey, app: &AppId) -> Outcome<bool> {
    let app_key = find(connection, app)?;
    let Some(given_up) = read(connection, app_key)?.next else { return Ok(false) };
    connection.prepare_cached("UPDATE apps SET moving_to = NULL WHERE app_key = ?1")?.execute([app_key])?;
    operated(connection, key, app, Action::MoveAborted, &given_up)?;
    Ok(true)
}
