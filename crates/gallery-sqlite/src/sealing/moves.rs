//! Moving rows in clear into the tables of sealed ones.

use facegate_domain::{ModelId, SubjectId, Template};
use facegate_vault::{AppKeys, Vault};
use rusqlite::{Connection, Row, params};

use super::owner;
use crate::error::{Failure, Outcome};

/// Subjects in one transaction; with photos of 100 KiB some 6 MiB.
const SUBJECTS_AT_ONCE: i64 = 64;
const ANSWERS_AT_ONCE: i64 = 1024;

struct Subject {
    number: i64,
    app_key: i64,
    id: String,
    model: String,
    template: Vec<u8>,
    photo_sha256: [u8; 32],
    photo: Option<Vec<u8>>,
}

fn subject(row: &Row<'_>) -> rusqlite::Result<Subject> {
    Ok(Subject {
        number: row.get(0)?,
        app_key: row.get(1)?,
        id: row.get(2)?,
        model: row.get(3)?,
        template: row.get(4)?,
        photo_sha256: row.get(5)?,
        photo: row.get(6)?,
    })
}

/// Moves some; how many.
pub(super) fn subjects(connection: &Connection, vault: &Vault) -> Outcome<u64> {
    let some: Vec<Subject> = connection
        .prepare_cached(
            "SELECT subject_key, app_key, subject_id, model, template, photo_sha256, photo
             FROM clear_subjects LEFT JOIN clear_photos USING (subject_key) ORDER BY subject_key LIMIT ?1",
        )?
        .query_map([SUBJECTS_AT_ONCE], subject)?
        .collect::<Result<_, _>>()?;
    for one in &some {
        if let Some(keys) = owner(connection, vault, one.app_key)? {
            move_subject(connection, &keys, one)?;
        }
        // With its photo.
        connection.prepare_cached("DELETE FROM clear_subjects WHERE subject_key = ?1")?.execute([one.number])?;
    }
    Ok(some.len() as u64)
}

fn move_subject(connection: &Connection, keys: &AppKeys, one: &Subject) -> Outcome<()> {
    let id = SubjectId::parse(&one.id).map_err(|_| Failure::unreadable("subject id"))?;
    let template = Template::from_bytes(ModelId::from_stored(&one.model), &one.template)
        .map_err(|_| Failure::unreadable("template"))?;
    let sealed = keys.seal_template(&id, &template, &one.photo_sha256)?;
    connection
        .prepare_cached(
            "INSERT INTO subjects (subject_key, app_key, subject_id, created_at, updated_at, session_id, model, template, nface,
                                   rotation, last_used_at)
             SELECT subject_key, app_key, subject_id, created_at, updated_at, session_id, model, ?2, nface, rotation,
                    updated_at FROM clear_subjects WHERE subject_key = ?1",
        )?
        .execute(params![one.number, sealed])?;
    if let Some(photo) = &one.photo {
        connection
            .prepare_cached("INSERT INTO photos (subject_key, photo) VALUES (?1, ?2)")?
            .execute(params![one.number, keys.seal_photo(&id, photo)?])?;
    }
    Ok(())
}

struct Answer {
    number: i64,
    app_key: i64,
    key: String,
    subject: Option<String>,
    fingerprint: [u8; 32],
    answer: Vec<u8>,
}

fn answer(row: &Row<'_>) -> rusqlite::Result<Answer> {
    Ok(Answer {
        number: row.get(0)?,
        app_key: row.get(1)?,
        key: row.get(2)?,
        subject: row.get(3)?,
        fingerprint: row.get(4)?,
        answer: row.get(5)?,
    })
}

/// Moves some; how many.
pub(super) fn answers(connection: &Connection, vault: &Vault) -> Outcome<u64> {
    let some: Vec<Answer> = connection
        .prepare_cached(
            "SELECT answer_key, app_key, idempotency_key, subject_id, fingerprint, answer
             FROM clear_answers ORDER BY answer_key LIMIT ?1",
        )?
        .query_map([ANSWERS_AT_ONCE], answer)?
        .collect::<Result<_, _>>()?;
    for one in &some {
        if let Some(keys) = owner(connection, vault, one.app_key)? {
            move_answer(connection, &keys, one)?;
        }
        connection.prepare_cached("DELETE FROM clear_answers WHERE answer_key = ?1")?.execute([one.number])?;
    }
    Ok(some.len() as u64)
}

fn move_answer(connection: &Connection, keys: &AppKeys, one: &Answer) -> Outcome<()> {
    let subject = one.subject.as_deref().map(SubjectId::parse).transpose();
    let subject = subject.map_err(|_| Failure::unreadable("subject id"))?;
    let sealed = keys.seal_answer(&one.key, subject.as_ref(), &one.fingerprint, &one.answer)?;
    connection
        .prepare_cached(
            "INSERT INTO answers SELECT answer_key, app_key, idempotency_key, ?2, subject_id, answered_at, expires_at
                 FROM clear_answers WHERE answer_key = ?1",
        )?
        .execute(params![one.number, sealed])?;
    Ok(())
}
