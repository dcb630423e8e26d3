//! Moving an app to another model, in SQL: its subjects have room for two templates, and the app's row says which counts.
//! Searches filter by model, so the vectors of both are there side by side.

mod index;
mod rows;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, ModelId, SubjectId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, ModelMoves, MoveCounts, Moved, StoreError, Switched, Unmoved};

use crate::error::Outcome;
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit};

/// Joins the model of a subject's template that counts now; behind `subjects` and `apps`.
pub(crate) const JOIN_PRESENT_MODEL: &str = "JOIN models ON models.model_key =
    CASE WHEN next_template IS NOT NULL AND next_model_key = active_model_key THEN next_model_key
         ELSE subjects.model_key END";
/// That template, as `template`.
pub(crate) const PRESENT_TEMPLATE: &str =
    "CASE WHEN next_template IS NOT NULL AND next_model_key = active_model_key THEN next_template
          ELSE template END AS template";

#[async_trait]
impl ModelMoves for PostgresStore {
    async fn begin_move(&self, app: &AppId, uses: &ModelId, next: &ModelId) -> Result<(), StoreError> {
        let uses = self.number(uses).await?;
        let new = Numbered { name: next, number: self.number(next).await? };
        write!(self.shared, app, |transaction| begin(&self.shared, &transaction, app, uses, &new))
    }

    async fn count_moved(&self, app: &AppId, next: &ModelId) -> Result<MoveCounts, StoreError> {
        let next = self.number(next).await?;
        read!(self.shared, |client| rows::count(&*client, app, next))
    }

    async fn unmoved(&self, app: &AppId, after: Option<&SubjectId>, limit: usize) -> Result<Vec<Unmoved>, StoreError> {
        read!(self.shared, |client| rows::unmoved(client, &self.shared.vault, app, after, limit))
    }

    async fn put_next(&self, app: &AppId, next: &ModelId, moved: Vec<Moved>) -> Result<u64, StoreError> {
        let new = Numbered { name: next, number: self.number(next).await? };
        let moved = &moved;
        write!(self.shared, app, |transaction| rows::put(&self.shared, &transaction, app, &new, moved))
    }

    async fn stuck(
        &self,
        app: &AppId,
        next: &ModelId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let next = self.number(next).await?;
        read!(self.shared, |client| rows::stuck(client, app, next, after, limit))
    }

    async fn switch_model(&self, app: &AppId, next: &ModelId, leave_behind: bool) -> Result<Switched, StoreError> {
        let new = Numbered { name: next, number: self.number(next).await? };
        // Searches of a large app would have to scan until there is one.
        self.shared.index_before_switch(app, new.number).await?;
        write!(self.shared, app, |transaction| switch(&self.shared, &transaction, app, &new, leave_behind))
    }

    async fn abort_move(&self, app: &AppId) -> Result<bool, StoreError> {
        write!(self.shared, app, |transaction| abort(&self.shared, &transaction, app))
    }

    async fn settle(&self, app: &AppId) -> Result<bool, StoreError> {
        if write!(self.shared, app, |transaction| rows::settle(&transaction, app))? {
            return Ok(true);
        }
        self.shared.drop_idle_indexes(app).await?;
        Ok(false)
    }
}

/// A model and the number that stands for it.
struct Numbered<'a> {
    name: &'a ModelId,
    number: i32,
}

impl PostgresStore {
    async fn number(&self, model: &ModelId) -> Result<i32, StoreError> {
        read!(self.shared, |client| self.shared.models.number(client, model))
    }
}

/// The app's model and its next one; they stay as they are until the transaction ends.
async fn lock(transaction: &Transaction<'_>, app: &AppId) -> Outcome<(Option<i32>, Option<i32>)> {
    let sql = "SELECT active_model_key, moving_to_key FROM apps WHERE app_id = $1 AND NOT deleted FOR UPDATE";
    let statement = transaction.prepare_cached(sql).await?;
    match transaction.query_opt(&statement, &[&app.as_str()]).await? {
        Some(row) => Ok((row.try_get(0)?, row.try_get(1)?)),
        None => Err(StoreError::UnknownApp.into()),
    }
}

async fn set(transaction: &Transaction<'_>, app: &AppId, active: Option<i32>, next: Option<i32>) -> Outcome<()> {
    let sql = "UPDATE apps SET active_model_key = $2, moving_to_key = $3 WHERE app_id = $1";
    let statement = transaction.prepare_cached(sql).await?;
    transaction.execute(&statement, &[&app.as_str(), &active, &next]).await?;
    Ok(())
}

async fn operated(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    action: Action,
    model: &str,
) -> Outcome<()> {
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, action).with("model", model);
    audit::append(transaction, &store.audit_key, app.as_str(), row).await
}

async fn begin(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    uses: i32,
    new: &Numbered<'_>,
) -> Outcome<()> {
    let (active, next) = lock(transaction, app).await?;
    let active = active.unwrap_or(uses);
    if active == new.number || next.is_some_and(|next| next != new.number) {
        return Err(StoreError::OtherModel.into());
    }
    if next.is_some() {
        return Ok(());
    }
    if rows::unsettled(transaction, app).await? {
        return Err(StoreError::Busy("an earlier move of the app is not settled yet".to_owned()).into());
    }
    set(transaction, app, Some(active), Some(new.number)).await?;
    operated(store, transaction, app, Action::MoveBegun, new.name.as_str()).await
}

/// The app's row first: who enrols meanwhile waits for it, and then finds another model.
async fn switch(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    new: &Numbered<'_>,
    leave_behind: bool,
) -> Outcome<Switched> {
    let (_, next) = lock(transaction, app).await?;
    if next != Some(new.number) {
        return Err(StoreError::OtherModel.into());
    }
    let MoveCounts { waiting, stuck, .. } = rows::count(transaction, app, new.number).await?;
    if waiting > 0 {
        return Ok(Switched::Waiting(waiting));
    }
    if stuck > 0 && !leave_behind {
        return Ok(Switched::Stuck(stuck));
    }
    set(transaction, app, next, None).await?;
    operated(store, transaction, app, Action::ModelSwitched, new.name.as_str()).await?;
    Ok(Switched::Done)
}

async fn abort(store: &Shared, transaction: &Transaction<'_>, app: &AppId) -> Outcome<bool> {
    let (active, Some(given_up)) = lock(transaction, app).await? else { return Ok(false) };
    set(transaction, app, active, None).await?;
    let sql = "SELECT model FROM models WHERE model_key = $1";
    let name: String = transaction.query_one(sql, &[&given_up]).await?.try_get(0)?;
    operated(store, transaction, app, Action::MoveAborted, &name).await?;
    Ok(true)
}
