//! The requests. `None` and `false` leave a field out, so the server's default holds.

use std::ops::Not;

use serde::Serialize;

use crate::{Image, SubjectId};

/// What to compute, and what must be right for the request to pass. The server's defaults: quality and attributes are
/// computed, liveness everywhere but at enrolment; no gate. A gate needs its measure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Flags {
    /// Compute blur, dark and grayscale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_quality: Option<bool>,
    /// Detect sunglasses, mask, veil, hat, eyeglasses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_attribute: Option<bool>,
    /// Compute passive liveness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_liveness: Option<bool>,
    /// Gate: neither blurred, dark nor grayscale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_quality: Option<bool>,
    /// Gate: neither sunglasses nor mask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_attribute: Option<bool>,
    /// Gate: the face is live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_liveness: Option<bool>,
    /// Gate: no more than one face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_nface: Option<bool>,
}

/// Enrol a face, or replace the subject's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Enroll {
    /// The photo.
    pub image: Image,
    /// Your id for the person; without one the server makes a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<SubjectId>,
    /// Refuse a face that is enrolled under another subject, with `DUPLICATE_FACE`.
    #[serde(skip_serializing_if = "Not::not")]
    pub check_duplicate: bool,
    /// 1 to 255 printable ASCII characters that name this request: repeated with the same key, it gets the first answer
    /// again and takes no second quota unit.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// Measures and gates.
    #[serde(flatten)]
    pub flags: Flags,
}

impl Enroll {
    /// With the server's defaults.
    pub fn new(image: Image) -> Self {
        Self { image, subject_id: None, check_duplicate: false, idempotency_key: None, flags: Flags::default() }
    }
}

/// Ask whether a face is a subject's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verify {
    /// The probe.
    pub image: Image,
    /// Whose template it is held against.
    pub subject_id: SubjectId,
    /// Similarity from which faces match, 0..=100; the server's default is 82.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Answer with the thresholds of several false match rates.
    #[serde(skip_serializing_if = "Not::not")]
    pub return_thresholds: bool,
    /// Measures and gates.
    #[serde(flatten)]
    pub flags: Flags,
}

impl Verify {
    /// With the server's defaults.
    pub fn new(image: Image, subject_id: impl Into<SubjectId>) -> Self {
        let subject_id = subject_id.into();
        Self { image, subject_id, threshold: None, return_thresholds: false, flags: Flags::default() }
    }
}

/// Ask whether two photos show one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compare {
    /// A photo.
    pub image_1: Image,
    /// Another one.
    pub image_2: Image,
    /// Similarity from which faces match, 0..=100; the server's default is 82.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Answer with the thresholds of several false match rates.
    #[serde(skip_serializing_if = "Not::not")]
    pub return_thresholds: bool,
    /// Measures and gates, for both.
    #[serde(flatten)]
    pub flags: Flags,
}

impl Compare {
    /// With the server's defaults.
    pub fn new(image_1: Image, image_2: Image) -> Self {
        Self { image_1, image_2, threshold: None, return_thresholds: false, flags: Flags::default() }
    }
}

/// Ask who a face is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Search {
    /// The probe.
    pub image: Image,
    /// Most candidates, 1..=10; the server's default is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Similarity from which faces match, 0..=100; the server's default is 82.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Answer with the enrolled photos too.
    #[serde(skip_serializing_if = "Not::not")]
    pub return_image: bool,
    /// Answer with the thresholds of several false match rates.
    #[serde(skip_serializing_if = "Not::not")]
    pub return_thresholds: bool,
    /// Measures and gates.
    #[serde(flatten)]
    pub flags: Flags,
}

impl Search {
    /// With the server's defaults.
    pub fn new(image: Image) -> Self {
        let (limit, threshold, flags) = (None, None, Flags::default());
        Self { image, limit, threshold, return_image: false, return_thresholds: false, flags }
    }
}

/// Measure a photo: the request of liveness and of detect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observe {
    /// The photo.
    pub image: Image,
    /// Measures and gates.
    #[serde(flatten)]
    pub flags: Flags,
}

impl Observe {
    /// With the server's defaults.
    pub fn new(image: Image) -> Self {
        Self { image, flags: Flags::default() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn what_is_not_set_is_not_sent() {
        assert_eq!(to_value(Enroll::new(Image::bytes(b"abc"))).unwrap(), json!({"image": "YWJj"}));
        assert_eq!(to_value(Search::new(Image::url("http://x/y"))).unwrap(), json!({"image": "http://x/y"}));
    }

    #[test]
    fn what_is_set_is_sent_flat() {
        let request = Enroll {
            subject_id: Some("a".into()),
            check_duplicate: true,
            idempotency_key: Some("once".into()),
            flags: Flags { is_quality: Some(false), validate_nface: Some(true), ..Flags::default() },
            ..Enroll::new(Image::text("NO_FACE_PHOTO"))
        };
        let expected = json!({"image": "NO_FACE_PHOTO", "subject_id": "a", "check_duplicate": true, "is_quality": false,
            "validate_nface": true});
        assert_eq!(to_value(&request).unwrap(), expected);
    }

    #[test]
    fn debug_shows_nobody() {
        let shown = format!("{:?}", Verify::new(Image::text("c2VjcmV0"), "budi"));
        assert!(!shown.contains("c2Vj") && !shown.contains("budi"), "{shown}");
    }
}
