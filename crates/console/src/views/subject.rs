//! A subject's record, without photo and template.

use facegate_domain::{ModelId, SubjectId, Timestamp};
use facegate_service::{SubjectRecord, SubjectSummary, Terms};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct SubjectView {
    subject_id: String,
    created_at: String,
    updated_at: String,
    session_id: String,
    model: String,
    nface: u32,
    rotation: u16,
    has_photo: bool,
    consent_reference: Option<String>,
    expires_at: Option<String>,
}

impl SubjectView {
    pub fn of_record(record: &SubjectRecord) -> Self {
        let times = (record.created_at, record.updated_at);
        Self {
            session_id: record.session_id.to_string(),
            nface: record.nface,
            rotation: record.rotation,
            has_photo: record.has_photo,
            ..Self::new(&record.subject_id, times, record.template.model(), &record.terms)
        }
    }

    pub fn of_summary(summary: &SubjectSummary) -> Self {
        let times = (summary.created_at, summary.updated_at);
        Self {
            session_id: summary.session_id.to_string(),
            nface: summary.nface,
            rotation: summary.rotation,
            has_photo: summary.has_photo,
            ..Self::new(&summary.subject_id, times, &summary.model, &summary.terms)
        }
    }

    fn new(id: &SubjectId, (created, updated): (Timestamp, Timestamp), model: &ModelId, terms: &Terms) -> Self {
        Self {
            subject_id: id.as_str().to_owned(),
            created_at: created.to_text(),
            updated_at: updated.to_text(),
            session_id: String::new(),
            model: model.as_str().to_owned(),
            nface: 0,
            rotation: 0,
            has_photo: false,
            consent_reference: terms.consent_reference.clone(),
            expires_at: terms.expires_at.map(Timestamp::to_text),
        }
    }
}
