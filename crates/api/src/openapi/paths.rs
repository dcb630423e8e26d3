//! Every path of the document.

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, Paths, PathsBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{HttpMethod, PathItem, Required};

use super::examples::{SESSION, TIME, blocks, face, head, merge, success};
use super::operation::{Doc, Schemas};
use crate::ErrorCode::{self, *};
use crate::payload::{self, CaptureBody, CompareBody, DeleteBody, EnrollBody, ObserveBody, SearchBody, VerifyBody};
use crate::request_id::ErrorBody;
use crate::routes::Status;
use crate::wire::{
    CaptureAnswer, CaptureStateAnswer, ComparedAnswer, DeletedAnswer, DetectedAnswer, EnrolledAnswer, ErasureAnswer,
    ObservedAnswer, SearchedAnswer, SubjectAnswer, SubjectsAnswer, VerifiedAnswer,
};

const ANSWERED: &str = "Answered: `Request Success`, or `FAIL_ON_n` if a requested gate refused the photo.";
const FAIL_ON_5: &str = "fail on liveness and quality";

/// Codes of every endpoint that takes flags.
const FLAGS: [ErrorCode; 4] = [InvalidPayload, QualityDependency, AttributeDependency, LivenessQuota];
/// Codes of every endpoint with one image.
const IMAGE: [ErrorCode; 7] =
    [MissingImage, ImageMissing, ImageSize, ImageTimeout, ImageFormat, FaceNotDetected, SandboxImage];

fn post(schemas: &mut Schemas, build: impl FnOnce(Doc<'_>) -> Doc<'_>, texts: [&str; 3]) -> PathItem {
    let [id, summary, text] = texts;
    PathItem::new(HttpMethod::Post, build(Doc::with_key(schemas, id, summary, text)).build())
}

fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(min)).max_length(Some(max))
}

fn parameter(name: &str, place: ParameterIn, schema: ObjectBuilder, about: &str) -> Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).schema(Some(schema));
    parameter.required(required).description(Some(about)).build()
}

/// Documents every path.
pub(super) fn paths(s: &mut Schemas) -> Paths {
    s.add::<ErrorBody<'static>>();
    let mut enrolling = enroll(s);
    enrolling.merge_operations(delete(s));
    PathsBuilder::new()
        .path("/v1/face/enroll", enrolling)
        .path("/v1/face/verify", verify(s))
        .path("/v1/face/compare", compare(s))
        .path("/v1/face/search", search(s))
        .path("/v1/face/liveness", liveness(s))
        .path("/v1/face/detect", detect(s))
        .path("/v1/face/subjects", list(s))
        .path("/v1/face/subjects/{subject_id}", show(s))
        .path("/v1/face/erasures/{session_id}", erasure(s))
        .path("/v1/face/capture_tokens", order_capture(s))
        .path("/v1/face/capture_tokens/{capture_id}", capture(s))
        .path("/healthz", probe(s, "alive", "The process answers", &[]))
        .path("/readyz", probe(s, "ready", "Store and models work", &[ServerBusy]))
        .build()
}

fn enroll(s: &mut Schemas) -> PathItem {
    let gated = json!({"image": "SPOOF_PERSON_BLUR_A_1", "is_liveness": true, "validate_liveness": true,
        "validate_quality": true});
    post(
        s,
        |doc| {
            let key = "A repeated request with the same key gets the first answer again and takes no second quota unit. [ours]";
            let schema = text(1, 255).pattern(Some("^[!-~]+$"));
            doc.parameter(parameter("Idempotency-Key", ParameterIn::Header, schema, key))
                .body::<EnrollBody>(
                    true,
                    vec![("success", json!({"image": "LIVE_PERSON_C_1", "subject_id": "citra"})), ("fail_on_5", gated)],
                )
                .answer::<EnrolledAnswer>(
                    ANSWERED,
                    vec![
                        ("success", merge(merge(success(), json!({"subject_id": "citra"})), blocks(false, None))),
                        ("fail_on_5", merge(head("FAIL_ON_5", FAIL_ON_5), blocks(true, Some(false)))),
                    ],
                )
                .codes(&FLAGS)
                .codes(&IMAGE)
                .codes(&[SubjectIdMissing, SubjectId, LivenessDependency, EnrollQuota, IdempotencyKey, KeyReused])
                .codes(&[DuplicateFace])
        },
        ["enroll", "Enrol a face", "Enrols a face, or replaces the one enrolled under this `subject_id`."],
    )
}

fn delete(s: &mut Schemas) -> PathItem {
    let deleted = json!({"message": "Subject id SUB_EXIST successfully deleted", "timestamp": TIME});
    let about = "The subject, if the body names none.";
    let doc = Doc::with_key(
        s,
        "delete",
        "Delete a subject",
        "Removes template, photo and record. Sandbox apps also know `SUB_EXIST` and `SUB_NOT_EXIST`.",
    )
    .parameter(parameter("subject_id", ParameterIn::Query, text(1, 255), about))
    .body::<DeleteBody>(false, vec![("success", json!({"subject_id": "SUB_EXIST"}))])
    .answer::<DeletedAnswer>("Deleted.", vec![("success", deleted)])
    .codes(&[InvalidPayload, MissingSubjectId, SubjectIdMissing, SubjectId, SandboxSubjectId]);
    PathItem::new(HttpMethod::Delete, doc.build())
}

fn verify(s: &mut Schemas) -> PathItem {
    let alike = json!({"similarity_status": true, "similarity": 100.0});
    let gated = json!({"image": "SPOOF_PERSON_BLUR_A_1", "subject_id": "SUB_EXIST", "validate_liveness": true,
        "validate_quality": true});
    post(
        s,
        |doc| {
            doc.body::<VerifyBody>(
                true,
                vec![("success", json!({"image": "LIVE_PERSON_A_1", "subject_id": "SUB_EXIST"})), ("fail_on_5", gated)],
            )
            .answer::<VerifiedAnswer>(
                "Answered: `Request Success`, `FAIL_ON_n` of the gates, or `FAIL_ON_16` if the faces do not match.",
                vec![
                    ("success", merge(merge(success(), alike.clone()), blocks(false, Some(true)))),
                    ("fail_on_5", merge(merge(head("FAIL_ON_5", FAIL_ON_5), alike), blocks(true, Some(false)))),
                ],
            )
            .codes(&FLAGS)
            .codes(&IMAGE)
            .codes(&[
                MissingSubjectId,
                SubjectIdMissing,
                SubjectId,
                LivenessDependency,
                Threshold,
                StaleTemplate,
            ])
        },
        ["verify", "Verify a face", "Is this the subject it claims to be?"],
    )
}

fn compare(s: &mut Schemas) -> PathItem {
    let both = |blur, live| json!({"image_1": blocks(blur, Some(live)), "image_2": blocks(blur, Some(live))});
    let alike = json!({"similarity_status": true, "similarity": 100.0});
    let photos = |photo: &str| json!({"image_1": photo, "image_2": photo});
    let gates = json!({"validate_liveness": true, "validate_quality": true});
    post(
        s,
        |doc| {
            doc.body::<CompareBody>(
            true,
            vec![("success", photos("LIVE_PERSON_A_1")), ("fail_on_5", merge(photos("SPOOF_PERSON_BLUR_A_1"), gates))],
        )
        .answer::<ComparedAnswer>(
            "Answered: `Request Success`, `FAIL_ON_n` if either photo fails a gate, or `FAIL_ON_16` if the faces do not match.",
            vec![
                ("success", merge(merge(success(), alike.clone()), both(false, true))),
                ("fail_on_5", merge(merge(head("FAIL_ON_5", FAIL_ON_5), alike), both(true, false))),
            ],
        )
        .codes(&FLAGS)
        .codes(&[MissingImage1, MissingImage2, Image1Missing, Image2Missing, Image1Size, Image2Size, Image1Timeout])
        .codes(&[Image2Timeout, Image1Format, Image2Format, FaceNotDetected, SandboxImage])
        .codes(&[LivenessDependency, Threshold])
        },
        ["compare", "Compare two photos", "Do two photos show the same person?"],
    )
}

fn search(s: &mut Schemas) -> PathItem {
    let nobody = json!({"matches": [], "recommended_threshold": 82.0});
    let gated = json!({"image": "SPOOF_PERSON_BLUR_J_1", "validate_liveness": true, "validate_quality": true});
    let about = "Who is this? Exact: the best matches are the true best. `recommended_threshold` [ours] is what a gallery \
        of this size asks for; `similarity_status` of a match says whether it is reached.";
    post(
        s,
        |doc| {
            doc.body::<SearchBody>(
                true,
                vec![("success", json!({"image": "LIVE_PERSON_J_1", "limit": 3})), ("fail_on_5", gated)],
            )
            .answer::<SearchedAnswer>(
                ANSWERED,
                vec![
                    ("success", merge(merge(success(), nobody.clone()), blocks(false, Some(true)))),
                    ("fail_on_5", merge(merge(head("FAIL_ON_5", FAIL_ON_5), nobody), blocks(true, Some(false)))),
                ],
            )
            .codes(&FLAGS)
            .codes(&IMAGE)
            .codes(&[LivenessDependency, Limit, Threshold])
        },
        ["search", "Search the gallery", about],
    )
}

fn liveness(s: &mut Schemas) -> PathItem {
    let gated = json!({"image": "LIVE_PERSON_BLUR_A_1", "validate_quality": true});
    let about = "Does the photo show a live person? Liveness is always computed; `is_liveness` is ignored.";
    post(
        s,
        |doc| {
            doc.body::<ObserveBody>(true, vec![("success", json!({"image": "LIVE_PERSON_A_1"})), ("fail_on_4", gated)])
                .answer::<ObservedAnswer>(
                    ANSWERED,
                    vec![
                        ("success", merge(success(), blocks(false, Some(true)))),
                        ("fail_on_4", merge(head("FAIL_ON_4", "fail on quality"), blocks(true, Some(true)))),
                    ],
                )
                .codes(&FLAGS)
                .codes(&IMAGE)
        },
        ["liveness", "Check liveness", about],
    )
}

fn detect(s: &mut Schemas) -> PathItem {
    let found = |blur, live| json!({"nface": 1, "rotation": 0, "faces": [merge(json!({"confidence": 0.9}), face(blur, Some(live)))]});
    let gated = json!({"image": "SPOOF_PERSON_BLUR_A_1", "validate_liveness": true, "validate_quality": true});
    post(
        s,
        |doc| {
            doc.body::<ObserveBody>(true, vec![("success", json!({"image": "LIVE_PERSON_A_1"})), ("fail_on_5", gated)])
                .answer::<DetectedAnswer>(
                    ANSWERED,
                    vec![
                        ("success", merge(success(), found(false, true))),
                        ("fail_on_5", merge(head("FAIL_ON_5", FAIL_ON_5), found(true, false))),
                    ],
                )
                .codes(&FLAGS)
                .codes(&IMAGE)
                .codes(&[LivenessDependency])
        },
        ["detect", "Find every face", "Finds and measures every face; stores nothing. [ours]"],
    )
}

fn list(s: &mut Schemas) -> PathItem {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(payload::MAX_LIMIT))
        .default(Some(json!(payload::DEFAULT_LIMIT)));
    let cursor = ObjectBuilder::new().schema_type(Type::String);
    let doc =
        Doc::with_key(s, "subjects", "List subjects", "A page of the app's subjects in the order of their ids. [ours]")
            .parameter(parameter("limit", ParameterIn::Query, limit, "Most subjects in the page."))
            .parameter(parameter("cursor", ParameterIn::Query, cursor, "`next_cursor` of the page before."))
            .answer::<SubjectsAnswer>("A page; the last one has `next_cursor` null.", vec![])
            .codes(&[Limit, Cursor]);
    PathItem::new(HttpMethod::Get, doc.build())
}

fn show(s: &mut Schemas) -> PathItem {
    let doc = Doc::with_key(s, "subject", "Show a subject", "One subject's record, without photo and template. [ours]")
        .parameter(parameter("subject_id", ParameterIn::Path, text(1, 255), "The subject."))
        .answer::<SubjectAnswer>("The record.", vec![])
        .codes(&[SubjectNotFound, NotFound]);
    PathItem::new(HttpMethod::Get, doc.build())
}

fn erasure(s: &mut Schemas) -> PathItem {
    let about = "When and what a deletion has removed; from the audit log. [ours]";
    let id = "The deletion's request: its header `X-Request-Id`.";
    let doc = Doc::with_key(s, "erasure", "Show the receipt of a deletion", about)
        .parameter(parameter("session_id", ParameterIn::Path, text(1, 255), id))
        .answer::<ErasureAnswer>("The receipt.", vec![])
        .codes(&[ErasureNotFound, NotFound]);
    PathItem::new(HttpMethod::Get, doc.build())
}

fn order_capture(s: &mut Schemas) -> PathItem {
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

fn capture(s: &mut Schemas) -> PathItem {
    let about = "How a capture went. Ask here before you rely on what a browser says about it; known until a day after its end. [ours]";
    let doc = Doc::with_key(s, "capture", "Show how a capture went", about)
        .parameter(parameter("capture_id", ParameterIn::Path, text(1, 255), "`capture_id` of the order."))
        .answer::<CaptureStateAnswer>("The capture.", vec![])
        .codes(&[CaptureNotFound, NotFound]);
    PathItem::new(HttpMethod::Get, doc.build())
}

fn probe(s: &mut Schemas, id: &str, summary: &str, codes: &[ErrorCode]) -> PathItem {
    let doc = Doc::open(s, id, summary, "Needs no key. [ours]")
        .answer::<Status>("Yes.", vec![("success", json!({"status": "ok"}))])
        .codes(&[MethodNotAllowed, Internal])
        .codes(codes);
    PathItem::new(HttpMethod::Get, doc.build())
}
