//! Which subjects are meant.

use facegate_api::ApiError;
use facegate_domain::SubjectId;
use serde::Deserialize;

use crate::fault::Answer;

/// Those whose ids begin with `prefix`, after one of them.
#[derive(Deserialize)]
pub(crate) struct Find {
    #[serde(default)]
    prefix: String,
    after: Option<String>,
}

impl Find {
    /// The prefix, `None` for all, and after whom.
    pub fn read(&self) -> Answer<(Option<SubjectId>, Option<SubjectId>)> {
        let prefix = self.prefix.trim();
        let prefix = if prefix.is_empty() { None } else { Some(subject(prefix)?) };
        Ok((prefix, self.after.as_deref().map(subject).transpose()?))
    }
}

/// One of them.
#[derive(Deserialize)]
pub(crate) struct Named {
    subject_id: String,
}

impl Named {
    /// Who.
    pub fn subject(&self) -> Answer<SubjectId> {
        subject(&self.subject_id)
    }
}

fn subject(text: &str) -> Answer<SubjectId> {
    SubjectId::parse(text).map_err(|error| ApiError::payload(error.to_string()))
}
