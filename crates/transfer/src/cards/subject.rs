//! A subject as bytes: JSON, with template and photo behind it.

use std::io::{Read, Write};

use facegate_domain::{ModelId, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{SubjectRecord, Terms, WholeSubject};
use facegate_vault::ArchiveKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{get, is_moment, is_text, part, put, read_part};
use crate::TransferError;
use crate::container::{ChunkReader, ChunkWriter};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectCard {
    subject_id: String,
    created_at: i64,
    updated_at: i64,
    session_id: String,
    model: String,
    nface: u32,
    rotation: u16,
    photo_sha256: String,
    has_photo: bool,
    consent_reference: Option<String>,
    expires_at: Option<i64>,
}

pub(crate) fn put_subject<W: Write>(
    out: &mut ChunkWriter<W>,
    key: &ArchiveKey,
    subject: &WholeSubject,
) -> Result<(), TransferError> {
    let record = &subject.record;
    let card = SubjectCard {
        subject_id: record.subject_id.as_str().to_owned(),
        created_at: record.created_at.0,
        updated_at: record.updated_at.0,
        session_id: record.session_id.to_string(),
        model: record.template.model().as_str().to_owned(),
        nface: record.nface,
        rotation: record.rotation,
        photo_sha256: hex::encode(record.photo_sha256),
        has_photo: subject.photo.is_some(),
        consent_reference: record.terms.consent_reference.clone(),
        expires_at: record.terms.expires_at.map(|at| at.0),
    };
    put(out, key, &card)?;
    part(out, key, &Zeroizing::new(record.template.to_bytes()))?;
    subject.photo.as_ref().map_or(Ok(()), |photo| part(out, key, photo))
}

pub(crate) fn get_subject<R: Read>(
    input: &mut ChunkReader<R>,
    key: &ArchiveKey,
) -> Result<WholeSubject, TransferError> {
    let damaged = || TransferError::Damaged("a subject cannot be read");
    let card: SubjectCard = get(input, key)?;
    let template = read_part(input, key)?;
    let photo = match card.has_photo {
        true => Some(std::mem::take(&mut *read_part(input, key)?)),
        false => None,
    };
    let mut photo_sha256 = [0; 32];
    let moments = [Some(card.created_at), Some(card.updated_at), card.expires_at];
    let texts = [Some(&card.model), card.consent_reference.as_ref()];
    let sound = moments.into_iter().flatten().all(is_moment)
        && texts.into_iter().flatten().all(|text| is_text(text))
        && i32::try_from(card.nface).is_ok()
        && card.rotation < 360;
    if !sound {
        return Err(damaged());
    }
    hex::decode_to_slice(&card.photo_sha256, &mut photo_sha256).map_err(|_| damaged())?;
    let record = SubjectRecord {
        subject_id: SubjectId::parse(&card.subject_id).map_err(|_| damaged())?,
        created_at: Timestamp(card.created_at),
        updated_at: Timestamp(card.updated_at),
        session_id: SessionId::parse(&card.session_id).ok_or_else(damaged)?,
        template: Template::from_bytes(ModelId::from_stored(&card.model), &template).map_err(|_| damaged())?,
        nface: card.nface,
        rotation: card.rotation,
        photo_sha256,
        has_photo: photo.is_some(),
        terms: Terms { consent_reference: card.consent_reference, expires_at: card.expires_at.map(Timestamp) },
    };
    Ok(WholeSubject { record, photo })
}
