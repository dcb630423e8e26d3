//! Seals what facegate kept in clear before the schema's version 2: moves it, some at a time, out of the tables that
//! migrate.rs set aside, which are then dropped with their files.
//!
//! Of several servers one moves and the others wait; an interrupted move goes on at the next start.

use std::time::{Duration, Instant};

use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_vault::{AppKeys, SealedAppKey, Vault};
use tokio_postgres::{Client, Row, Transaction};

use crate::error::{Failure, Outcome};
use crate::migrate::{LOCK, PARTITIONS};
use crate::{keys, vectors};

/// Subjects in one transaction; with photos of 100 KiB some 6 MiB.
const SUBJECTS_AT_ONCE: i64 = 64;
const ANSWERS_AT_ONCE: i64 = 1024;
/// Pause between two lines in the log.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Makes room for the tables of version 2: the old ones are dropped if nothing is in them, else set aside. What can be made
/// again from the templates is dropped in any case.
pub(crate) async fn set_aside(transaction: &Transaction<'_>) -> Outcome<()> {
    let any = "SELECT EXISTS (SELECT FROM subjects) OR EXISTS (SELECT FROM answers)";
    let any: bool = transaction.query_one(any, &[]).await?.try_get(0)?;
    transaction.batch_execute("DROP TABLE vectors").await?;
    if !any {
        transaction.batch_execute("DROP TABLE subjects, answers").await?;
        return Ok(());
    }
    let mut sql = String::new();
    for table in ["subjects", "answers"] {
        sql += &format!("ALTER TABLE {table} RENAME TO clear_{table};");
        sql += &format!("ALTER INDEX {table}_pkey RENAME TO clear_{table}_pkey;");
        for number in 0..PARTITIONS {
            sql += &format!("ALTER TABLE {table}_{number:02} RENAME TO clear_{table}_{number:02};");
            sql += &format!("ALTER INDEX {table}_{number:02}_pkey RENAME TO clear_{table}_{number:02}_pkey;");
        }
    }
    sql += "DROP INDEX subjects_by_number, answers_by_subject, answers_by_end;";
    transaction.batch_execute(&sql).await?;
    Ok(())
}

/// Gives every app a key that has none yet.
pub(crate) async fn give_keys(transaction: &Transaction<'_>, vault: &Vault) -> Outcome<()> {
    let bare = "SELECT app_id FROM apps WHERE NOT deleted AND app_id NOT IN (SELECT app_id FROM app_keys)";
    for row in transaction.query(bare, &[]).await? {
        let id = AppId::parse(row.try_get(0)?).map_err(|_| Failure::unreadable("App-ID"))?;
        keys::make(transaction, vault, &id).await?;
    }
    Ok(())
}

/// Moves everything that is still in clear. The search path must lead to the tables and to pgvector.
pub(crate) async fn finish(client: &mut Client, vault: &Vault) -> Outcome<()> {
    if !is_wanted(client).await? {
        return Ok(());
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
    // Another server may have done it meanwhile. The lock ends with this connection.
    if is_wanted(client).await? {
        move_all(client, vault).await?;
        client.batch_execute("DROP TABLE facegate.clear_subjects, facegate.clear_answers").await?;
        tracing::info!("everything is sealed; the tables in clear are dropped");
    }
    Ok(())
}

async fn is_wanted(client: &Client) -> Outcome<bool> {
    Ok(client.query_one("SELECT to_regclass('facegate.clear_subjects') IS NOT NULL", &[]).await?.try_get(0)?)
}

async fn move_all(client: &mut Client, vault: &Vault) -> Outcome<()> {
    let count = "SELECT (SELECT count(*) FROM clear_subjects) + (SELECT count(*) FROM clear_answers)";
    let rows: i64 = client.query_one(count, &[]).await?.try_get(0)?;
    tracing::info!(rows, "the store holds templates and photos in clear, which are sealed now; this happens once");
    let (mut moved, mut told) = (0, Instant::now());
    for table in [Table::Subjects, Table::Answers] {
        loop {
            let transaction = client.transaction().await?;
            let some = match table {
                Table::Subjects => subjects(&transaction, vault).await?,
                Table::Answers => answers(&transaction, vault).await?,
            };
            transaction.commit().await?;
            if some == 0 {
                break;
            }
            moved += some;
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                tracing::info!("sealed {moved} of {rows}");
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Table {
    Subjects,
    Answers,
}

/// The keys of a row's app; `None` for an app that is being deleted.
fn owner(row: &Row, vault: &Vault) -> Outcome<Option<std::sync::Arc<AppKeys>>> {
    let id = AppId::parse(row.try_get("app_id")?).map_err(|_| Failure::unreadable("App-ID"))?;
    let sealed: Option<SealedAppKey> = match row.try_get::<_, Option<&str>>("master_key_id")? {
        Some(_) => Some(keys::from_row(row)?),
        None => None,
    };
    sealed.map(|sealed| Ok(vault.open(&id, &sealed)?)).transpose()
}

/// Moves some; how many.
async fn subjects(transaction: &Transaction<'_>, vault: &Vault) -> Outcome<usize> {
    let rows = transaction
        .query(
            "WITH batch AS (SELECT app_id, subject_id FROM clear_subjects LIMIT $1),
                  gone AS (DELETE FROM clear_subjects USING batch WHERE clear_subjects.app_id = batch.app_id
                               AND clear_subjects.subject_id = batch.subject_id RETURNING clear_subjects.*)
             SELECT gone.*, model, master_key_id, sealed_key
             FROM gone JOIN models USING (model_key) LEFT JOIN app_keys ON app_keys.app_id = gone.app_id",
            &[&SUBJECTS_AT_ONCE],
        )
        .await?;
    for row in &rows {
        let Some(keys) = owner(row, vault)? else { continue };
        let id = SubjectId::parse(row.try_get("subject_id")?).map_err(|_| Failure::unreadable("subject id"))?;
        let template = Template::from_bytes(ModelId::from_stored(row.try_get("model")?), row.try_get("template")?)
            .map_err(|_| Failure::unreadable("template"))?;
        let hash: &[u8] = row.try_get("photo_sha256")?;
        let hash = hash.try_into().map_err(|_| Failure::unreadable("photo's hash"))?;
        let photo = row.try_get::<_, Option<&[u8]>>("photo")?.map(|photo| keys.seal_photo(&id, photo)).transpose()?;
        let sealed = keys.seal_template(&id, &template, hash)?;
        let (app, number, model): (&str, i64, i32) =
            (row.try_get("app_id")?, row.try_get("subject_number")?, row.try_get("model_key")?);
        let (created, updated): (i64, i64) = (row.try_get("created_at")?, row.try_get("updated_at")?);
        let (session, nface, rotation): (uuid::Uuid, i64, i16) =
            (row.try_get("session_id")?, row.try_get("nface")?, row.try_get("rotation")?);
        transaction
            .execute(
                "INSERT INTO subjects (app_id, subject_id, subject_number, created_at, updated_at, session_id, model_key,
                                       template, nface, rotation, photo, last_used_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $5)",
                &[&app, &id.as_str(), &number, &created, &updated, &session, &model, &sealed, &nface, &rotation, &photo],
            )
            .await?;
        if let Some(rotated) = vectors::rotated(vault, &keys, &template)? {
            let insert = "INSERT INTO vectors (app_id, subject_number, model_key, embedding)
                          VALUES ($1, $2, $3, $4::real[]::halfvec)";
            transaction.execute(insert, &[&app, &number, &model, &rotated]).await?;
        }
    }
    Ok(rows.len())
}

/// Moves some; how many.
async fn answers(transaction: &Transaction<'_>, vault: &Vault) -> Outcome<usize> {
    let rows = transaction
        .query(
            "WITH batch AS (SELECT app_id, idempotency_key FROM clear_answers LIMIT $1),
                  gone AS (DELETE FROM clear_answers USING batch WHERE clear_answers.app_id = batch.app_id
                               AND clear_answers.idempotency_key = batch.idempotency_key RETURNING clear_answers.*)
             SELECT gone.*, master_key_id, sealed_key FROM gone LEFT JOIN app_keys ON app_keys.app_id = gone.app_id",
            &[&ANSWERS_AT_ONCE],
        )
        .await?;
    for row in &rows {
        let Some(keys) = owner(row, vault)? else { continue };
        let subject: Option<&str> = row.try_get("subject_id")?;
        let named = subject.map(SubjectId::parse).transpose().map_err(|_| Failure::unreadable("subject id"))?;
        let fingerprint: &[u8] = row.try_get("fingerprint")?;
        let fingerprint = fingerprint.try_into().map_err(|_| Failure::unreadable("fingerprint"))?;
        let (app, key): (&str, &str) = (row.try_get("app_id")?, row.try_get("idempotency_key")?);
        let sealed = keys.seal_answer(key, named.as_ref(), fingerprint, row.try_get("answer")?)?;
        let (at, end): (i64, i64) = (row.try_get("answered_at")?, row.try_get("expires_at")?);
        transaction
            .execute(
                "INSERT INTO answers (app_id, idempotency_key, answer, subject_id, answered_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                &[&app, &key, &sealed, &subject, &at, &end],
            )
            .await?;
    }
    Ok(rows.len())
}
