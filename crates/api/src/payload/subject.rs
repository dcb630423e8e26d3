//! The `subject_id` field, and the payload that is nothing else.

use facegate_domain::{InvalidSubjectId, SubjectId};
use url::form_urlencoded;
use utoipa::ToSchema;

use super::Payload;
use crate::{ApiError, ErrorCode};

const DELETE_FIELDS: &[&str] = &["subject_id"];

/// Parses a subject id that is there.
pub(crate) fn subject_id(text: &str) -> Result<SubjectId, ApiError> {
    SubjectId::parse(text).map_err(|invalid| match invalid {
        InvalidSubjectId::Empty => ErrorCode::SubjectIdMissing.into(),
        other => ApiError { message: Some(other.to_string()), ..ErrorCode::SubjectId.into() },
    })
}

/// The subject that `DELETE` names: in the body or, if the body names none, as `?subject_id=`.
pub(crate) fn delete_subject(body: &[u8], query: &str) -> Result<SubjectId, ApiError> {
    let payload = if body.trim_ascii().is_empty() { Payload::empty() } else { Payload::parse(body, DELETE_FIELDS)? };
    let in_body = payload.text("subject_id")?;
    let in_query = || form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "subject_id");
    match in_body.or_else(|| in_query().map(|(_, value)| value)) {
        Some(text) => subject_id(&text),
        None if payload.is_null("subject_id") => Err(ErrorCode::SubjectIdMissing.into()),
        None => Err(ErrorCode::MissingSubjectId.into()),
    }
}

/// Whom to delete; the query can say it too.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the parser above reads")]
pub(crate) struct DeleteBody {
    /// The subject.
    #[schema(min_length = 1, max_length = 255)]
    subject_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_or_query_names_the_subject() {
        for (body, query, expected) in [
            (r#"{"subject_id":"a"}"#, "", Ok("a")),
            (r#"{"subject_id":" a "}"#, "subject_id=b", Ok("a")),
            ("", "subject_id=a%20b", Ok("a b")),
            ("{}", "x=1&subject_id=%C3%A9", Ok("é")),
            (r#"{"subject_id":null}"#, "subject_id=b", Ok("b")),
            ("", "", Err(ErrorCode::MissingSubjectId)),
            ("{}", "subject=1", Err(ErrorCode::MissingSubjectId)),
            (r#"{"subject_id":null}"#, "", Err(ErrorCode::SubjectIdMissing)),
            (r#"{"subject_id":" "}"#, "subject_id=b", Err(ErrorCode::SubjectIdMissing)),
            ("{}", "subject_id=", Err(ErrorCode::SubjectIdMissing)),
            ("{}", "subject_id=%00", Err(ErrorCode::SubjectId)),
            (r#"{"subject_id":7}"#, "", Err(ErrorCode::InvalidPayload)),
            ("{", "subject_id=a", Err(ErrorCode::InvalidPayload)),
            ("[]", "subject_id=a", Err(ErrorCode::InvalidPayload)),
        ] {
            let found = delete_subject(body.as_bytes(), query);
            let found = found.as_ref().map(SubjectId::as_str).map_err(|error| error.code);
            assert_eq!(found, expected, "{body} ?{query}");
        }
    }

    #[test]
    fn the_documentation_knows_these_fields() {
        crate::openapi::assert_fields::<DeleteBody>(DELETE_FIELDS);
    }
}
