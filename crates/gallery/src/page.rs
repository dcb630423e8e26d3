//! What is read in pages: the list of an app's subjects, and every template for an index in memory.

use facegate_domain::{AppId, ModelId, SessionId, SubjectId, Template, Timestamp};

use crate::Terms;

/// Subjects in a page at most; a larger limit counts as this, 0 counts as 1.
pub const MAX_SUBJECTS: usize = 1000;

/// Templates in a batch at most; a larger limit counts as this, 0 counts as 1. About 5 MiB at 128 values.
pub const MAX_TEMPLATES: usize = 10_000;

/// One enrolled subject in a list: no photo, no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectSummary {
    /// The caller's id.
    pub subject_id: SubjectId,
    /// First enrolment.
    pub created_at: Timestamp,
    /// Latest enrolment.
    pub updated_at: Timestamp,
    /// The request that wrote the present template and photo.
    pub session_id: SessionId,
    /// The model that made the template.
    pub model: ModelId,
    /// Faces found in the photo.
    pub nface: u32,
    /// See [`SubjectRecord::rotation`](crate::SubjectRecord::rotation).
    pub rotation: u16,
    /// Whether the photo is kept.
    pub has_photo: bool,
    /// On what terms it is kept.
    pub terms: Terms,
}

/// A batch of one app's templates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppTemplates {
    /// The app's model at the moment of this batch.
    pub model: Option<ModelId>,
    /// As [`Gallery::templates`](crate::Gallery::templates) gives them; empty at the end.
    pub templates: Vec<StoredTemplate>,
}

/// A place in the sequence of all templates; means something only to the store that gave it, as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateCursor(i64);

impl TemplateCursor {
    /// For stores: from the number by which the store orders its subjects.
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// For stores: the number.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// One subject's template, with what an index needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTemplate {
    /// Whose subject it is.
    pub app: AppId,
    /// The subject.
    pub subject_id: SubjectId,
    /// Its template, as in its record. Templates of one batch share their [`ModelId`].
    pub template: Template,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Where the next batch begins if this is the last of its batch.
    pub cursor: TemplateCursor,
}
