//! Apps and keys in SQL.

mod hold;
mod read;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{App, AppId, KeyDigest, KeyRecord, Timestamp};
use facegate_gallery::{Action, Actor, AppAdmin, AppDirectory, AuditEntry, QuotaChange, StoreError};
use facegate_vault::AuditKey;

use crate::error::{Failure, Outcome};
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit, keys, terms};

pub(crate) use hold::{hold, hold_with};
pub(crate) use read::{from_rows, select};

#[async_trait]
impl AppDirectory for PostgresStore {
    async fn app(&self, id: &AppId) -> Result<Option<App>, StoreError> {
        read!(self.shared, |client| async {
            let statement = client.prepare_cached(&select("apps.app_id = $1 AND")).await?;
            Ok(from_rows(&client.query(&statement, &[&id.as_str()]).await?)?.pop())
        })
    }
}

#[async_trait]
impl AppAdmin for PostgresStore {
    async fn create_app(&self, app: &App) -> Result<(), StoreError> {
        // An app of the same id may still be in the middle of its removal.
        let model = self.shared.number_of(app.model.as_ref()).await?;
        while !write!(self.shared, &app.id, |transaction| create(&transaction, &self.shared, app, model))? {
            self.shared.purge(&app.id).await?;
        }
        Ok(())
    }

    async fn apps(&self) -> Result<Vec<App>, StoreError> {
        read!(self.shared, |client| async {
            let statement = client.prepare_cached(&select("")).await?;
            from_rows(&client.query(&statement, &[]).await?)
        })
    }

    async fn set_quotas(&self, id: &AppId, change: QuotaChange) -> Result<(), StoreError> {
        write!(self.shared, id, |transaction| set_quotas(&transaction, &self.shared.audit_key, id, change))
    }

    async fn set_retention(&self, id: &AppId, days: Option<u32>) -> Result<(), StoreError> {
        let text = days.map_or("off".to_owned(), |days| days.to_string());
        write!(self.shared, id, |transaction| async {
            terms::set_retention(&transaction, id, days, self.shared.options.clock.now()).await?;
            let row = done(Action::AppChanged).with("retention_days", &text);
            operated(&transaction, &self.shared.audit_key, id, row).await
        })
    }

    async fn add_key(&self, id: &AppId, key: &KeyRecord) -> Result<(), StoreError> {
        write!(self.shared, id, |transaction| async {
            hold(&transaction, id).await?;
            insert_key(&transaction, id, key).await?;
            operated(
                &transaction,
                &self.shared.audit_key,
                id,
                done(Action::KeyAdded).with("key", key.digest.fingerprint()),
            )
            .await
        })
    }

    async fn revoke_key(&self, id: &AppId, key: &KeyDigest, at: Timestamp) -> Result<(), StoreError> {
        write!(self.shared, id, |transaction| revoke(&transaction, &self.shared.audit_key, id, key, at))
    }

    async fn delete_app(&self, id: &AppId) -> Result<(), StoreError> {
        // From this commit on nobody sees the app or anything of it; should the rest be interrupted, any server goes on
        // with it.
        write!(self.shared, id, |transaction| bury(&transaction, &self.shared.audit_key, id))?;
        self.shared.purge(id).await
    }
}

/// A count as PostgreSQL stores it. What exceeds 63 bits is as good as unlimited.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that was stored.
pub(crate) fn count(stored: i64) -> Outcome<u64> {
    u64::try_from(stored).map_err(|_| Failure::unreadable("count"))
}

/// `false` if an app of this id waits to be removed. `model`: the number of its model, if it has one.
pub(crate) async fn create(
    transaction: &Transaction<'_>,
    store: &Shared,
    app: &App,
    model: Option<i32>,
) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO apps
                 (app_id, name, mode, created_at, enroll_limit, enroll_used, liveness_limit, liveness_used, retention_days,
                  retention_from, active_model_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $4, $10)
             ON CONFLICT (app_id) DO NOTHING",
        )
        .await?;
    let added = transaction
        .execute(
            &statement,
            &[
                &app.id.as_str(),
                &app.name,
                &app.mode.as_str(),
                &app.created_at.0,
                &app.enroll.limit.map(stored),
                &stored(app.enroll.used),
                &app.liveness.limit.map(stored),
                &stored(app.liveness.used),
                &app.retention_days.map(|days| i32::try_from(days).unwrap_or(i32::MAX)),
                &model,
            ],
        )
        .await?;
    if added == 0 {
        let statement = transaction.prepare_cached("SELECT deleted FROM apps WHERE app_id = $1").await?;
        return match transaction.query_opt(&statement, &[&app.id.as_str()]).await?.map(|row| row.get(0)) {
            Some(false) => Err(StoreError::AppExists.into()),
            Some(true) => Ok(false),
            None => Err(Failure::Again),
        };
    }
    keys::make(&**transaction, &store.vault, &app.id).await?;
    for key in &app.keys {
        insert_key(transaction, &app.id, key).await?;
    }
    audit::app_created(transaction, &store.audit_key, &app.id, &Actor::Operator).await?;
    Ok(true)
}

async fn insert_key(transaction: &Transaction<'_>, id: &AppId, key: &KeyRecord) -> Outcome<()> {
    let statement = transaction
        .prepare_cached("INSERT INTO api_keys (app_id, digest, created_at, revoked_at) VALUES ($1, $2, $3, $4)")
        .await?;
    let revoked_at = key.revoked_at.map(|at| at.0);
    transaction.execute(&statement, &[&id.as_str(), &key.digest.0.as_slice(), &key.created_at.0, &revoked_at]).await?;
    Ok(())
}

async fn set_quotas(
    transaction: &Transaction<'_>,
    audit_key: &AuditKey,
    id: &AppId,
    change: QuotaChange,
) -> Outcome<()> {
    let statement = transaction
        .prepare_cached(
            "UPDATE apps SET enroll_limit = CASE WHEN $2 THEN $3 ELSE enroll_limit END,
                             liveness_limit = CASE WHEN $4 THEN $5 ELSE liveness_limit END
             WHERE app_id = $1 AND NOT deleted",
        )
        .await?;
    let changed = transaction
        .execute(
            &statement,
            &[
                &id.as_str(),
                &change.enroll.is_some(),
                &change.enroll.flatten().map(stored),
                &change.liveness.is_some(),
                &change.liveness.flatten().map(stored),
            ],
        )
        .await?;
    if changed == 0 {
        return Err(StoreError::UnknownApp.into());
    }
    operated(transaction, audit_key, id, change.describe(done(Action::AppChanged))).await
}

async fn revoke(
    transaction: &Transaction<'_>,
    audit_key: &AuditKey,
    id: &AppId,
    key: &KeyDigest,
    at: Timestamp,
) -> Outcome<()> {
    let statement = transaction
        .prepare_cached("UPDATE api_keys SET revoked_at = $3 WHERE app_id = $1 AND digest = $2 AND revoked_at IS NULL")
        .await?;
    let changed = transaction.execute(&statement, &[&id.as_str(), &key.0.as_slice(), &at.0]).await?;
    if changed == 0 {
        return Err(StoreError::UnknownKey.into());
    }
    operated(transaction, audit_key, id, done(Action::KeyRevoked).with("key", key.fingerprint())).await
}

/// Takes the app's name and keys away, of both kinds, and hides it. Its id is left, under which its subjects are removed.
async fn bury(transaction: &Transaction<'_>, audit_key: &AuditKey, id: &AppId) -> Outcome<()> {
    let statement = transaction
        .prepare_cached("UPDATE apps SET deleted = true, name = '' WHERE app_id = $1 AND NOT deleted")
        .await?;
    if transaction.execute(&statement, &[&id.as_str()]).await? == 0 {
        return Err(StoreError::UnknownApp.into());
    }
    keys::destroy(transaction, id).await?;
    for table in ["api_keys", "captures"] {
        let statement = transaction.prepare_cached(&format!("DELETE FROM {table} WHERE app_id = $1")).await?;
        transaction.execute(&statement, &[&id.as_str()]).await?;
    }
    audit::app_deleted(transaction, audit_key, id).await
}

fn done(action: Action) -> AuditEntry {
    AuditEntry::done(Timestamp::now(), &Actor::Operator, action)
}

async fn operated(transaction: &Transaction<'_>, audit_key: &AuditKey, id: &AppId, row: AuditEntry) -> Outcome<()> {
    audit::append(transaction, audit_key, id.as_str(), row).await
}
