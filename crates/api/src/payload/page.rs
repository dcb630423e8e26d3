//! The query of `GET /v1/face/subjects`.

use facegate_domain::SubjectId;
use url::form_urlencoded;

use crate::{ApiError, ErrorCode};

/// Subjects in a page if nothing else is asked for.
pub(crate) const DEFAULT_LIMIT: usize = 100;
/// Most subjects in a page.
pub(crate) const MAX_LIMIT: usize = 500;

/// Which page is wanted.
#[derive(Debug)]
pub(crate) struct Page {
    /// Subjects in it, 1..=500.
    pub limit: usize,
    /// It begins after this subject.
    pub after: Option<SubjectId>,
}

impl Page {
    /// Reads `limit` and `cursor`; what is empty is absent.
    pub fn parse(query: &str) -> Result<Self, ApiError> {
        let mut page = Self { limit: DEFAULT_LIMIT, after: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match &*name {
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                    page.limit = limit.ok_or(ErrorCode::Limit)?;
                }
                "cursor" => page.after = Some(read_cursor(&value).ok_or(ErrorCode::Cursor)?),
                _ => {}
            }
        }
        Ok(page)
    }
}

/// The cursor that leads to the page after this subject. Opaque to clients; it holds the id only, so it stays right
/// while subjects come and go, and works in no way across apps.
pub(crate) fn cursor(last: &SubjectId) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(last.as_str())
}

fn read_cursor(text: &str) -> Option<SubjectId> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
    SubjectId::parse(&String::from_utf8(bytes).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_lead_back_to_their_subject() {
        for id in ["a", "é ñ", "x/y?z&=", "王小明"] {
            let id = SubjectId::parse(id).unwrap();
            let page = Page::parse(&format!("limit=7&cursor={}", cursor(&id))).unwrap();
            assert_eq!((page.limit, page.after), (7, Some(id)));
        }
        assert_eq!(Page::parse("cursor=%%%").unwrap_err().code, ErrorCode::Cursor);
        assert_eq!(Page::parse("cursor=AA").unwrap_err().code, ErrorCode::Cursor);
        for bad in ["0", "501", "-1", "x", "1.5"] {
            assert_eq!(Page::parse(&format!("limit={bad}")).unwrap_err().code, ErrorCode::Limit, "{bad}");
        }
        let plain = Page::parse("cursor=&limit=").unwrap();
        assert_eq!((plain.limit, plain.after), (100, None));
    }
}
