//! How a subject is written, whether it is enrolled or comes from another store.

use facegate_domain::{SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::Terms;
use facegate_vault::AppKeys;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Outcome;

/// All that is kept of a subject, in clear.
pub(crate) struct SubjectRow<'a> {
    pub subject_id: &'a SubjectId,
    /// `None`: now, or as it was for a subject that is there.
    pub created_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub session_id: SessionId,
    pub template: &'a Template,
    /// Of the app's next model, if there is one.
    pub next_template: Option<&'a Template>,
    pub nface: u32,
    pub rotation: u16,
    pub photo_sha256: &'a [u8; 32],
    pub photo: Option<&'a [u8]>,
    pub terms: &'a Terms,
    /// A use; one that is known and later stays.
    pub used_at: Timestamp,
}

impl SubjectRow<'_> {
    /// Seals and writes it in the place of what there is of the subject; `true` if there was nothing.
    pub(crate) fn write(&self, connection: &Connection, (app_key, keys): (i64, &AppKeys)) -> Outcome<bool> {
        let known: Option<i64> = connection
            .prepare_cached("SELECT subject_key FROM subjects WHERE app_key = ?1 AND subject_id = ?2")?
            .query_row(params![app_key, self.subject_id.as_str()], |row| row.get(0))
            .optional()?;
        let seal = |template| keys.seal_template(self.subject_id, template, self.photo_sha256);
        let next = self.next_template.map(seal).transpose()?;
        let subject_key: i64 = connection
            .prepare_cached(
                "INSERT INTO subjects (app_key, subject_id, created_at, updated_at, session_id, model, template,
                                       nface, rotation, consent_reference, expires_at, last_used_at, next_model,
                                       next_template)
                 VALUES (?1, ?2, coalesce(?3, ?4), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (app_key, subject_id) DO UPDATE SET created_at = coalesce(?3, created_at),
                     updated_at = excluded.updated_at, session_id = excluded.session_id, model = excluded.model,
                     template = excluded.template, nface = excluded.nface, rotation = excluded.rotation,
                     consent_reference = excluded.consent_reference, expires_at = excluded.expires_at,
                     last_used_at = max(last_used_at, excluded.last_used_at),
                     next_model = excluded.next_model, next_template = excluded.next_template
                 RETURNING subject_key",
            )?
            .query_row(
                params![
                    app_key,
                    self.subject_id.as_str(),
                    self.created_at.map(|at| at.0),
                    self.updated_at.0,
                    self.session_id.to_string(),
                    self.template.model().as_str(),
                    seal(self.template)?,
                    self.nface,
                    self.rotation,
                    self.terms.consent_reference,
                    self.terms.expires_at.map(|at| at.0),
                    self.used_at.0,
                    self.next_template.map(|next| next.model().as_str()),
                    next,
                ],
                |row| row.get(0),
            )?;
        self.write_photo(connection, subject_key, keys)?;
        Ok(known.is_none())
    }

    fn write_photo(&self, connection: &Connection, subject_key: i64, keys: &AppKeys) -> Outcome<()> {
        match self.photo {
            Some(photo) => connection
                .prepare_cached(
                    "INSERT INTO photos (subject_key, photo) VALUES (?1, ?2)
                     ON CONFLICT (subject_key) DO UPDATE SET photo = excluded.photo",
                )?
                .execute(params![subject_key, keys.seal_photo(self.subject_id, photo)?])?,
            None => connection.prepare_cached("DELETE FROM photos WHERE subject_key = ?1")?.execute([subject_key])?,
        };
        Ok(())
    }
}
