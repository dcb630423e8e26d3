//! Seals what facegate 0.1 kept in clear: moves it, some at a time, out of the tables that 0003_sealed.sql set aside.
//!
//! An interrupted move goes on at the next opening; several processes may take part.

mod moves;

use std::time::{Duration, Instant};

use facegate_domain::AppId;
use facegate_vault::{AppKeys, Vault};
use rusqlite::{Connection, OptionalExtension};

use crate::error::{Failure, Outcome};
use crate::keys;

/// Pause between two lines in the log.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Drops the tables set aside if there is nothing in them, as in a new store.
pub(crate) fn drop_if_empty(connection: &Connection) -> Outcome<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM clear_subjects) OR EXISTS (SELECT 1 FROM clear_answers)";
    let any: bool = connection.query_row(sql, [], |row| row.get(0))?;
    if !any {
        drop_tables(connection)?;
    }
    Ok(())
}

fn drop_tables(connection: &Connection) -> Outcome<()> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS clear_photos; DROP TABLE IF EXISTS clear_answers; DROP TABLE IF EXISTS clear_subjects",
    )?;
    Ok(())
}

/// Moves everything that is still in clear, and then rewrites the file, so that it is nowhere in it.
pub(crate) fn finish(connection: &Connection, vault: &Vault) -> Outcome<()> {
    let wanted = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'clear_subjects')";
    if !connection.query_row(wanted, [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    let rows: u64 = connection.query_row(
        "SELECT (SELECT count(*) FROM clear_subjects) + (SELECT count(*) FROM clear_answers)",
        [],
        |row| row.get(0),
    )?;
    tracing::info!(rows, "the store holds templates and photos in clear, which are sealed now; this happens once");
    let (mut moved, mut told) = (0, Instant::now());
    for some in [moves::subjects, moves::answers] {
        loop {
            match transaction(connection, |connection| some(connection, vault))? {
                0 => break,
                more => moved += more,
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                tracing::info!("sealed {moved} of {rows}");
            }
        }
    }
    tracing::info!("sealed all {moved}; rewriting the file");
    match rewrite(connection) {
        Err(failure) if failure.is_busy() => {
            tracing::info!("another process uses the store: the file is rewritten at another start");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Leaves no page of before. `temp_store`: what is copied is sealed by now, and may be larger than the memory.
fn rewrite(connection: &Connection) -> Outcome<()> {
    connection.execute_batch("PRAGMA temp_store = FILE")?;
    let rewritten = connection.execute_batch("VACUUM");
    connection.execute_batch("PRAGMA temp_store = MEMORY")?;
    rewritten?;
    transaction(connection, drop_tables)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

pub(crate) fn transaction<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = work(connection).and_then(|done| {
        connection.execute_batch("COMMIT")?;
        Ok(done)
    });
    if done.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    done
}

/// The keys of a row's app, made now if it has none; `None` for an app that is being deleted.
fn owner(connection: &Connection, vault: &Vault, app_key: i64) -> Outcome<Option<std::sync::Arc<AppKeys>>> {
    let id: Option<String> = connection
        .prepare_cached("SELECT app_id FROM apps WHERE app_key = ?1")?
        .query_row([app_key], |row| row.get(0))?;
    let Some(id) = id else { return Ok(None) };
    let id = AppId::parse(&id).map_err(|_| Failure::unreadable("App-ID"))?;
    let sealed = connection
        .prepare_cached("SELECT master_key_id, sealed_key FROM app_keys WHERE app_key = ?1")?
        .query_row([app_key], |row| Ok(keys::from_row(row)))
        .optional()?;
    match sealed {
        Some(sealed) => Ok(Some(vault.open(&id, &sealed?)?)),
        None => keys::make(connection, vault, app_key, &id).map(Some),
    }
}

/// Gives every app a key that has none yet.
pub(crate) fn give_keys(connection: &Connection, vault: &Vault) -> Outcome<()> {
    let bare = "SELECT app_key FROM apps WHERE app_id IS NOT NULL AND app_key NOT IN (SELECT app_key FROM app_keys)";
    if !connection.prepare(bare)?.exists([])? {
        return Ok(());
    }
    transaction(connection, |connection| {
        let apps: Vec<i64> = connection.prepare(bare)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        apps.into_iter().try_for_each(|app_key| owner(connection, vault, app_key).map(drop))
    })
}
