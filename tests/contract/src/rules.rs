//! The payload codes of every endpoint, each as a table of rules in the contract's order.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Body, is_image};

/// Where a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /v1/face/enroll`.
    Enroll,
    /// `DELETE /v1/face/enroll`.
    Delete,
    /// `POST /v1/face/verify`.
    Verify,
    /// `POST /v1/face/compare`.
    Compare,
    /// `POST /v1/face/search`.
    Search,
    /// `POST /v1/face/liveness`.
    Liveness,
    /// `POST /v1/face/detect`.
    Detect,
}

/// A code, and whether a body gets it if none before it applied.
type Rule = (&'static str, fn(&Body) -> bool);

impl Endpoint {
    /// Every endpoint that reads a body.
    pub const ALL: [Self; 7] =
        [Self::Enroll, Self::Delete, Self::Verify, Self::Compare, Self::Search, Self::Liveness, Self::Detect];

    /// The default of `is_liveness`.
    pub fn liveness(self) -> bool {
        self != Self::Enroll
    }

    /// The fields that hold texts.
    pub fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Enroll => &["image", "subject_id", "consent_reference", "expires_at"],
            Self::Verify => &["image", "subject_id"],
            Self::Compare => &["image_1", "image_2"],
            Self::Search | Self::Liveness | Self::Detect => &["image"],
            Self::Delete => &["subject_id"],
        }
    }

    /// The fields that hold flags.
    pub fn flags(self) -> Vec<&'static str> {
        let mut flags = match self {
            Self::Delete => return Vec::new(),
            Self::Enroll => vec!["check_duplicate"],
            Self::Verify | Self::Compare => vec!["return_thresholds"],
            Self::Search => vec!["return_thresholds", "return_image"],
            Self::Liveness | Self::Detect => Vec::new(),
        };
        flags.extend(["is_quality", "is_attribute", "is_liveness"]);
        flags.extend(["validate_quality", "validate_attribute", "validate_liveness", "validate_nface"]);
        flags
    }

    /// The fields that hold numbers.
    pub fn numbers(self) -> &'static [&'static str] {
        match self {
            Self::Verify | Self::Compare => &["threshold"],
            Self::Search => &["threshold", "limit"],
            _ => &[],
        }
    }

    fn rules(self) -> Vec<Rule> {
        let one: [Rule; 2] = [
            ("MISSING_PAYLOAD_IMAGE", |b| b.get("image").is_none()),
            ("INVALID_PAYLOAD_IMAGE_MISSING", |b| !image(b, "image")),
        ];
        let mut rules = Vec::new();
        match self {
            Self::Delete => return vec![NAMED_NULL, NAMED_NOT, ID_EMPTY, ID_BAD],
            Self::Compare => rules.extend([
                ("MISSING_PAYLOAD_IMAGE_1", (|b| b.get("image_1").is_none()) as fn(&Body) -> bool),
                ("MISSING_PAYLOAD_IMAGE_2", |b| b.get("image_2").is_none()),
                ("INVALID_PAYLOAD_IMAGE_1_MISSING", |b| !image(b, "image_1")),
                ("INVALID_PAYLOAD_IMAGE_2_MISSING", |b| !image(b, "image_2")),
            ]),
            _ => rules.extend(one),
        }
        match self {
            Self::Enroll => rules.extend([ID_EMPTY, ID_BAD]),
            Self::Verify => rules.extend([NAMED_NULL, NAMED_NOT, ID_EMPTY, ID_BAD]),
            _ => {}
        }
        rules.push(("INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY", |b| b.flags(true).quality == (false, true)));
        rules.push(("INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY", |b| b.flags(true).attribute == (false, true)));
        const LIVENESS: &str = "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY";
        match self {
            // Liveness is what this one is for: nothing turns it off.
            Self::Liveness => {}
            Self::Enroll => rules.push((LIVENESS, |b| b.flags(false).liveness == (false, true))),
            _ => rules.push((LIVENESS, |b| b.flags(true).liveness == (false, true))),
        }
        if self == Self::Search {
            rules.push(("INVALID_PAYLOAD_LIMIT", |b| !is_limit(b.number("limit").unwrap_or(1.0))));
        }
        if self.numbers().contains(&"threshold") {
            let range = |b: &Body| !(0.0..=100.0).contains(&b.number("threshold").unwrap_or(82.0));
            rules.push(("INVALID_PAYLOAD_THRESHOLD", range));
        }
        if self == Self::Enroll {
            rules.push(("INVALID_PAYLOAD", |b| !b.text("consent_reference").is_none_or(is_reference)));
            rules.push(("INVALID_PAYLOAD", |b| !b.text("expires_at").is_none_or(is_future)));
        }
        rules
    }
}

const NAMED_NULL: Rule = ("INVALID_PAYLOAD_SUBJECT_ID_MISSING", |b| named(b).is_none() && b.is_null("subject_id"));
const NAMED_NOT: Rule = ("MISSING_PAYLOAD_SUBJECT_ID", |b| named(b).is_none());
const ID_EMPTY: Rule = ("INVALID_PAYLOAD_SUBJECT_ID_MISSING", |b| named(b) == Some(""));
const ID_BAD: Rule =
    ("INVALID_PAYLOAD_SUBJECT_ID", |b| named(b).is_some_and(|id| id.len() > 255 || id.chars().any(char::is_control)));

/// The code of a body, `None` if the payload is right. `query` is the query's `subject_id`, which deletions may use.
pub fn code(endpoint: Endpoint, body: &[u8], sandbox: bool, query: Option<&str>) -> Option<&'static str> {
    // A deletion may have no body.
    let body = if endpoint == Endpoint::Delete && body.trim_ascii().is_empty() { b"{}" } else { body };
    let Some(body) = Body::parse(body, sandbox, query) else { return Some("INVALID_PAYLOAD") };
    if mistyped(endpoint, &body) || (endpoint != Endpoint::Delete && says_nothing(endpoint, &body)) {
        return Some("INVALID_PAYLOAD");
    }
    endpoint.rules().iter().find(|(_, applies)| applies(&body)).map(|(code, _)| *code)
}

fn mistyped(endpoint: Endpoint, body: &Body) -> bool {
    let is = |names: &[&str], right: fn(&Value) -> bool| names.iter().all(|name| body.get(name).is_none_or(right));
    !(is(endpoint.texts(), Value::is_string)
        && is(&endpoint.flags(), Value::is_boolean)
        && is(endpoint.numbers(), Value::is_number))
}

/// No field with a value, or two empty texts among images and the subject.
fn says_nothing(endpoint: Endpoint, body: &Body) -> bool {
    let all = [endpoint.texts(), &endpoint.flags(), endpoint.numbers()].concat();
    let empty = ["image", "image_1", "image_2", "subject_id"].iter().filter(|name| endpoint.texts().contains(name));
    all.iter().all(|name| body.get(name).is_none()) || empty.filter(|name| body.is_empty(name)).count() > 1
}

fn image(body: &Body, name: &str) -> bool {
    body.text(name).is_some_and(|text| if body.sandbox { !text.is_empty() } else { is_image(text) })
}

/// Whom the body names, or the query.
pub(crate) fn named(body: &Body) -> Option<&str> {
    body.text("subject_id").or(body.query.as_deref().map(str::trim))
}

fn is_limit(limit: f64) -> bool {
    (1..=10).any(|whole| f64::from(whole) == limit)
}

fn is_reference(text: &str) -> bool {
    (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A date, or a date and time of RFC 3339, that is still to come.
fn is_future(text: &str) -> bool {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    OffsetDateTime::parse(&whole, &Rfc3339).is_ok_and(|at| at > OffsetDateTime::now_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_rows_in_their_order() {
        for (endpoint, body, expected) in [
            (Endpoint::Enroll, "", Some("INVALID_PAYLOAD")),
            (Endpoint::Enroll, "{}", Some("INVALID_PAYLOAD")),
            (Endpoint::Enroll, r#"{"image":"","subject_id":" "}"#, Some("INVALID_PAYLOAD")),
            (Endpoint::Enroll, r#"{"image":null,"is_quality":true}"#, Some("MISSING_PAYLOAD_IMAGE")),
            (Endpoint::Enroll, r#"{"image":"!","subject_id":""}"#, Some("INVALID_PAYLOAD_IMAGE_MISSING")),
            (Endpoint::Enroll, r#"{"image":"AAAA","subject_id":""}"#, Some("INVALID_PAYLOAD_SUBJECT_ID_MISSING")),
            (
                Endpoint::Enroll,
                r#"{"image":"AAAA","validate_liveness":true}"#,
                Some("INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY"),
            ),
            (Endpoint::Verify, r#"{"image":"AAAA","subject_id":"a","validate_liveness":true}"#, None),
            (Endpoint::Verify, r#"{"image":"AAAA"}"#, Some("MISSING_PAYLOAD_SUBJECT_ID")),
            (Endpoint::Search, r#"{"image":"AAAA","limit":11,"threshold":101}"#, Some("INVALID_PAYLOAD_LIMIT")),
            (Endpoint::Compare, r#"{"image_2":"AAAA"}"#, Some("MISSING_PAYLOAD_IMAGE_1")),
            (Endpoint::Delete, "", Some("MISSING_PAYLOAD_SUBJECT_ID")),
            (Endpoint::Delete, r#"{"subject_id":null}"#, Some("INVALID_PAYLOAD_SUBJECT_ID_MISSING")),
        ] {
            assert_eq!(code(endpoint, body.as_bytes(), false, None), expected, "{endpoint:?} {body}");
        }
        assert_eq!(code(Endpoint::Delete, b"{}", false, Some("a")), None);
    }
}
