//! How a subject is written, whether it is enrolled or comes from another store.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::AppId;
use facegate_gallery::SubjectRow;

use crate::error::{Failure, Outcome};
use crate::keys::Held;
use crate::{Shared, subjects, vectors};

/// Seals and writes it in the place of what there is of the subject, so that searches find it; `true` if there was
/// nothing. The numbers are those of its templates' models.
pub(crate) async fn write(
    new: &SubjectRow<'_>,
    (model, next_model): (i32, Option<i32>),
    store: &Shared,
    transaction: &Transaction<'_>,
    (app, held): (&AppId, &Held),
) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO subjects (app_id, subject_id, subject_number, created_at, updated_at, session_id, model_key,
                                   template, nface, rotation, photo, consent_reference, expires_at, last_used_at,
                                   next_model_key, next_template)
             VALUES ($1, $2, nextval('subject_numbers'), coalesce($3::bigint, $4::bigint), $4, $5, $6, $7, $8, $9, $10,
                     $11, $12, $13, $14, $15)
             ON CONFLICT (app_id, subject_id) DO UPDATE SET created_at = coalesce($3::bigint, subjects.created_at),
                 updated_at = excluded.updated_at, session_id = excluded.session_id,
                 model_key = excluded.model_key, template = excluded.template, nface = excluded.nface,
                 rotation = excluded.rotation, photo = excluded.photo,
                 consent_reference = excluded.consent_reference, expires_at = excluded.expires_at,
                 last_used_at = greatest(subjects.last_used_at, excluded.last_used_at),
                 next_model_key = excluded.next_model_key, next_template = excluded.next_template
             RETURNING subject_number, subject_number = currval('subject_numbers')",
        )
        .await?;
    let photo = new.photo.map(|photo| held.keys.seal_photo(new.subject_id, photo)).transpose()?;
    let seal = |template| held.keys.seal_template(new.subject_id, template, new.photo_sha256);
    let next = new.next_template.map(seal).transpose()?;
    let rotation = i16::try_from(new.rotation).map_err(|_| Failure::unreadable("rotation"))?;
    let row = transaction
        .query_one(
            &statement,
            &[
                &app.as_str(),
                &new.subject_id.as_str(),
                &new.created_at.map(|at| at.0),
                &new.updated_at.0,
                &subjects::uuid(new.session_id)?,
                &model,
                &seal(new.template)?,
                &i64::from(new.nface),
                &rotation,
                &photo,
                &new.terms.consent_reference,
                &new.terms.expires_at.map(|at| at.0),
                &new.used_at.0,
                &next_model,
                &next,
            ],
        )
        .await?;
    let mut found = Vec::with_capacity(2);
    for (template, model) in [Some((new.template, model)), new.next_template.zip(next_model)].into_iter().flatten() {
        found.extend(vectors::rotated(&store.vault, &held.keys, template)?.map(|rotated| (model, rotated)));
    }
    vectors::put(transaction, app, row.try_get(0)?, &found).await?;
    Ok(row.try_get(1)?)
}
