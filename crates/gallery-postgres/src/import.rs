//! Writing apps and subjects as they were in another store.

use std::collections::HashMap;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use facegate_domain::{App, AppId, ModelId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, Importer, StoreError, SubjectRow, WholeSubject, is_same_app};
use facegate_vault::SealedAppKey;

use crate::apps::{self, hold_with};
use crate::error::{Failure, Outcome};
use crate::keys::{self, Held};
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit, row};

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
    async fn import_app(&self, app: &App, key: Option<&SealedAppKey>) -> Result<bool, StoreError> {
        let model = self.shared.number_of(app.model.as_ref()).await?;
        loop {
            match write!(self.shared, &app.id, |transaction| import_app(&transaction, &self.shared, app, key, model))? {
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
    transaction: &Transaction<'_>,
    store: &Shared,
    app: &App,
    key: Option<&SealedAppKey>,
    model: Option<i32>,
) -> Outcome<Imported> {
    let vault = &store.vault;
    // Refuses a key that the vault cannot open, before anything is sealed with it.
    let given_keys = key.map(|given| vault.open(&app.id, given)).transpose()?;
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
    if !apps::create(transaction, store, app, model).await? {
        return Ok(Imported::InTheWay);
    }
    if let Some(given) = key {
        let sql = "UPDATE app_keys SET master_key_id = $2, sealed_key = $3 WHERE app_id = $1";
        transaction.execute(sql, &[&app.id.as_str(), &given.master.to_string(), &given.bytes]).await?;
    }
    Ok(Imported::Added)
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
        let row = SubjectRow::imported(subject, store.options.clock.now());
        row::write(&row, (*model, None), store, transaction, (app, &held)).await?;
    }
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::Imported);
    audit::append(transaction, &store.audit_key, app.as_str(), row.with("subjects", subjects.len())).await?;
    hold_with(transaction, app, &held).await
}
