//! Keys of apps, and the check that the right master key was given, in SQL.

use std::sync::Arc;

use async_trait::async_trait;
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, KeyAdmin, MasterKeyUse, StoreError};
use facegate_vault::{AppKeys, AuditKey, CheckValue, MasterKeyId, SealedAppKey, Vault};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::audit;
use crate::error::{Failure, Outcome};

/// What the command line asks for.
#[async_trait]
impl KeyAdmin for SqliteStore {
    async fn master_keys(&self) -> Result<Vec<MasterKeyUse>, StoreError> {
        let current = self.vault.current();
        self.readers.run(move |connection| uses(connection, current)).await
    }

    async fn apps_to_rewrap(&self) -> Result<Vec<AppId>, StoreError> {
        let current = self.vault.current();
        self.readers.run(move |connection| to_rewrap(connection, current)).await
    }

    async fn rewrap(&self, app: &AppId) -> Result<bool, StoreError> {
        let (vault, audit_key, app) = (self.vault.clone(), self.audit_key.clone(), app.clone());
        self.writer.run(0, move |connection| rewrap(connection, (&vault, &audit_key), &app)).await
    }

    async fn finish_rewrap(&self) -> Result<bool, StoreError> {
        let vault = self.vault.clone();
        self.writer.run(0, move |connection| finish_rewrap(connection, &vault)).await
    }
}

/// The app's internal number and its keys. [`StoreError::UnknownApp`] if there is no such app.
pub(crate) fn find(connection: &Connection, vault: &Vault, id: &AppId) -> Outcome<(i64, Arc<AppKeys>)> {
    read(connection, vault, id)?.ok_or(Failure::Store(StoreError::UnknownApp))
}

/// The same; `None` if there is no such app.
pub(crate) fn read(connection: &Connection, vault: &Vault, id: &AppId) -> Outcome<Option<(i64, Arc<AppKeys>)>> {
    let found = connection
        .prepare_cached(
            "SELECT master_key_id, sealed_key, app_key FROM apps LEFT JOIN app_keys USING (app_key) WHERE app_id = ?1",
        )?
        .query_row([id.as_str()], |row| Ok((from_row(row), row.get::<_, i64>(2)?)))
        .optional()?;
    let Some((sealed, app_key)) = found else { return Ok(None) };
    Ok(Some((app_key, vault.open(id, &sealed?)?)))
}

/// From the columns `master_key_id` and `sealed_key`, which come first.
pub(crate) fn from_row(row: &Row<'_>) -> Outcome<SealedAppKey> {
    let (Some(master), Some(bytes)) = (row.get::<_, Option<String>>(0)?, row.get(1)?) else {
        return Err(Failure::unreadable("key of an app"));
    };
    Ok(SealedAppKey { master: master_key_id(&master)?, bytes })
}

fn master_key_id(text: &str) -> Outcome<MasterKeyId> {
    MasterKeyId::parse(text).ok_or_else(|| Failure::unreadable("master key id"))
}

/// Gives an app that has none a key.
pub(crate) fn make(connection: &Connection, vault: &Vault, app_key: i64, id: &AppId) -> Outcome<Arc<AppKeys>> {
    let (sealed, keys) = vault.create(id)?;
    connection
        .prepare_cached("INSERT INTO app_keys (app_key, master_key_id, sealed_key) VALUES (?1, ?2, ?3)")?
        .execute(params![app_key, sealed.master.to_string(), sealed.bytes])?;
    Ok(keys)
}

/// Takes the app's key away: nothing that it sealed opens any more, wherever a copy of it is.
pub(crate) fn destroy(connection: &Connection, app_key: i64) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM app_keys WHERE app_key = ?1")?.execute([app_key])?;
    Ok(())
}

/// Refuses a vault that lacks a master key of this store. Writes nothing.
pub(crate) fn admit(connection: &Connection, vault: &Vault) -> Outcome<()> {
    if let Some(check) = check_value(connection)? {
        vault.admit(&check)?;
    }
    let masters: Vec<String> = connection
        .prepare("SELECT DISTINCT master_key_id FROM app_keys")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for master in masters {
        vault.expect(master_key_id(&master)?)?;
    }
    Ok(())
}

/// The same, and a store that has no check value gets one.
pub(crate) fn settle(connection: &Connection, vault: &Vault) -> Outcome<()> {
    admit(connection, vault)?;
    if check_value(connection)?.is_none() {
        write_check(connection, vault, "INSERT OR IGNORE")?;
        // Another process may have been first, with another key.
        admit(connection, vault)?;
    }
    Ok(())
}

fn check_value(connection: &Connection) -> Outcome<Option<CheckValue>> {
    let found = connection
        .prepare("SELECT master_key_id, sealed FROM master_check")?
        .query_row([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(master, bytes)| Ok(CheckValue { master: master_key_id(&master)?, bytes })).transpose()
}

fn write_check(connection: &Connection, vault: &Vault, insert: &str) -> Outcome<()> {
    let check = vault.check_value()?;
    connection
        .prepare(&format!("{insert} INTO master_check (one, master_key_id, sealed) VALUES (1, ?1, ?2)"))?
        .execute(params![check.master.to_string(), check.bytes])?;
    Ok(())
}

fn uses(connection: &Connection, current: MasterKeyId) -> Outcome<Vec<MasterKeyUse>> {
    let current = current.to_string();
    let uses = connection
        .prepare(
            "WITH masters (id) AS (SELECT ?1 UNION SELECT master_key_id FROM app_keys
                                   UNION SELECT master_key_id FROM master_check)
             SELECT id, (SELECT count(*) FROM app_keys WHERE master_key_id = id),
                    EXISTS (SELECT 1 FROM master_check WHERE master_key_id = id)
             FROM masters ORDER BY id",
        )?
        .query_map([&current], |row| {
            let master_key_id: String = row.get(0)?;
            let current = master_key_id == current;
            Ok(MasterKeyUse { master_key_id, apps: row.get(1)?, current, checked: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(uses)
}

fn to_rewrap(connection: &Connection, current: MasterKeyId) -> Outcome<Vec<AppId>> {
    connection
        .prepare(
            "SELECT app_id FROM apps JOIN app_keys USING (app_key)
             WHERE master_key_id <> ?1 AND app_id IS NOT NULL ORDER BY app_key",
        )?
        .query_map([current.to_string()], |row| row.get::<_, String>(0))?
        .map(|id| AppId::parse(&id?).map_err(|_| Failure::unreadable("App-ID")))
        .collect()
}

fn rewrap(connection: &Connection, (vault, audit_key): (&Vault, &AuditKey), id: &AppId) -> Outcome<bool> {
    let found = connection
        .prepare_cached(
            "SELECT master_key_id, sealed_key, app_key FROM apps JOIN app_keys USING (app_key) WHERE app_id = ?1",
        )?
        .query_row([id.as_str()], |row| Ok((from_row(row), row.get::<_, i64>(2)?)))
        .optional()?;
    let Some((sealed, app_key)) = found else { return Ok(false) };
    let Some(sealed) = vault.rewrap(id, &sealed?)? else { return Ok(false) };
    connection
        .prepare_cached("UPDATE app_keys SET master_key_id = ?2, sealed_key = ?3 WHERE app_key = ?1")?
        .execute(params![app_key, sealed.master.to_string(), sealed.bytes])?;
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::Rewrapped);
    audit::append(connection, audit_key, id.as_str(), row.with("master_key", sealed.master))?;
    Ok(true)
}

fn finish_rewrap(connection: &Connection, vault: &Vault) -> Outcome<bool> {
    let current = vault.current();
    if !to_rewrap(connection, current)?.is_empty() {
        return Ok(false);
    }
    audit::rewrap(connection, vault)?;
    if check_value(connection)?.is_none_or(|check| check.master != current) {
        write_check(connection, vault, "INSERT OR REPLACE")?;
    }
    Ok(true)
}
