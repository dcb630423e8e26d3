//! How a subject is written, whether it is enrolled or comes from another store.

use facegate_gallery::SubjectRow;
use facegate_vault::AppKeys;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Outcome;

/// Seals and writes it in the place of what there is of the subject; `true` if there was nothing.
pub(crate) fn write(new: &SubjectRow<'_>, connection: &Connection, (app_key, keys): (i64, &AppKeys)) -> Outcome<bool> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT subject_key FROM subjects WHERE app_key = ?1 AND subject_id = ?2")?
        .query_row(params![app_key, new.subject_id.as_str()], |row| row.get(0))
        .optional()?;
    let seal = |template| keys.seal_template(new.subject_id, template, new.photo_sha256);
    let next = new.next_template.map(seal).transpose()?;
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
                new.subject_id.as_str(),
                new.created_at.map(|at| at.0),
                new.updated_at.0,
                new.session_id.to_string(),
                new.template.model().as_str(),
                seal(new.template)?,
                new.nface,
                new.rotation,
                new.terms.consent_reference,
                new.terms.expires_at.map(|at| at.0),
                new.used_at.0,
                new.next_template.map(|next| next.model().as_str()),
                next,
            ],
            |row| row.get(0),
        )?;
    write_photo(new, connection, subject_key, keys)?;
    Ok(known.is_none())
}

fn write_photo(new: &SubjectRow<'_>, connection: &Connection, subject_key: i64, keys: &AppKeys) -> Outcome<()> {
    match new.photo {
        Some(photo) => connection
            .prepare_cached(
                "INSERT INTO photos (subject_key, photo) VALUES (?1, ?2)
                 ON CONFLICT (subject_key) DO UPDATE SET photo = excluded.photo",
            )?
            .execute(params![subject_key, keys.seal_photo(new.subject_id, photo)?])?,
        None => connection.prepare_cached("DELETE FROM photos WHERE subject_key = ?1")?.execute([subject_key])?,
    };
    Ok(())
}
