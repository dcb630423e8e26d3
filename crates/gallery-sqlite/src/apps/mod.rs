//! Apps and keys in SQL.

mod read;

use async_trait::async_trait;
use facegate_domain::{App, AppId, KeyDigest, KeyRecord, ModelId, Timestamp};
use facegate_gallery::{Action, Actor, AppAdmin, AppDirectory, AuditEntry, QuotaChange, StoreError};
use facegate_vault::{AuditKey, Vault};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{Failure, Outcome};
use crate::{SqliteStore, audit, keys, purge, terms};

pub(crate) use read::{list, model, one};

#[async_trait]
impl AppDirectory for SqliteStore {
    async fn app(&self, id: &AppId) -> Result<Option<App>, StoreError> {
        let id = id.clone();
        self.readers.run(move |connection| read::app(connection, &id)).await
    }
}

#[async_trait]
impl AppAdmin for SqliteStore {
    async fn create_app(&self, app: &App) -> Result<(), StoreError> {
        let (vault, audit_key, app) = (self.vault.clone(), self.audit_key.clone(), app.clone());
        self.writer.run(0, move |connection| create(connection, (&vault, &audit_key), &app)).await
    }

    async fn apps(&self) -> Result<Vec<App>, StoreError> {
        self.readers.run(read::apps).await
    }

    async fn set_quotas(&self, id: &AppId, change: QuotaChange) -> Result<(), StoreError> {
        let (audit_key, id) = (self.audit_key.clone(), id.clone());
        self.writer
            .run(0, move |connection| {
                set_quotas(connection, &id, change)?;
                audit::append(connection, &audit_key, id.as_str(), change.describe(done(Action::AppChanged)))
            })
            .await
    }

    async fn set_retention(&self, id: &AppId, days: Option<u32>) -> Result<(), StoreError> {
        let (audit_key, id, now) = (self.audit_key.clone(), id.clone(), self.clock.now());
        self.writer
            .run(0, move |connection| {
                terms::set_retention(connection, &id, days, now)?;
                let days = days.map_or("off".to_owned(), |days| days.to_string());
                audit::append(
                    connection,
                    &audit_key,
                    id.as_str(),
                    done(Action::AppChanged).with("retention_days", days),
                )
            })
            .await
    }

    async fn add_key(&self, id: &AppId, key: &KeyRecord) -> Result<(), StoreError> {
        let (audit_key, id, key) = (self.audit_key.clone(), id.clone(), key.clone());
        self.writer
            .run(0, move |connection| {
                insert_key(connection, find(connection, &id)?, &key)?;
                let row = done(Action::KeyAdded).with("key", key.digest.fingerprint());
                audit::append(connection, &audit_key, id.as_str(), row)
            })
            .await
    }

    async fn revoke_key(&self, id: &AppId, key: &KeyDigest, at: Timestamp) -> Result<(), StoreError> {
        let (audit_key, id, key) = (self.audit_key.clone(), id.clone(), *key);
        self.writer
            .run(0, move |connection| {
                revoke(connection, &id, &key, at)?;
                let row = done(Action::KeyRevoked).with("key", key.fingerprint());
                audit::append(connection, &audit_key, id.as_str(), row)
            })
            .await
    }

    async fn delete_app(&self, id: &AppId) -> Result<(), StoreError> {
        let (audit_key, id) = (self.audit_key.clone(), id.clone());
        // From this commit on nobody sees the app or anything of it; should the rest be interrupted, the writer goes
        // on with it when it has time, also after a restart.
        let app_key = self.writer.run(0, move |connection| bury(connection, &audit_key, &id)).await?;
        while self.writer.run(0, move |connection| purge::one(connection, app_key)).await? {}
        Ok(())
    }
}

/// The app's internal number. [`StoreError::UnknownApp`] if there is none.
pub(crate) fn find(connection: &Connection, id: &AppId) -> Outcome<i64> {
    let found = connection
        .prepare_cached("SELECT app_key FROM apps WHERE app_id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    found.ok_or(Failure::Store(StoreError::UnknownApp))
}

/// A count as SQLite stores it. What exceeds 63 bits is as good as unlimited.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn done(action: Action) -> AuditEntry {
    AuditEntry::done(Timestamp::now(), &Actor::Operator, action)
}

pub(crate) fn create(connection: &Connection, (vault, audit_key): (&Vault, &AuditKey), app: &App) -> Outcome<()> {
    let added = connection
        .prepare_cached(
            "INSERT INTO apps
                 (app_id, name, mode, created_at, enroll_limit, enroll_used, liveness_limit, liveness_used, retention_days,
                  retention_from, active_model)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?4, ?10)
             ON CONFLICT (app_id) DO NOTHING",
        )?
        .execute(params![
            app.id.as_str(),
            app.name,
            app.mode.as_str(),
            app.created_at.0,
            app.enroll.limit.map(stored),
            stored(app.enroll.used),
            app.liveness.limit.map(stored),
            stored(app.liveness.used),
            app.retention_days,
            app.model.as_ref().map(ModelId::as_str),
        ])?;
    if added == 0 {
        return Err(StoreError::AppExists.into());
    }
    let app_key = connection.last_insert_rowid();
    keys::make(connection, vault, app_key, &app.id)?;
    app.keys.iter().try_for_each(|key| insert_key(connection, app_key, key))?;
    audit::app_created(connection, audit_key, &app.id, &Actor::Operator)
}

fn insert_key(connection: &Connection, app_key: i64, key: &KeyRecord) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO api_keys (app_key, digest, created_at, revoked_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![app_key, key.digest.0, key.created_at.0, key.revoked_at.map(|at| at.0)])?;
    Ok(())
}

fn set_quotas(connection: &Connection, id: &AppId, change: QuotaChange) -> Outcome<()> {
    let changed = connection
        .prepare_cached(
            "UPDATE apps SET enroll_limit = CASE WHEN ?2 THEN ?3 ELSE enroll_limit END,
                             liveness_limit = CASE WHEN ?4 THEN ?5 ELSE liveness_limit END
             WHERE app_id = ?1",
        )?
        .execute(params![
            id.as_str(),
            change.enroll.is_some(),
            change.enroll.flatten().map(stored),
            change.liveness.is_some(),
            change.liveness.flatten().map(stored),
        ])?;
    if changed == 0 { Err(StoreError::UnknownApp.into()) } else { Ok(()) }
}

fn revoke(connection: &Connection, id: &AppId, key: &KeyDigest, at: Timestamp) -> Outcome<()> {
    let changed = connection
        .prepare_cached(
            "UPDATE api_keys SET revoked_at = ?3
             WHERE app_key = (SELECT app_key FROM apps WHERE app_id = ?1) AND digest = ?2 AND revoked_at IS NULL",
        )?
        .execute(params![id.as_str(), key.0, at.0])?;
    if changed == 0 { Err(StoreError::UnknownKey.into()) } else { Ok(()) }
}

/// Takes the app's id and keys away, of both kinds. Its internal number is left, under which its subjects are removed.
fn bury(connection: &Connection, audit_key: &AuditKey, id: &AppId) -> Outcome<i64> {
    let app_key = find(connection, id)?;
    keys::destroy(connection, app_key)?;
    connection.prepare_cached("DELETE FROM api_keys WHERE app_key = ?1")?.execute([app_key])?;
    connection.prepare_cached("DELETE FROM captures WHERE app_id = ?1")?.execute([id.as_str()])?;
    connection.prepare_cached("UPDATE apps SET app_id = NULL, name = '' WHERE app_key = ?1")?.execute([app_key])?;
    audit::app_deleted(connection, audit_key, id)?;
    Ok(app_key)
}
