//! The paths of the capture page's tokens.

use serde_json::json;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{HttpMethod, PathItem};

use super::examples::{SESSION, TIME};
use super::operation::{Doc, Schemas};
use super::paths::{parameter, post, text};
use crate::ErrorCode::*;
use crate::payload::CaptureBody;
use crate::wire::{CaptureAnswer, CaptureStateAnswer};

/// Ordering one.
pub(super) fn order(s: &mut Schemas) -> PathItem {
    let about = "A one-time token for the hosted capture page, which guides a person with a browser and a camera and then enrols or \
        verifies. Send the person to `url` on this server, or show it in a frame. [ours]";
    post(
        s,
        |doc| {
            doc.body::<CaptureBody>(
                true,
                vec![
                    ("enroll", json!({"purpose": "enroll", "subject_id": "citra"})),
                    ("verify", json!({"purpose": "verify", "subject_id": "SUB_EXIST", "expires_in": 120})),
                ],
            )
            .answer::<CaptureAnswer>("Ordered.", vec![("enroll", ordered()), ("verify", ordered())])
            .codes(&[
                InvalidPayload,
                MissingSubjectId,
                SubjectIdMissing,
                SubjectId,
                Threshold,
                CaptureNotFound,
            ])
        },
        ["capture_token", "Order a capture", about],
    )
}

fn ordered() -> serde_json::Value {
    json!({
        "message": "Request Success",
        "session_id": SESSION,
        "timestamp": TIME,
        "capture_id": SESSION,
        "token": "fgc_5f2d…",
        "url": "/capture#token=fgc_5f2d…",
        "expires_at": "2027-01-31T10:10:00Z",
    })
}

/// How it went.
pub(super) fn show(s: &mut Schemas) -> PathItem {
    let about = "How a capture went. Ask here before you rely on what a browser says about it; known until a day after its end. [ours]";
    let doc = Doc::with_key(s, "capture", "Show how a capture went", about)
        .parameter(parameter("capture_id", ParameterIn::Path, text(1, 255), "`capture_id` of the order."))
        .answer::<CaptureStateAnswer>("The capture.", vec![])
        .codes(&[CaptureNotFound, NotFound]);
    PathItem::new(HttpMethod::Get, doc.build())
}
