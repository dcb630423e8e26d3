//! What is read in pages: an app's subjects, and the templates of all apps.

use deadpool_postgres::Client;
use facegate_domain::{AppId, ModelId, SubjectId, Timestamp};
use facegate_gallery::{AppTemplates, MAX_SUBJECTS, MAX_TEMPLATES, StoredTemplate, SubjectSummary, TemplateCursor};
use facegate_vault::Vault;
use tokio_postgres::Row;

use crate::error::{Failure, Outcome};
use crate::keys;
use crate::moves::{JOIN_PRESENT_MODEL, PRESENT_TEMPLATE};
use crate::subjects::{session_id, subject_id, terms_of};

fn clamped(limit: usize, most: usize) -> i64 {
    i64::try_from(limit.clamp(1, most)).unwrap_or(i64::MAX)
}

/// See [`Gallery::subjects`](facegate_gallery::Gallery::subjects). Walks along the key.
pub(crate) async fn subjects(
    client: &Client,
    app: &AppId,
    after: Option<&SubjectId>,
    limit: usize,
    now: Timestamp,
) -> Outcome<Vec<SubjectSummary>> {
    let statement = client
        .prepare_cached(&format!(
            "SELECT subject_id, subjects.created_at, updated_at, session_id, model, nface, rotation,
                    photo IS NOT NULL AS has_photo, consent_reference, expires_at
             FROM subjects JOIN apps USING (app_id) {JOIN_PRESENT_MODEL}
             WHERE subjects.app_id = $1 AND subject_id > $2 AND (expires_at IS NULL OR expires_at > $4) AND NOT deleted
             ORDER BY subject_id LIMIT $3"
        ))
        .await?;
    // Every id is longer than none.
    let after = after.map_or("", SubjectId::as_str);
    let rows = client.query(&statement, &[&app.as_str(), &after, &clamped(limit, MAX_SUBJECTS), &now.0]).await?;
    rows.iter().map(summary).collect()
}

fn summary(row: &Row) -> Outcome<SubjectSummary> {
    Ok(SubjectSummary {
        subject_id: subject_id(row.try_get("subject_id")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        session_id: session_id(row.try_get("session_id")?)?,
        model: ModelId::from_stored(row.try_get("model")?),
        nface: u32::try_from(row.try_get::<_, i64>("nface")?).map_err(|_| Failure::unreadable("count of faces"))?,
        rotation: u16::try_from(row.try_get::<_, i16>("rotation")?).map_err(|_| Failure::unreadable("rotation"))?,
        has_photo: row.try_get("has_photo")?,
        terms: terms_of(row)?,
    })
}

/// See [`Gallery::templates_of`](facegate_gallery::Gallery::templates_of).
pub(crate) async fn templates_of(
    client: &Client,
    vault: &Vault,
    app: &AppId,
    after: Option<TemplateCursor>,
    limit: usize,
    now: Timestamp,
) -> Outcome<AppTemplates> {
    let sql = "SELECT model FROM apps JOIN models ON model_key = active_model_key WHERE app_id = $1 AND NOT deleted";
    let statement = client.prepare_cached(sql).await?;
    let model = async || {
        let row = client.query_opt(&statement, &[&app.as_str()]).await?;
        Ok::<_, Failure>(row.map(|row| row.try_get(0).map(ModelId::from_stored)).transpose()?)
    };
    let before = model().await?;
    let templates = templates(client, vault, Some(app), after, limit, now).await?;
    // Of one moment, if it is the same before and after.
    if model().await? != before {
        return Err(Failure::Again);
    }
    Ok(AppTemplates { model: before, templates })
}

/// See [`Gallery::templates`](facegate_gallery::Gallery::templates). In the order of the subjects' numbers; of all apps or of
/// one.
pub(crate) async fn templates(
    client: &Client,
    vault: &Vault,
    only: Option<&AppId>,
    after: Option<TemplateCursor>,
    limit: usize,
    now: Timestamp,
) -> Outcome<Vec<StoredTemplate>> {
    let statement = client
        .prepare_cached(&format!(
            "SELECT subject_number, app_id, subject_id, model, {PRESENT_TEMPLATE}, expires_at, master_key_id, sealed_key
             FROM subjects JOIN apps USING (app_id) {JOIN_PRESENT_MODEL} LEFT JOIN app_keys USING (app_id)
             WHERE subject_number > $1 AND NOT deleted AND (expires_at IS NULL OR expires_at > $3)
                   AND ($4::text IS NULL OR app_id = $4)
             ORDER BY subject_number LIMIT $2"
        ))
        .await?;
    let after = after.map_or(i64::MIN, TemplateCursor::number);
    let only = only.map(AppId::as_str);
    let rows = client.query(&statement, &[&after, &clamped(limit, MAX_TEMPLATES), &now.0, &only]).await?;
    let read = |row: &Row| {
        let app = AppId::parse(row.try_get("app_id")?).map_err(|_| Failure::unreadable("App-ID"))?;
        let subject_id = subject_id(row.try_get("subject_id")?)?;
        let keys = vault.open(&app, &keys::from_row(row)?)?;
        let model = ModelId::from_stored(row.try_get("model")?);
        let (template, _) = keys.open_template(&subject_id, model, row.try_get("template")?)?;
        let cursor = TemplateCursor::new(row.try_get("subject_number")?);
        let expires_at = row.try_get::<_, Option<i64>>("expires_at")?.map(Timestamp);
        Ok(StoredTemplate { app, subject_id, template, expires_at, cursor })
    };
    rows.iter().map(read).collect()
}
