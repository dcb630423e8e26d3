//! Keys of apps, and the check that the right master key was given, in SQL.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, KeyAdmin, MasterKeyUse, StoreError};
use facegate_vault::{AppKeys, CheckValue, MasterKeyId, SealedAppKey, Vault};
use tokio_postgres::Row;

use crate::apps::count;
use crate::error::{Failure, Outcome};
use crate::retry::{read, write};
use crate::{PostgresStore, Shared, audit};

/// What the command line asks for.
#[async_trait]
impl KeyAdmin for PostgresStore {
    async fn master_keys(&self) -> Result<Vec<MasterKeyUse>, StoreError> {
        read!(self.shared, |client| uses(&*client, self.shared.vault.current()))
    }

    async fn apps_to_rewrap(&self) -> Result<Vec<AppId>, StoreError> {
        read!(self.shared, |client| to_rewrap(&*client, self.shared.vault.current()))
    }

    async fn rewrap(&self, app: &AppId) -> Result<bool, StoreError> {
        write!(self.shared, app, |transaction| rewrap(&transaction, &self.shared, app))
    }

    async fn finish_rewrap(&self) -> Result<bool, StoreError> {
        read!(self.shared, |client| finish_rewrap(&*client, &self.shared.vault))
    }
}

/// An app's keys, the form in which they are stored, and its models: what must stay as it is while something is written.
pub(crate) struct Held {
    pub sealed: SealedAppKey,
    pub keys: Arc<AppKeys>,
    /// The number of the app's model, if it is decided.
    pub active: Option<i32>,
    /// Of the model to which it is being moved.
    pub next: Option<i32>,
}

/// The app's keys; `None` if there is no such app.
pub(crate) async fn read(client: &impl GenericClient, vault: &Vault, id: &AppId) -> Outcome<Option<Held>> {
    let statement = client
        .prepare_cached(
            "SELECT master_key_id, sealed_key, active_model_key, moving_to_key FROM apps LEFT JOIN app_keys USING (app_id)
             WHERE apps.app_id = $1 AND NOT deleted",
        )
        .await?;
    let Some(row) = client.query_opt(&statement, &[&id.as_str()]).await? else { return Ok(None) };
    let sealed = from_row(&row)?;
    let keys = vault.open(id, &sealed)?;
    Ok(Some(Held { sealed, keys, active: row.try_get("active_model_key")?, next: row.try_get("moving_to_key")? }))
}

/// From the columns `master_key_id` and `sealed_key`.
pub(crate) fn from_row(row: &Row) -> Outcome<SealedAppKey> {
    let (Some(master), Some(bytes)) = (row.try_get("master_key_id")?, row.try_get("sealed_key")?) else {
        return Err(Failure::unreadable("key of an app"));
    };
    Ok(SealedAppKey { master: master_key_id(master)?, bytes })
}

fn master_key_id(text: &str) -> Outcome<MasterKeyId> {
    MasterKeyId::parse(text).ok_or_else(|| Failure::unreadable("master key id"))
}

/// Gives an app that has none a key.
pub(crate) async fn make(client: &impl tokio_postgres::GenericClient, vault: &Vault, id: &AppId) -> Outcome<()> {
    let (sealed, _) = vault.create(id)?;
    let insert = "INSERT INTO app_keys (app_id, master_key_id, sealed_key) VALUES ($1, $2, $3)";
    client.execute(insert, &[&id.as_str(), &sealed.master.to_string(), &sealed.bytes]).await?;
    Ok(())
}

/// Takes the app's key away: nothing that it sealed opens any more, wherever a copy of it is.
pub(crate) async fn destroy(transaction: &Transaction<'_>, id: &AppId) -> Outcome<()> {
    let statement = transaction.prepare_cached("DELETE FROM app_keys WHERE app_id = $1").await?;
    transaction.execute(&statement, &[&id.as_str()]).await?;
    Ok(())
}

/// Refuses a vault that lacks a master key of this store. Writes nothing.
pub(crate) async fn admit(client: &impl tokio_postgres::GenericClient, vault: &Vault) -> Outcome<()> {
    if let Some(check) = check_value(client).await? {
        vault.admit(&check)?;
    }
    for row in client.query("SELECT DISTINCT master_key_id FROM facegate.app_keys", &[]).await? {
        vault.expect(master_key_id(row.try_get(0)?)?)?;
    }
    Ok(())
}

/// Gives a store that has no check value one.
pub(crate) async fn settle(client: &impl tokio_postgres::GenericClient, vault: &Vault) -> Outcome<()> {
    if check_value(client).await?.is_none() {
        write_check(client, vault).await?;
    }
    Ok(())
}

async fn check_value(client: &impl tokio_postgres::GenericClient) -> Outcome<Option<CheckValue>> {
    let found = client.query_opt("SELECT master_key_id, sealed FROM facegate.master_check", &[]).await?;
    found.map(|row| Ok(CheckValue { master: master_key_id(row.try_get(0)?)?, bytes: row.try_get(1)? })).transpose()
}

async fn write_check(client: &impl tokio_postgres::GenericClient, vault: &Vault) -> Outcome<()> {
    let check = vault.check_value()?;
    let write = "INSERT INTO facegate.master_check (master_key_id, sealed) VALUES ($1, $2)
                 ON CONFLICT (one) DO UPDATE SET master_key_id = excluded.master_key_id, sealed = excluded.sealed";
    client.execute(write, &[&check.master.to_string(), &check.bytes]).await?;
    Ok(())
}

async fn uses(client: &impl GenericClient, current: MasterKeyId) -> Outcome<Vec<MasterKeyUse>> {
    let current = current.to_string();
    let rows = client
        .query(
            "WITH masters (id) AS (SELECT $1::text COLLATE \"C\" UNION SELECT master_key_id FROM app_keys
                                   UNION SELECT master_key_id FROM master_check)
             SELECT id, (SELECT count(*) FROM app_keys WHERE master_key_id = id),
                    EXISTS (SELECT FROM master_check WHERE master_key_id = id)
             FROM masters ORDER BY id",
            &[&current],
        )
        .await?;
    let read = |row: &Row| {
        let master_key_id: String = row.try_get(0)?;
        let current = master_key_id == current;
        Ok(MasterKeyUse { master_key_id, apps: count(row.try_get(1)?)?, current, checked: row.try_get(2)? })
    };
    rows.iter().map(read).collect()
}

async fn to_rewrap(client: &impl GenericClient, current: MasterKeyId) -> Outcome<Vec<AppId>> {
    let sql = "SELECT app_id FROM app_keys JOIN apps USING (app_id) WHERE master_key_id <> $1 AND NOT deleted
               ORDER BY apps.created_at, app_id";
    let rows = client.query(sql, &[&current.to_string()]).await?;
    let read = |row: &Row| AppId::parse(row.try_get(0)?).map_err(|_| Failure::unreadable("App-ID"));
    rows.iter().map(read).collect()
}

async fn rewrap(transaction: &Transaction<'_>, store: &Shared, id: &AppId) -> Outcome<bool> {
    let sql = "SELECT master_key_id, sealed_key FROM app_keys WHERE app_id = $1 FOR UPDATE";
    let Some(row) = transaction.query_opt(sql, &[&id.as_str()]).await? else { return Ok(false) };
    let Some(sealed) = store.vault.rewrap(id, &from_row(&row)?)? else { return Ok(false) };
    let sql = "UPDATE app_keys SET master_key_id = $2, sealed_key = $3 WHERE app_id = $1";
    transaction.execute(sql, &[&id.as_str(), &sealed.master.to_string(), &sealed.bytes]).await?;
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::Rewrapped);
    audit::append(transaction, &store.audit_key, id.as_str(), row.with("master_key", sealed.master)).await?;
    Ok(true)
}

async fn finish_rewrap(client: &impl GenericClient, vault: &Vault) -> Outcome<bool> {
    audit::rewrap(client, vault).await?;
    let check = vault.check_value()?;
    // In one statement: an app that another server makes with another key at this moment has that key's id in the table,
    // and opening looks there too.
    let sql = "UPDATE master_check SET master_key_id = $1, sealed = $2
               WHERE NOT EXISTS (SELECT FROM app_keys WHERE master_key_id <> $1)";
    Ok(client.execute(sql, &[&check.master.to_string(), &check.bytes]).await? == 1)
}
