//! The rows that searches read.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, Template};
use facegate_vault::{AppKeys, Vault};

use crate::error::Outcome;

/// More values than this do not fit into a row beside the rest (two bytes each, 8 KiB), nor into an index.
pub(crate) const MOST_VALUES: usize = 4000;

/// Whether the template can be searched: a unit vector that 16-bit floats hold with the precision that `nearest.rs` counts
/// on.
pub(crate) fn searchable(template: &Template) -> bool {
    let length: f64 = template.values().iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    template.values().len() <= MOST_VALUES && (length - 1.0).abs() < 1e-3
}

/// The template as it can be searched: under the app's secret rotation. `None` if it cannot be searched.
pub(crate) fn rotated(vault: &Vault, keys: &AppKeys, template: &Template) -> Outcome<Option<Vec<f32>>> {
    if !searchable(template) {
        return Ok(None);
    }
    Ok(Some(vault.rotation(keys, template.values().len())?.apply(template.values())))
}

/// Makes these templates, rotated, with the numbers of their models, the only ones by which the subject is found.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    app: &AppId,
    number: i64,
    templates: &[(i32, Vec<f32>)],
) -> Outcome<()> {
    if templates.is_empty() {
        return remove(transaction, app, number).await.map(drop);
    }
    let kept: Vec<i32> = templates.iter().map(|(model, _)| *model).collect();
    let statement = transaction
        .prepare_cached(&format!(
            "WITH gone AS (DELETE FROM vectors WHERE app_id = $1 AND subject_number = $2 AND model_key <> ALL($5)) {INSERT}"
        ))
        .await?;
    for (model, rotated) in templates {
        transaction.execute(&statement, &[&app.as_str(), &number, model, rotated, &kept]).await?;
    }
    Ok(())
}

/// Adds a rotated template of one model, or replaces it; those of other models stay.
pub(crate) async fn add(
    transaction: &Transaction<'_>,
    app: &AppId,
    number: i64,
    model: i32,
    rotated: &[f32],
) -> Outcome<()> {
    let statement = transaction.prepare_cached(INSERT).await?;
    transaction.execute(&statement, &[&app.as_str(), &number, &model, &rotated]).await?;
    Ok(())
}

const INSERT: &str = "
    INSERT INTO vectors (app_id, subject_number, model_key, embedding) VALUES ($1, $2, $3, $4::real[]::halfvec)
    ON CONFLICT (app_id, subject_number, model_key) DO UPDATE SET embedding = excluded.embedding";

/// Removes what can be found of the subject; how many rows.
pub(crate) async fn remove(transaction: &Transaction<'_>, app: &AppId, number: i64) -> Outcome<u64> {
    let statement = transaction.prepare_cached("DELETE FROM vectors WHERE app_id = $1 AND subject_number = $2").await?;
    Ok(transaction.execute(&statement, &[&app.as_str(), &number]).await?)
}
