//! What a store writes of a subject, whether it is enrolled or comes from another store.

use facegate_domain::{SessionId, SubjectId, Template, Timestamp};

use crate::{Enrolment, SubjectRecord, Terms, WholeSubject};

/// All that is kept of a subject, in clear. For the stores.
pub struct SubjectRow<'a> {
    /// The caller's id.
    pub subject_id: &'a SubjectId,
    /// `None`: when it was updated, or as it was for a subject that is there.
    pub created_at: Option<Timestamp>,
    /// See [`SubjectRecord::updated_at`].
    pub updated_at: Timestamp,
    /// See [`SubjectRecord::session_id`].
    pub session_id: SessionId,
    /// The face's template.
    pub template: &'a Template,
    /// Of the app's next model, if there is one.
    pub next_template: Option<&'a Template>,
    /// Faces found in the photo.
    pub nface: u32,
    /// See [`SubjectRecord::rotation`].
    pub rotation: u16,
    /// See [`SubjectRecord::photo_sha256`].
    pub photo_sha256: &'a [u8; 32],
    /// The photo's bytes, if they are kept.
    pub photo: Option<&'a [u8]>,
    /// On what terms it is kept.
    pub terms: &'a Terms,
    /// A use; one that is known and later stays.
    pub used_at: Timestamp,
}

impl<'a> SubjectRow<'a> {
    /// An enrolment, with the next template only if that is of the app's next model.
    pub fn enrolled(new: &'a Enrolment, next_template: Option<&'a Template>, now: Timestamp) -> Self {
        Self {
            subject_id: &new.subject_id,
            created_at: None,
            updated_at: new.at,
            session_id: new.session_id,
            template: &new.template,
            next_template,
            nface: new.nface,
            rotation: new.rotation,
            photo_sha256: &new.photo_sha256,
            photo: new.photo.as_deref(),
            terms: &new.terms,
            used_at: now,
        }
    }

    /// A subject of another store. To be imported counts as a use: what the other store knew of uses is not told.
    pub fn imported(subject: &'a WholeSubject, now: Timestamp) -> Self {
        let SubjectRecord { subject_id, template, photo_sha256, terms, .. } = &subject.record;
        Self {
            subject_id,
            created_at: Some(subject.record.created_at),
            updated_at: subject.record.updated_at,
            session_id: subject.record.session_id,
            template,
            next_template: None,
            nface: subject.record.nface,
            rotation: subject.record.rotation,
            photo_sha256,
            photo: subject.photo.as_deref(),
            terms,
            used_at: now,
        }
    }
}
