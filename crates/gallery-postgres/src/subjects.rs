//! Subjects and photos in SQL: reading and removing them.

use deadpool_postgres::{Client, GenericClient, Transaction};
use facegate_domain::{AppId, ModelId, SessionId, SubjectId, Timestamp};
use facegate_gallery::{AuditEntry, Erasure, SubjectRecord, Terms};
use facegate_vault::{AppKeys, Vault};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::error::{Failure, Outcome};
use crate::moves::{JOIN_PRESENT_MODEL, PRESENT_TEMPLATE};
use crate::{Shared, answers, audit, keys, terms, vectors};

pub(crate) async fn read(
    client: &Client,
    vault: &Vault,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<SubjectRecord>> {
    let statement = client
        .prepare_cached(&format!(
            "SELECT subject_id, subjects.created_at, updated_at, session_id, model, {PRESENT_TEMPLATE}, nface, rotation,
                    photo IS NOT NULL AS has_photo, consent_reference, expires_at, master_key_id, sealed_key
             FROM subjects JOIN apps USING (app_id) {JOIN_PRESENT_MODEL} LEFT JOIN app_keys USING (app_id)
             WHERE subjects.app_id = $1 AND subject_id = $2 AND NOT deleted
                   AND (expires_at IS NULL OR expires_at > $3)"
        ))
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str(), &now.0]).await?;
    found.map(|row| from_row(&row, vault, app)).transpose()
}

/// From the columns of `read`.
pub(crate) fn from_row(row: &Row, vault: &Vault, app: &AppId) -> Outcome<SubjectRecord> {
    let subject_id = subject_id(row.try_get("subject_id")?)?;
    let keys = vault.open(app, &keys::from_row(row)?)?;
    let model = ModelId::from_stored(row.try_get("model")?);
    let (template, photo_sha256) = keys.open_template(&subject_id, model, row.try_get("template")?)?;
    Ok(SubjectRecord {
        subject_id,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        session_id: session_id(row.try_get("session_id")?)?,
        template,
        nface: u32::try_from(row.try_get::<_, i64>("nface")?).map_err(|_| Failure::unreadable("count of faces"))?,
        rotation: u16::try_from(row.try_get::<_, i16>("rotation")?).map_err(|_| Failure::unreadable("rotation"))?,
        photo_sha256,
        has_photo: row.try_get("has_photo")?,
        terms: terms_of(row)?,
    })
}

/// From the columns `consent_reference` and `expires_at`.
pub(crate) fn terms_of(row: &Row) -> Outcome<Terms> {
    let expires_at = row.try_get::<_, Option<i64>>("expires_at")?.map(Timestamp);
    Ok(Terms { consent_reference: row.try_get("consent_reference")?, expires_at })
}

/// A session id as it is stored.
pub(crate) fn uuid(session: SessionId) -> Outcome<Uuid> {
    Uuid::parse_str(&session.to_string()).map_err(|_| Failure::unreadable("session id"))
}

/// A stored session id.
pub(crate) fn session_id(stored: Uuid) -> Outcome<SessionId> {
    SessionId::parse(&stored.hyphenated().to_string()).ok_or_else(|| Failure::unreadable("session id"))
}

/// A stored subject id.
pub(crate) fn subject_id(stored: &str) -> Outcome<SubjectId> {
    SubjectId::parse(stored).map_err(|_| Failure::unreadable("subject id"))
}

pub(crate) async fn read_photo(
    client: &Client,
    vault: &Vault,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<Vec<u8>>> {
    let statement = client
        .prepare_cached(
            "SELECT photo, master_key_id, sealed_key
             FROM subjects JOIN apps USING (app_id) LEFT JOIN app_keys USING (app_id)
             WHERE subjects.app_id = $1 AND subject_id = $2 AND photo IS NOT NULL AND NOT deleted
                   AND (expires_at IS NULL OR expires_at > $3)",
        )
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str(), &now.0]).await?;
    let Some(row) = found else { return Ok(None) };
    let keys = vault.open(app, &keys::from_row(&row)?)?;
    Ok(Some(keys.open_photo(id, row.try_get(0)?)?))
}

pub(crate) async fn photo_bytes(
    client: &Client,
    app: &AppId,
    id: &SubjectId,
    now: Timestamp,
) -> Outcome<Option<usize>> {
    let statement = client
        .prepare_cached(
            "SELECT octet_length(photo) FROM subjects JOIN apps USING (app_id)
             WHERE subjects.app_id = $1 AND subject_id = $2 AND photo IS NOT NULL AND NOT deleted
                   AND (expires_at IS NULL OR expires_at > $3)",
        )
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &id.as_str(), &now.0]).await?;
    let Some(row) = found else { return Ok(None) };
    let sealed = usize::try_from(row.try_get::<_, i32>(0)?).map_err(|_| Failure::unreadable("photo"))?;
    Ok(Some(AppKeys::photo_bytes(sealed)))
}

/// The subject first: a commit on it that is under way is waited for, and the answer that it keeps is then found.
pub(crate) async fn delete(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    id: &SubjectId,
    how: &Erasure,
) -> Outcome<bool> {
    let now = store.options.clock.now();
    match terms::state(transaction, app, id, now).await? {
        Some((_, false)) if how.only_if_due => Ok(false),
        // Gone for everybody but the sweeper, who would be next: it is not found, and it is erased.
        Some((true, _)) if !how.only_if_due => {
            erase(store, transaction, app, id, &Erasure { by: how.by.clone(), ..Erasure::due(now) }).await?;
            Ok(false)
        }
        _ => erase(store, transaction, app, id, how).await,
    }
}

/// Removes a subject and what names it, and writes that down.
pub(crate) async fn erase(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    id: &SubjectId,
    how: &Erasure,
) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "DELETE FROM subjects WHERE app_id = $1 AND subject_id = $2
             RETURNING subject_number, (photo IS NOT NULL)::integer, 1 + (next_template IS NOT NULL)::integer",
        )
        .await?;
    let gone = transaction.query_opt(&statement, &[&app.as_str(), &id.as_str()]).await?;
    let answers = answers::forget(transaction, app, id).await?;
    let Some(row) = gone else { return Ok(false) };
    let found = vectors::remove(transaction, app, row.try_get(0)?).await?;
    // An app that is being removed has no subjects any more, whatever of them is still there.
    let Some(held) = keys::read(transaction, &store.vault, app).await? else { return Ok(false) };
    let entry = AuditEntry::done(how.at, &how.by, how.action()).in_session(Some(how.session));
    let entry = entry
        .about(held.keys.pseudonym(id)?)
        .with("templates", row.try_get::<_, i32>(2)?)
        .with("photos", row.try_get::<_, i32>(1)?);
    let entry = entry.with("index_entries", found).with("answers", answers);
    audit::append(transaction, &store.audit_key, app.as_str(), entry).await?;
    Ok(true)
}

pub(crate) async fn count(client: &Client, app: &AppId, now: Timestamp) -> Outcome<u64> {
    let statement = client
        .prepare_cached(
            "SELECT count(*) FROM subjects WHERE app_id = $1 AND (expires_at IS NULL OR expires_at > $2)
                 AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1 AND NOT deleted)",
        )
        .await?;
    crate::apps::count(client.query_one(&statement, &[&app.as_str(), &now.0]).await?.try_get(0)?)
}
