//! Answers of `/v1/face/subjects`.

use facegate_domain::{ModelId, SessionId, SubjectId, Timestamp};
use facegate_service::{SubjectRecord, SubjectSummary, Terms};
use serde::Serialize;
use utoipa::ToSchema;

/// One subject, without photo and template.
#[derive(Debug, Serialize, ToSchema)]
struct SubjectBlock {
    subject_id: String,
    /// First enrolment, Unix seconds.
    created_at: f64,
    /// Latest enrolment, Unix seconds.
    updated_at: f64,
    /// The model that made the template.
    model: String,
    nface: u32,
    rotation: u16,
    /// Whether the photo is kept.
    has_image: bool,
    /// Your reference to the person's consent, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consent_reference: Option<String>,
    /// ISO 8601: from then on the subject is not found. Absent if it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<String>,
}

impl SubjectBlock {
    fn new(
        id: &SubjectId,
        times: (Timestamp, Timestamp),
        model: &ModelId,
        photo: (u32, u16, bool),
        terms: &Terms,
    ) -> Self {
        Self {
            subject_id: id.as_str().to_owned(),
            created_at: times.0.as_seconds(),
            updated_at: times.1.as_seconds(),
            model: model.as_str().to_owned(),
            nface: photo.0,
            rotation: photo.1,
            has_image: photo.2,
            consent_reference: terms.consent_reference.clone(),
            expires_at: terms.expires_at.map(Timestamp::to_text),
        }
    }
}

/// One subject.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubjectAnswer {
    message: &'static str,
    session_id: String,
    timestamp: f64,
    #[serde(flatten)]
    subject: SubjectBlock,
}

impl SubjectAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, r: &SubjectRecord) -> Self {
        let photo = (r.nface, r.rotation, r.has_photo);
        Self {
            message: "Request Success",
            session_id: session.to_string(),
            timestamp: Timestamp::now().as_seconds(),
            subject: SubjectBlock::new(
                &r.subject_id,
                (r.created_at, r.updated_at),
                r.template.model(),
                photo,
                &r.terms,
            ),
        }
    }
}

/// A page of subjects.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubjectsAnswer {
    message: &'static str,
    session_id: String,
    timestamp: f64,
    subjects: Vec<SubjectBlock>,
    /// Leads to the next page; `null` on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl SubjectsAnswer {
    /// Words an answer.
    pub fn new(session: SessionId, page: &[SubjectSummary], next_cursor: Option<String>) -> Self {
        let block = |s: &SubjectSummary| {
            let photo = (s.nface, s.rotation, s.has_photo);
            SubjectBlock::new(&s.subject_id, (s.created_at, s.updated_at), &s.model, photo, &s.terms)
        };
        Self {
            message: "Request Success",
            session_id: session.to_string(),
            timestamp: Timestamp::now().as_seconds(),
            subjects: page.iter().map(block).collect(),
            next_cursor,
        }
    }
}
