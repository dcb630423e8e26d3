//! The one table of error codes: code, HTTP status, text. Nothing else in this crate spells a code.

use axum::response::{IntoResponse, Response};
use facegate_domain::{QuotaKind, SubjectId};
use facegate_service::{ImageFault, ServiceError};
use http::{HeaderValue, StatusCode, header};

macro_rules! codes {
    ($($name:ident $status:literal $text:literal $message:literal;)*) => {
        /// Every code that an error answer can carry. `FAIL_ON_n` is no error: it comes with 200 and all blocks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $text, "`, ", $status, ": ", $message, ".")] $name,)*
        }

        impl ErrorCode {
            /// Every code, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// The text that goes with it unless there is a more exact one.
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message),* }
            }
        }
    };
}

codes! {
    InvalidPayload 400 "INVALID_PAYLOAD" "no value in payload or more than one empty string";
    MissingImage 400 "MISSING_PAYLOAD_IMAGE" "missing payload image";
    ImageMissing 400 "INVALID_PAYLOAD_IMAGE_MISSING" "image is an empty string, or neither base64 nor a URL";
    SubjectIdMissing 400 "INVALID_PAYLOAD_SUBJECT_ID_MISSING" "subject_id is an empty string";
    SubjectId 400 "INVALID_PAYLOAD_SUBJECT_ID" "invalid payload subject id";
    QualityDependency 400 "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY" "is_quality must be true if validate_quality is true";
    AttributeDependency 400 "INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY" "is_attribute must be true if validate_attribute is true";
    LivenessDependency 400 "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY" "is_liveness must be true if validate_liveness is true";
    EnrollQuota 403 "INSUFFICIENT_QUOTA_ENROLL" "the quota for enroll is used up";
    LivenessQuota 403 "INSUFFICIENT_QUOTA_LIVENESS" "the quota for liveness is used up";
    ImageSize 400 "INVALID_PAYLOAD_IMAGE_SIZE" "image size too large";
    ImageTimeout 400 "INVALID_PAYLOAD_IMAGE_TIMEOUT" "timeout getting image from url";
    ImageFormat 400 "INVALID_PAYLOAD_IMAGE_FORMAT" "image unable to be decoded or got from url, or invalid image extension";
    FaceNotDetected 400 "FACE_NOT_DETECTED" "face not detected from image";
    SandboxImage 400 "INVALID_SANDBOX_IMAGE" "image is not a sandbox scenario";
    Threshold 400 "INVALID_PAYLOAD_THRESHOLD" "threshold must be between 0 and 100";
    Limit 400 "INVALID_PAYLOAD_LIMIT" "limit is out of range";
    Cursor 400 "INVALID_CURSOR" "cursor was not given by this server";
    MissingImage1 400 "MISSING_PAYLOAD_IMAGE_1" "missing payload image_1";
    MissingImage2 400 "MISSING_PAYLOAD_IMAGE_2" "missing payload image_2";
    Image1Missing 400 "INVALID_PAYLOAD_IMAGE_1_MISSING" "image_1 is an empty string, or neither base64 nor a URL";
    Image2Missing 400 "INVALID_PAYLOAD_IMAGE_2_MISSING" "image_2 is an empty string, or neither base64 nor a URL";
    Image1Size 400 "INVALID_PAYLOAD_IMAGE_1_SIZE" "image_1 size too large";
    Image2Size 400 "INVALID_PAYLOAD_IMAGE_2_SIZE" "image_2 size too large";
    Image1Timeout 400 "INVALID_PAYLOAD_IMAGE_1_TIMEOUT" "timeout getting image_1 from url";
    Image2Timeout 400 "INVALID_PAYLOAD_IMAGE_2_TIMEOUT" "timeout getting image_2 from url";
    Image1Format 400 "INVALID_PAYLOAD_IMAGE_1_FORMAT" "image_1 unable to be decoded or got from url, or invalid image extension";
    Image2Format 400 "INVALID_PAYLOAD_IMAGE_2_FORMAT" "image_2 unable to be decoded or got from url, or invalid image extension";
    IdempotencyKey 400 "INVALID_IDEMPOTENCY_KEY" "an Idempotency-Key is 1 to 255 printable ASCII characters";
    KeyReused 409 "IDEMPOTENCY_KEY_REUSED" "this Idempotency-Key was used for another request";
    DuplicateFace 409 "DUPLICATE_FACE" "the face is already enrolled under another subject_id";
    StaleTemplate 409 "SUBJECT_MUST_BE_ENROLLED_AGAIN" "the subject was enrolled with another model and its photo was not kept";
    SubjectNotFound 404 "SUBJECT_NOT_FOUND" "Subject id is not found";
    ErasureNotFound 404 "ERASURE_NOT_FOUND" "no deletion by this request is known";
    CaptureNotFound 404 "CAPTURE_NOT_FOUND" "no such capture: its token is unknown, used or expired";
    MissingSubjectId 400 "MISSING_PAYLOAD_SUBJECT_ID" "missing payload subject id";
    SandboxSubjectId 400 "INVALID_SANDBOX_SUBJECT_ID" "subject_id is not a sandbox scenario";
    Unauthorized 401 "UNAUTHORIZED" "Unauthorized";
    NotFound 404 "NOT_FOUND" "there is nothing at this path";
    MethodNotAllowed 405 "METHOD_NOT_ALLOWED" "this path does not know this method";
    RequestTimeout 408 "REQUEST_TIMEOUT" "the request body did not arrive in time";
    TooManyRequests 429 "TOO_MANY_REQUESTS" "too many requests for this app, attempts at this subject, or requests without a valid key";
    Internal 500 "INTERNAL_SERVER_ERROR" "Internal server error";
    ServerBusy 503 "SERVER_BUSY" "the server is busy, try again";
}

/// An error answer. Its body is written by the outermost layer, which knows the request's `session_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Which.
    pub code: ErrorCode,
    /// A text more exact than the table's; never holds a value that the client sent.
    pub message: Option<String>,
    /// Whole seconds for `Retry-After`.
    pub retry_after: Option<u64>,
    /// With `DUPLICATE_FACE`: the app's subject that has this face.
    pub duplicate_of: Option<SubjectId>,
}

impl ApiError {
    /// `INVALID_PAYLOAD` with a text that names the field.
    pub fn payload(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..ErrorCode::InvalidPayload.into() }
    }

    /// `TOO_MANY_REQUESTS` of this kind; whole seconds to wait.
    pub fn too_many(message: impl Into<String>, seconds: u64) -> Self {
        let retry_after = Some(seconds.max(1));
        Self { message: Some(message.into()), retry_after, ..ErrorCode::TooManyRequests.into() }
    }

    /// The text of the answer.
    pub fn message(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.message())
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        let retry_after = (code == ErrorCode::ServerBusy).then_some(1);
        Self { code, message: None, retry_after, duplicate_of: None }
    }
}

impl From<ImageFault> for ErrorCode {
    fn from(fault: ImageFault) -> Self {
        match fault {
            ImageFault::TooLarge => Self::ImageSize,
            ImageFault::Timeout => Self::ImageTimeout,
            ImageFault::Format => Self::ImageFormat,
            ImageFault::NoFace => Self::FaceNotDetected,
            ImageFault::Scenario => Self::SandboxImage,
        }
    }
}

impl ErrorCode {
    /// The code of a fault of image 1 or 2 of a request with two.
    pub(crate) fn of_image(number: u8, fault: ImageFault) -> Self {
        match (fault, number) {
            (ImageFault::TooLarge, 1) => Self::Image1Size,
            (ImageFault::TooLarge, _) => Self::Image2Size,
            (ImageFault::Timeout, 1) => Self::Image1Timeout,
            (ImageFault::Timeout, _) => Self::Image2Timeout,
            (ImageFault::Format, 1) => Self::Image1Format,
            (ImageFault::Format, _) => Self::Image2Format,
            (ImageFault::NoFace | ImageFault::Scenario, _) => fault.into(),
        }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Unauthorized => ErrorCode::Unauthorized,
            ServiceError::QuotaExhausted(QuotaKind::Enroll) => ErrorCode::EnrollQuota,
            ServiceError::QuotaExhausted(QuotaKind::Liveness) => ErrorCode::LivenessQuota,
            ServiceError::Image(fault) => fault.into(),
            ServiceError::SubjectNotFound => {
                // The reference service's own words.
                return Self { message: Some("Subject id is not found".into()), ..ErrorCode::SubjectId.into() };
            }
            ServiceError::ImageOf(number, fault) => ErrorCode::of_image(number, fault),
            ServiceError::Duplicate(other) => {
                return Self { duplicate_of: Some(other), ..ErrorCode::DuplicateFace.into() };
            }
            ServiceError::CaptureNotFound => ErrorCode::CaptureNotFound,
            ServiceError::KeyReused => ErrorCode::KeyReused,
            ServiceError::StaleTemplate => ErrorCode::StaleTemplate,
            ServiceError::SandboxSubject => ErrorCode::SandboxSubjectId,
            ServiceError::TooManyFailures(seconds) => {
                return Self::too_many("too many requests without a valid key", seconds);
            }
            ServiceError::TooManyMismatches(seconds) => {
                return Self::too_many("too many faces that are not this subject's", seconds);
            }
            ServiceError::Busy | ServiceError::ModelChanged => ErrorCode::ServerBusy,
            ServiceError::Internal => ErrorCode::Internal,
        }
        .into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_one_to_one_and_has_known_statuses() {
        let texts: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!([400, 401, 403, 404, 405, 408, 409, 429, 500, 503].contains(&code.status()), "{code:?}");
            assert!(
                code.as_str().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'),
                "{code:?}"
            );
            assert!(!code.message().is_empty());
        }
    }

    #[test]
    fn our_own_faults_say_nothing() {
        let error = ApiError::from(ServiceError::Internal);
        assert_eq!((error.code.status(), error.message()), (500, "Internal server error"));
        assert_eq!(ApiError::from(ServiceError::Busy).retry_after, Some(1));
    }
}
