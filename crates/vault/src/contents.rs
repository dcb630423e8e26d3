//! What is in sealed values, the same in every store.

use facegate_domain::{ModelId, SubjectId, Template};

use crate::{AppKeys, Place, VaultError};

/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;

impl AppKeys {
    /// A subject's template together with the hash of its photo, by which somebody who has a photo could look for it.
    pub fn seal_template(
        &self,
        subject: &SubjectId,
        template: &Template,
        photo_sha256: &[u8; HASH_BYTES],
    ) -> Result<Vec<u8>, VaultError> {
        let place = Place::Template { subject: subject.as_str(), model: template.model().as_str() };
        self.seal(place, &[photo_sha256.as_slice(), &template.to_bytes()].concat())
    }

    /// The inverse of [`AppKeys::seal_template`].
    pub fn open_template(
        &self,
        subject: &SubjectId,
        model: ModelId,
        sealed: &[u8],
    ) -> Result<(Template, [u8; HASH_BYTES]), VaultError> {
        let place = Place::Template { subject: subject.as_str(), model: model.as_str() };
        let damaged = VaultError::Damaged(place.kind());
        let opened = self.open(place, sealed)?;
        let Some((hash, template)) = opened.split_first_chunk() else { return Err(damaged) };
        Ok((Template::from_bytes(model, template).map_err(|_| damaged)?, *hash))
    }

    /// A subject's photo.
    pub fn seal_photo(&self, subject: &SubjectId, photo: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.seal(Place::Photo { subject: subject.as_str() }, photo)
    }

    /// The inverse of [`AppKeys::seal_photo`].
    pub fn open_photo(&self, subject: &SubjectId, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(std::mem::take(&mut *self.open(Place::Photo { subject: subject.as_str() }, sealed)?))
    }

    /// How many bytes a sealed photo has in clear.
    pub fn photo_bytes(sealed: usize) -> usize {
        sealed.saturating_sub(crate::sealed::OVERHEAD)
    }

    /// An answer kept under an idempotency key, with the hash of the request, which holds the photo.
    pub fn seal_answer(
        &self,
        key: &str,
        subject: Option<&SubjectId>,
        fingerprint: &[u8; HASH_BYTES],
        answer: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.seal(Place::Answer { key, subject: subject.map(SubjectId::as_str) }, &[fingerprint, answer].concat())
    }

    /// The inverse of [`AppKeys::seal_answer`]: fingerprint and answer.
    pub fn open_answer(
        &self,
        key: &str,
        subject: Option<&str>,
        sealed: &[u8],
    ) -> Result<([u8; HASH_BYTES], Vec<u8>), VaultError> {
        let place = Place::Answer { key, subject };
        let opened = self.open(place, sealed)?;
        let (hash, answer) = opened.split_first_chunk().ok_or(VaultError::Damaged(place.kind()))?;
        Ok((*hash, answer.to_vec()))
    }
}
