//! What goes into the store and comes out of it.

use std::fmt;

use facegate_domain::{SessionId, SubjectId, Template, Timestamp};

use crate::{Actor, AuditEntry, Remember, Remembered, Terms};

/// One enrolled subject without its photo.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectRecord {
    /// The caller's id.
    pub subject_id: SubjectId,
    /// First enrolment.
    pub created_at: Timestamp,
    /// Latest enrolment.
    pub updated_at: Timestamp,
    /// The request that wrote the present template and photo.
    pub session_id: SessionId,
    /// The face's template: of the app's model, unless the subject was left behind when that was changed.
    pub template: Template,
    /// Faces found in the photo.
    pub nface: u32,
    /// Degrees clockwise by which the upright photo was turned to find the face: 0, 90, 180 or 270.
    pub rotation: u16,
    /// SHA-256 of the photo that the template was made from, also when the photo is not kept.
    pub photo_sha256: [u8; 32],
    /// Whether the photo is kept.
    pub has_photo: bool,
    /// On what terms it is kept.
    pub terms: Terms,
}

/// What an accepted enrolment writes.
#[derive(Clone)]
pub struct Enrolment {
    /// The caller's id.
    pub subject_id: SubjectId,
    /// When the request was accepted.
    pub at: Timestamp,
    /// The request.
    pub session_id: SessionId,
    /// The face's template.
    pub template: Template,
    /// The same face's template of the model to which the app is being moved, if it was made. One of another model is not
    /// kept.
    pub next_template: Option<Template>,
    /// Faces found in the photo.
    pub nface: u32,
    /// See [`SubjectRecord::rotation`].
    pub rotation: u16,
    /// See [`SubjectRecord::photo_sha256`].
    pub photo_sha256: [u8; 32],
    /// The photo's bytes as sent; `None` when photos are not kept (a photo kept earlier is then removed).
    pub photo: Option<Vec<u8>>,
    /// On what terms it is to be kept.
    pub terms: Terms,
}

impl fmt::Debug for Enrolment {
    /// Without the photo and the subject: they belong in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let photo = self.photo.as_ref().map(Vec::len);
        write!(f, "Enrolment({}, {:?}, photo of {photo:?} bytes)", self.session_id, self.template)
    }
}

/// Quota units that a request takes when it is answered with 200. All zero for an app without quotas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// Units of the enroll quota.
    pub enroll: u64,
    /// Units of the liveness quota.
    pub liveness: u64,
}

/// One transaction of a request: its units, unless a gate refused it its enrolment, and what repetitions will get.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Units to take.
    pub charge: Charge,
    /// What to write.
    pub enrolment: Option<Enrolment>,
    /// The answer to keep, if the request has an idempotency key. If there is one already under this key, the commit
    /// does nothing and gives that one back.
    pub remember: Option<Remember>,
    /// Who asked for it, for the audit log.
    pub by: Actor,
}

/// What a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Units only.
    Charged,
    /// A new subject.
    Created,
    /// A subject that existed was replaced.
    Updated,
    /// Nothing: the request is a repetition, and this is the first answer. Compare the fingerprint before using it.
    Replayed(Remembered),
}

/// New limits. The outer `None` leaves a limit as it is; `Some(None)` makes it unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaChange {
    /// Limit of the enroll quota.
    pub enroll: Option<Option<u64>>,
    /// Limit of the liveness quota.
    pub liveness: Option<Option<u64>>,
}

impl QuotaChange {
    /// The entry with the new limits as its facts.
    pub fn describe(&self, mut entry: AuditEntry) -> AuditEntry {
        for (name, limit) in [("enroll_limit", self.enroll), ("liveness_limit", self.liveness)] {
            if let Some(limit) = limit {
                entry = entry.with(name, limit.map_or("unlimited".to_owned(), |limit| limit.to_string()));
            }
        }
        entry
    }
}
