//! Where a value belongs. It is sealed together with this, so that it opens nowhere else.

/// The place of a sealed value within its app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A subject's template of one model, with the hash of its photo.
    Template {
        /// The subject's id.
        subject: &'a str,
        /// The model's id.
        model: &'a str,
    },
    /// A subject's photo. Not bound to a model, so that templates of another one can be made from it where it is.
    Photo {
        /// The subject's id.
        subject: &'a str,
    },
    /// An answer kept for repetitions, with the hash of its request.
    Answer {
        /// The idempotency key.
        key: &'a str,
        /// The subject that the answer names, if any.
        subject: Option<&'a str>,
    },
}

impl Place<'_> {
    /// The kind in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Template { .. } => "template",
            Self::Photo { .. } => "photo",
            Self::Answer { .. } => "answer",
        }
    }

    /// The associated data: no two places have the same.
    pub(crate) fn encode(&self, app: &str) -> Vec<u8> {
        match *self {
            Self::Template { subject, model } => encode(&[self.kind(), app, subject, model]),
            Self::Photo { subject } => encode(&[self.kind(), app, subject]),
            // No subject is not the same as an empty one.
            Self::Answer { key, subject: None } => encode(&[self.kind(), app, key]),
            Self::Answer { key, subject: Some(subject) } => encode(&[self.kind(), app, key, subject]),
        }
    }
}

/// Texts one after another, each behind its length; their number first.
pub(crate) fn encode(parts: &[&str]) -> Vec<u8> {
    let bytes = 8 + parts.iter().map(|part| 8 + part.len()).sum::<usize>();
    let mut encoded = Vec::with_capacity(bytes);
    encoded.extend_from_slice(&(parts.len() as u64).to_le_bytes());
    for part in parts {
        encoded.extend_from_slice(&(part.len() as u64).to_le_bytes());
        encoded.extend_from_slice(part.as_bytes());
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_places_are_encoded_alike() {
        let places = [
            ("a", Place::Template { subject: "b", model: "c" }),
            ("a", Place::Template { subject: "bc", model: "" }),
            ("a", Place::Template { subject: "", model: "bc" }),
            ("ab", Place::Template { subject: "", model: "c" }),
            ("a", Place::Photo { subject: "b" }),
            ("ab", Place::Photo { subject: "" }),
            ("a", Place::Answer { key: "b", subject: None }),
            ("a", Place::Answer { key: "b", subject: Some("") }),
            ("a", Place::Answer { key: "b", subject: Some("c") }),
            ("a", Place::Answer { key: "bc", subject: Some("") }),
        ];
        for (number, (app, one)) in places.iter().enumerate() {
            for (other_app, other) in &places[..number] {
                assert_ne!(one.encode(app), other.encode(other_app), "{one:?} {other:?}");
            }
        }
    }
}
