//! Writing apps and subjects as they were in another store.

use async_trait::async_trait;
use facegate_domain::{App, AppId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, Importer, StoreError, SubjectRow, WholeSubject, is_same_app};
use facegate_vault::{AuditKey, SealedAppKey, Vault};
use rusqlite::{Connection, params};

use crate::error::Outcome;
use crate::snapshot::sealed_key;
use crate::{SqliteStore, apps, audit, keys, row};

#[async_trait]
impl Importer for SqliteStore {
    async fn import_app(&self, app: &App, key: Option<&SealedAppKey>) -> Result<bool, StoreError> {
        let (vault, audit_key, app, key) = (self.vault.clone(), self.audit_key.clone(), app.clone(), key.cloned());
        self.writer.run(0, move |connection| import_app(connection, (&vault, &audit_key), &app, key.as_ref())).await
    }

    async fn import_subjects(&self, app: &AppId, subjects: Vec<WholeSubject>) -> Result<(), StoreError> {
        let (vault, audit_key, app, now) = (self.vault.clone(), self.audit_key.clone(), app.clone(), self.clock.now());
        let weight = subjects.iter().map(|subject| subject.photo.as_ref().map_or(0, Vec::len)).sum();
        let write = move |connection: &Connection| {
            let (app_key, keys) = keys::find(connection, &vault, &app)?;
            for subject in &subjects {
                row::write(&SubjectRow::imported(subject, now), connection, (app_key, &keys))?;
            }
            let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::Imported);
            audit::append(connection, &audit_key, app.as_str(), row.with("subjects", subjects.len()))
        };
        self.writer.run(weight, write).await
    }
}

fn import_app(
    connection: &Connection,
    (vault, audit_key): (&Vault, &AuditKey),
    app: &App,
    key: Option<&SealedAppKey>,
) -> Outcome<bool> {
    if let Some(there) = apps::one(connection, &app.id)? {
        let same_key = match key {
            Some(given) => {
                let present = vault.open(&app.id, &sealed_key(connection, &app.id)?)?;
                present.are(&*vault.open(&app.id, given)?)
            }
            None => true,
        };
        return if same_key && is_same_app(&there, app) { Ok(false) } else { Err(StoreError::AppExists.into()) };
    }
    apps::create(connection, (vault, audit_key), app)?;
    if let Some(given) = key {
        // Refuses a key that the vault cannot open, before anything is sealed with it.
        vault.open(&app.id, given)?;
        let app_key = apps::find(connection, &app.id)?;
        connection
            .prepare_cached("UPDATE app_keys SET master_key_id = ?2, sealed_key = ?3 WHERE app_key = ?1")?
            .execute(params![app_key, given.master.to_string(), given.bytes])?;
    }
    Ok(true)
}
