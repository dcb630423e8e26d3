//! How a subject is written, whether it is enrolled or comes from another store.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::Terms;

use crate::error::{Failure, Outcome};
use crate::keys::Held;
use crate::{Shared, subjects, vectors};

/// All that is kept of a subject, in clear.
pub(crate) struct SubjectRow<'a> {
    pub subject_id: &'a SubjectId,
    /// `None`: now, or as it was for a subject that is there.
    pub created_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub session_id: SessionId,
    pub template: &'a Template,
    /// The number of the template's model.
    pub model: i32,
    /// One of the app's next model, with its number, if there is one.
    pub next: Option<(&'a Template, i32)>,
    pub nface: u32,
    pub rotation: u16,
    pub photo_sha256: &'a [u8; 32],
    pub photo: Option<&'a [u8]>,
    pub terms: &'a Terms,
    /// A use; one that is known and later stays.
    pub used_at: Timestamp,
}

impl SubjectRow<'_> {
    /// Seals and writes it in the place of what there is of the subject, so that searches find it; `true` if there was
    /// nothing.
    pub(crate) async fn write(
        &self,
        store: &Shared,
        transaction: &Transaction<'_>,
        app: &AppId,
        held: &Held,
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
        let photo = self.photo.map(|photo| held.keys.seal_photo(self.subject_id, photo)).transpose()?;
        let seal = |template| held.keys.seal_template(self.subject_id, template, self.photo_sha256);
        let next = self.next.map(|(template, _)| seal(template)).transpose()?;
        let rotation = i16::try_from(self.rotation).map_err(|_| Failure::unreadable("rotation"))?;
        let row = transaction
            .query_one(
                &statement,
                &[
                    &app.as_str(),
                    &self.subject_id.as_str(),
                    &self.created_at.map(|at| at.0),
                    &self.updated_at.0,
                    &subjects::uuid(self.session_id)?,
                    &self.model,
                    &seal(self.template)?,
                    &i64::from(self.nface),
                    &rotation,
                    &photo,
                    &self.terms.consent_reference,
                    &self.terms.expires_at.map(|at| at.0),
                    &self.used_at.0,
                    &self.next.map(|(_, model)| model),
                    &next,
                ],
            )
            .await?;
        let mut found = Vec::with_capacity(2);
        for (template, model) in [Some((self.template, self.model)), self.next].into_iter().flatten() {
            found.extend(vectors::rotated(&store.vault, &held.keys, template)?.map(|rotated| (model, rotated)));
        }
        vectors::put(transaction, app, row.try_get(0)?, &found).await?;
        Ok(row.try_get(1)?)
    }
}
