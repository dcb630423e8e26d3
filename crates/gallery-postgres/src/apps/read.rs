//! Apps and their keys, read in one statement.

use facegate_domain::{App, AppId, KeyDigest, KeyRecord, ModelId, Quota, Timestamp};
use tokio_postgres::Row;

use super::count;
use crate::error::{Failure, Outcome};

/// Apps with their keys in one statement, so that both are of one moment; a row for each key.
pub(crate) fn select(which: &str) -> String {
    format!(
        "SELECT apps.app_id, name, mode, apps.created_at, enroll_limit, enroll_used, liveness_limit, liveness_used,
                retention_days, active.model AS active_model, moving.model AS moving_to, digest, api_keys.created_at AS key_created_at, revoked_at
         FROM apps LEFT JOIN api_keys ON api_keys.app_id = apps.app_id
              LEFT JOIN models AS active ON active.model_key = active_model_key
              LEFT JOIN models AS moving ON moving.model_key = moving_to_key
         WHERE {which} NOT deleted
         ORDER BY apps.created_at, apps.app_id, api_keys.created_at, key_number"
    )
}

/// From the rows of [`select`].
pub(crate) fn from_rows(rows: &[Row]) -> Outcome<Vec<App>> {
    let mut apps: Vec<App> = Vec::new();
    for row in rows {
        let id: &str = row.try_get("app_id")?;
        if apps.last().is_none_or(|last| last.id.as_str() != id) {
            apps.push(from_row(row, id)?);
        }
        if let (Some(app), Some(key)) = (apps.last_mut(), key(row)?) {
            app.keys.push(key);
        }
    }
    Ok(apps)
}

fn from_row(row: &Row, id: &str) -> Outcome<App> {
    let quota = |limit: &str, used: &str| {
        let limit = row.try_get::<_, Option<i64>>(limit)?.map(count).transpose()?;
        Ok::<_, Failure>(Quota { limit, used: count(row.try_get(used)?)? })
    };
    Ok(App {
        id: AppId::parse(id).map_err(|_| Failure::unreadable("App-ID"))?,
        name: row.try_get("name")?,
        mode: row.try_get::<_, &str>("mode")?.parse().map_err(|_| Failure::unreadable("app mode"))?,
        created_at: Timestamp(row.try_get("created_at")?),
        enroll: quota("enroll_limit", "enroll_used")?,
        liveness: quota("liveness_limit", "liveness_used")?,
        retention_days: row.try_get::<_, Option<i32>>("retention_days")?.map(i32::unsigned_abs),
        model: row.try_get::<_, Option<&str>>("active_model")?.map(ModelId::from_stored),
        next_model: row.try_get::<_, Option<&str>>("moving_to")?.map(ModelId::from_stored),
        keys: Vec::new(),
    })
}

fn key(row: &Row) -> Outcome<Option<KeyRecord>> {
    let Some(digest) = row.try_get::<_, Option<&[u8]>>("digest")? else { return Ok(None) };
    Ok(Some(KeyRecord {
        digest: KeyDigest(digest.try_into().map_err(|_| Failure::unreadable("key"))?),
        created_at: Timestamp(row.try_get("key_created_at")?),
        revoked_at: row.try_get::<_, Option<i64>>("revoked_at")?.map(Timestamp),
    }))
}
