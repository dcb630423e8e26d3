//! The hosted capture page: ordering a capture, and asking how it went.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::SubjectId;

/// What a capture is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Purpose {
    /// Enrol whoever is before the camera.
    #[default]
    Enroll,
    /// Check that it is the subject.
    Verify,
}

/// An order. What is `None` is left to the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OrderCapture {
    /// What for.
    pub purpose: Purpose,
    /// Whom; needed to verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<SubjectId>,
    /// Refuse blurred, dark and grayscale photos; the server's default is `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_quality: Option<bool>,
    /// Refuse sunglasses and masks; `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_attribute: Option<bool>,
    /// Refuse what is not live; `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_liveness: Option<bool>,
    /// Refuse several faces; `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_nface: Option<bool>,
    /// To verify: similarity from which faces match, 0..=100; 82.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Where the page leads when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// The origin whose page shows this one in a frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Seconds that the token is valid, 60..=3600; 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
}

/// A capture that was ordered.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct CaptureOrdered {
    /// Names it when you ask how it went.
    pub capture_id: String,
    /// Opens the page; told this once.
    pub token: String,
    /// The page below the server's address, with the token behind `#`.
    pub url: String,
    /// ISO 8601.
    pub expires_at: String,
}

impl fmt::Debug for CaptureOrdered {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaptureOrdered({}, until {})", self.capture_id, self.expires_at)
    }
}

/// How far a capture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CaptureStatus {
    /// It waits for the person.
    Pending,
    /// Its time is over.
    Expired,
    /// Enrolled, or the right face.
    Passed,
    /// Every attempt failed.
    Failed,
}

/// How a capture went.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Capture {
    /// As ordered.
    pub capture_id: String,
    /// As ordered.
    pub purpose: Purpose,
    /// Whom it is about, if the order named somebody.
    pub subject_id: Option<SubjectId>,
    /// How far it is.
    pub status: CaptureStatus,
    /// The request that decided it: compare it with the `session_id` that a browser tells.
    pub result_session_id: Option<String>,
    /// Photos that were sent.
    pub attempts: u32,
    /// ISO 8601.
    pub expires_at: String,
}
