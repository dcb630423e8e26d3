//! The subjects of an app that is being moved.

use deadpool_postgres::{Client, GenericClient, Transaction};
use facegate_domain::{AppId, ModelId, SubjectId};
use facegate_gallery::{MAX_SUBJECTS, MAX_WHOLE_SUBJECTS, MoveCounts, Moved, PAGE_BYTES, StoreError, Unmoved};
use facegate_vault::{AppKeys, Vault};
use tokio_postgres::Row;

use super::Numbered;
use crate::apps::{self, hold_with};
use crate::error::Outcome;
use crate::keys::{self, Held};
use crate::snapshot::page_of_photos;
use crate::subjects::{session_id, subject_id, uuid};
use crate::{Shared, vectors};

/// Rows tidied in one transaction.
const SETTLED_AT_ONCE: i64 = 500;

/// Has no template of the model, in neither place.
fn lacks(model: i32) -> String {
    format!("(model_key <> {model} AND (next_template IS NULL OR next_model_key <> {model}))")
}

/// One might be made: there is a photo, and it was not tried.
fn hope(model: i32) -> String {
    format!("(next_model_key IS DISTINCT FROM {model} AND photo IS NOT NULL)")
}

fn clamped(limit: usize, most: usize) -> i64 {
    i64::try_from(limit.clamp(1, most)).unwrap_or(i64::MAX)
}

pub(super) async fn count(client: &impl GenericClient, app: &AppId, next: i32) -> Outcome<MoveCounts> {
    let (lacks, hope) = (lacks(next), hope(next));
    let sql = format!(
        "SELECT count(*) FILTER (WHERE NOT {lacks}), count(*) FILTER (WHERE {lacks} AND {hope}),
                count(*) FILTER (WHERE {lacks} AND NOT {hope}) FROM subjects WHERE app_id = $1"
    );
    let row = client.query_one(&sql, &[&app.as_str()]).await?;
    let count = |index| apps::count(row.try_get(index)?);
    Ok(MoveCounts { ready: count(0)?, waiting: count(1)?, stuck: count(2)? })
}

/// Whether there is something of an earlier move.
pub(super) async fn unsettled(transaction: &Transaction<'_>, app: &AppId) -> Outcome<bool> {
    let sql = "SELECT EXISTS (SELECT FROM subjects WHERE app_id = $1 AND next_model_key IS NOT NULL)";
    Ok(transaction.query_one(sql, &[&app.as_str()]).await?.try_get(0)?)
}

pub(super) async fn unmoved(
    client: &Client,
    vault: &Vault,
    app: &AppId,
    after: Option<&SubjectId>,
    limit: usize,
) -> Outcome<Vec<Unmoved>> {
    let held = keys::read(client, vault, app).await?.ok_or(StoreError::UnknownApp)?;
    let Some(next) = held.next else { return Ok(Vec::new()) };
    let sql = format!(
        "{} SELECT subjects.subject_id, session_id, model, template, photo
         FROM page JOIN subjects ON subjects.app_id = $1 AND subjects.subject_id = page.subject_id
              JOIN models USING (model_key) WHERE before < $4 ORDER BY page.subject_id",
        page_of_photos(&format!("{} AND {} AND", lacks(next), hope(next)))
    );
    // Every id is longer than none.
    let after = after.map_or("", SubjectId::as_str);
    let most = i64::try_from(PAGE_BYTES).unwrap_or(i64::MAX);
    let rows = client.query(&sql, &[&app.as_str(), &after, &clamped(limit, MAX_WHOLE_SUBJECTS), &most]).await?;
    rows.iter().map(|row| open(row, &held.keys)).collect()
}

fn open(row: &Row, keys: &AppKeys) -> Outcome<Unmoved> {
    let subject_id = subject_id(row.try_get(0)?)?;
    let model = ModelId::from_stored(row.try_get(2)?);
    let (_, photo_sha256) = keys.open_template(&subject_id, model, row.try_get(3)?)?;
    let photo = keys.open_photo(&subject_id, row.try_get(4)?)?;
    Ok(Unmoved { subject_id, session_id: session_id(row.try_get(1)?)?, photo_sha256, photo })
}

pub(super) async fn put(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    new: &Numbered<'_>,
    moved: &[Moved],
) -> Outcome<u64> {
    let held = keys::read(transaction, &store.vault, app).await?.ok_or(StoreError::UnknownApp)?;
    let wrong = |one: &Moved| one.template.as_ref().is_some_and(|template| template.model() != new.name);
    if held.next != Some(new.number) || moved.iter().any(wrong) {
        return Err(StoreError::OtherModel.into());
    }
    let mut written = 0;
    for one in moved {
        written += u64::from(put_one(store, transaction, app, &held, new.number, one).await?);
    }
    hold_with(transaction, app, &held).await?;
    Ok(written)
}

/// `false` if the subject is not as it was.
async fn put_one(
    store: &Shared,
    transaction: &Transaction<'_>,
    app: &AppId,
    held: &Held,
    model: i32,
    one: &Moved,
) -> Outcome<bool> {
    let Moved { subject_id, session_id, photo_sha256, template } = one;
    let seal = |template| held.keys.seal_template(subject_id, template, photo_sha256);
    let statement = transaction
        .prepare_cached(
            "UPDATE subjects SET next_model_key = $4, next_template = $5
             WHERE app_id = $1 AND subject_id = $2 AND session_id = $3 RETURNING subject_number",
        )
        .await?;
    let sealed = template.as_ref().map(seal).transpose()?;
    let found = transaction
        .query_opt(&statement, &[&app.as_str(), &subject_id.as_str(), &uuid(*session_id)?, &model, &sealed])
        .await?;
    let Some(row) = found else { return Ok(false) };
    if let Some(template) = template
        && let Some(rotated) = vectors::rotated(&store.vault, &held.keys, template)?
    {
        vectors::add(transaction, app, row.try_get(0)?, model, &rotated).await?;
    }
    Ok(true)
}

pub(super) async fn stuck(
    client: &Client,
    app: &AppId,
    next: i32,
    after: Option<&SubjectId>,
    limit: usize,
) -> Outcome<Vec<SubjectId>> {
    let sql = format!(
        "SELECT subject_id FROM subjects WHERE app_id = $1 AND subject_id > $2 AND {} AND NOT {}
         ORDER BY subject_id LIMIT $3",
        lacks(next),
        hope(next)
    );
    let after = after.map_or("", SubjectId::as_str);
    let rows = client.query(&sql, &[&app.as_str(), &after, &clamped(limit, MAX_SUBJECTS)]).await?;
    rows.iter().map(|row| subject_id(row.try_get(0)?)).collect()
}

/// Puts templates that count into the first place, and removes those that do not, with their vectors.
pub(super) async fn settle(transaction: &Transaction<'_>, app: &AppId) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "WITH batch AS (
                 SELECT subject_id, next_template IS NOT NULL AND next_model_key = active_model_key AS counts
                 FROM subjects JOIN apps USING (app_id)
                 WHERE app_id = $1 AND moving_to_key IS NULL AND next_model_key IS NOT NULL
                 LIMIT $2 FOR UPDATE OF subjects
             )
             UPDATE subjects SET
                 model_key = CASE WHEN counts THEN next_model_key ELSE model_key END,
                 template = CASE WHEN counts THEN next_template ELSE template END,
                 next_model_key = NULL, next_template = NULL
             FROM batch WHERE subjects.app_id = $1 AND subjects.subject_id = batch.subject_id
             RETURNING subject_number",
        )
        .await?;
    let rows = transaction.query(&statement, &[&app.as_str(), &SETTLED_AT_ONCE]).await?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let statement = transaction
        .prepare_cached(
            "DELETE FROM vectors USING subjects
             WHERE vectors.app_id = $1 AND subjects.app_id = $1 AND vectors.subject_number = ANY($2)
                   AND subjects.subject_number = vectors.subject_number AND vectors.model_key <> subjects.model_key",
        )
        .await?;
    transaction.execute(&statement, &[&app.as_str(), &numbers]).await?;
    Ok(!numbers.is_empty())
}
