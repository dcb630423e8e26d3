//! Apps and their keys, read at one moment.

use facegate_domain::{App, AppId, KeyDigest, KeyRecord, ModelId, Quota, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::{Failure, Outcome};

const COLUMNS: &str =
    "app_key, app_id, name, mode, created_at, enroll_limit, enroll_used, liveness_limit, liveness_used,
                       retention_days, active_model, moving_to";

/// One app.
pub(super) fn app(connection: &Connection, id: &AppId) -> Outcome<Option<App>> {
    // App and keys must be of the same moment.
    let moment = connection.unchecked_transaction()?;
    let app = one(&moment, id)?;
    moment.finish()?;
    Ok(app)
}

/// One app, in a transaction that is there already.
pub(crate) fn one(moment: &Connection, id: &AppId) -> Outcome<Option<App>> {
    let app = moment
        .prepare_cached(&format!("SELECT {COLUMNS} FROM apps WHERE app_id = ?1"))?
        .query_row([id.as_str()], |row| Ok(from_row(row)))
        .optional()?;
    app.map(|app| with_keys(moment, app?)).transpose()
}

/// Every app, oldest first.
pub(super) fn apps(connection: &Connection) -> Outcome<Vec<App>> {
    let moment = connection.unchecked_transaction()?;
    let apps = list(&moment)?;
    moment.finish()?;
    Ok(apps)
}

/// Every app, in a transaction that is there already.
pub(crate) fn list(moment: &Connection) -> Outcome<Vec<App>> {
    let rows: Vec<Outcome<(i64, App)>> = moment
        .prepare_cached(&format!("SELECT {COLUMNS} FROM apps WHERE app_id IS NOT NULL ORDER BY created_at, app_id"))?
        .query_map([], |row| Ok(from_row(row)))?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(|app| with_keys(moment, app?)).collect()
}

fn from_row(row: &Row<'_>) -> Outcome<(i64, App)> {
    let (id, mode): (String, String) = (row.get("app_id")?, row.get("mode")?);
    let quota = |limit, used| Ok::<_, Failure>(Quota { limit: row.get(limit)?, used: row.get(used)? });
    let app = App {
        id: AppId::parse(&id).map_err(|_| Failure::unreadable("App-ID"))?,
        name: row.get("name")?,
        mode: mode.parse().map_err(|_| Failure::unreadable("app mode"))?,
        created_at: Timestamp(row.get("created_at")?),
        enroll: quota("enroll_limit", "enroll_used")?,
        liveness: quota("liveness_limit", "liveness_used")?,
        retention_days: row.get("retention_days")?,
        model: model(row, "active_model")?,
        next_model: model(row, "moving_to")?,
        keys: Vec::new(),
    };
    Ok((row.get("app_key")?, app))
}

/// The model in a column, if there is one.
pub(crate) fn model(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<ModelId>> {
    Ok(row.get::<_, Option<String>>(column)?.map(|name| ModelId::from_stored(&name)))
}

fn with_keys(connection: &Connection, (app_key, mut app): (i64, App)) -> Outcome<App> {
    app.keys = connection
        .prepare_cached(
            "SELECT digest, created_at, revoked_at FROM api_keys WHERE app_key = ?1 ORDER BY created_at, key_number",
        )?
        .query_map([app_key], |row| {
            let revoked_at = row.get::<_, Option<i64>>(2)?.map(Timestamp);
            Ok(KeyRecord { digest: KeyDigest(row.get(0)?), created_at: Timestamp(row.get(1)?), revoked_at })
        })?
        .collect::<Result<_, _>>()?;
    Ok(app)
}
