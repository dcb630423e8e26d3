//! No code without a row: the contract's codes, endpoint by endpoint, and whatever else our own document lists.

use std::collections::{BTreeMap, BTreeSet};

use facegate_tests::repository;
use serde_json::Value;

use crate::rows::Row;
use crate::{captures, compare, erasures, gates, observe, search, stale, subjects, verify};

/// Codes of the contract's section 4 that each endpoint must have, beside those of [`SHARED`]. `*` is an image field.
const CONTRACT: [(&str, &[&str]); 10] = [
    (
        "verify",
        &[
            "MISSING_PAYLOAD_SUBJECT_ID",
            "INVALID_PAYLOAD_SUBJECT_ID",
            "INVALID_PAYLOAD_SUBJECT_ID_MISSING",
            "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY",
            "INVALID_PAYLOAD_THRESHOLD",
        ],
    ),
    ("compare", &["INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY", "INVALID_PAYLOAD_THRESHOLD"]),
    (
        "search",
        &["INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY", "INVALID_PAYLOAD_LIMIT", "INVALID_PAYLOAD_THRESHOLD"],
    ),
    ("liveness", &[]),
    ("detect", &["INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY"]),
    ("subjects", &["INVALID_PAYLOAD_LIMIT", "INVALID_CURSOR"]),
    ("subjects/{subject_id}", &["SUBJECT_NOT_FOUND", "NOT_FOUND"]),
    ("erasures/{session_id}", &["ERASURE_NOT_FOUND", "NOT_FOUND"]),
    ("capture_tokens", &["INVALID_PAYLOAD", "MISSING_PAYLOAD_SUBJECT_ID", "INVALID_PAYLOAD_THRESHOLD"]),
    ("capture_tokens/{capture_id}", &["CAPTURE_NOT_FOUND", "NOT_FOUND"]),
];

/// Codes of every endpoint that takes photos.
const SHARED: [&str; 10] = [
    "INVALID_PAYLOAD",
    "MISSING_PAYLOAD_*",
    "INVALID_PAYLOAD_*_MISSING",
    "INVALID_PAYLOAD_*_SIZE",
    "INVALID_PAYLOAD_*_TIMEOUT",
    "INVALID_PAYLOAD_*_FORMAT",
    "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY",
    "INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY",
    "FACE_NOT_DETECTED",
    "INSUFFICIENT_QUOTA_LIVENESS",
];

/// Codes of every endpoint whose rows are in other suites: the same layers answer for all endpoints. 500 has none.
const ELSEWHERE: [&str; 4] = ["REQUEST_TIMEOUT", "TOO_MANY_REQUESTS", "SERVER_BUSY", "INTERNAL_SERVER_ERROR"];

fn rows(endpoint: &str) -> Vec<Row> {
    match endpoint {
        "verify" => verify::rows(),
        "compare" => compare::rows(),
        "search" => search::rows(),
        "liveness" => observe::rows("liveness"),
        "detect" => observe::rows("detect"),
        "subjects" => subjects::list_rows(),
        "subjects/{subject_id}" => subjects::show_rows(),
        "erasures/{session_id}" => erasures::rows(),
        "capture_tokens" => captures::order_rows(),
        "capture_tokens/{capture_id}" => captures::show_rows(),
        other => panic!("no rows for {other}"),
    }
}

/// The codes of an endpoint's rows; success is none.
fn tested(endpoint: &str) -> BTreeSet<String> {
    let mut codes: BTreeSet<String> = rows(endpoint).into_iter().map(|row| row.code).collect();
    let succeeds = codes.remove("") || endpoint == "capture_tokens/{capture_id}";
    assert!(succeeds, "{endpoint} has a row that succeeds");
    if endpoint == "verify" {
        codes.insert(stale::CODE.to_owned());
    }
    if endpoint == "capture_tokens" {
        // Of a server without the capture page: tests/tests/capture.rs.
        codes.insert("CAPTURE_NOT_FOUND".to_owned());
    }
    codes
}

#[test]
fn every_code_of_the_contract_has_a_row() {
    for (endpoint, own) in CONTRACT {
        let images: &[&str] = match endpoint {
            "compare" => &["IMAGE_1", "IMAGE_2"],
            path if path.starts_with("subjects") || path.contains("/{") || path.starts_with("capture") => &[],
            _ => &["IMAGE"],
        };
        let of_images = images.iter().flat_map(|image| SHARED.map(|code| code.replace('*', image)));
        let common = ["UNAUTHORIZED", "METHOD_NOT_ALLOWED"].into_iter().chain(own.iter().copied());
        let wanted: BTreeSet<_> = of_images.chain(common.map(str::to_owned)).collect();
        let tested = tested(endpoint);
        let missing: Vec<_> = wanted.difference(&tested).collect();
        assert!(missing.is_empty(), "{endpoint} has no row for {missing:?}");
    }
}

#[test]
fn every_gate_of_the_contract_has_a_row() {
    let expected: BTreeMap<_, Vec<u8>> = [
        ("verify", (1..=16).collect()),
        ("compare", (1..=16).collect()),
        ("search", (1..=15).collect()),
        ("liveness", vec![2, 4, 6, 8, 10, 12, 14]),
        ("detect", (1..=15).collect()),
        ("subjects", Vec::new()),
        ("subjects/{subject_id}", Vec::new()),
        ("erasures/{session_id}", Vec::new()),
        ("capture_tokens", Vec::new()),
        ("capture_tokens/{capture_id}", Vec::new()),
    ]
    .into();
    for (endpoint, _) in CONTRACT {
        assert_eq!(gates::numbers(endpoint), expected[endpoint], "{endpoint}");
    }
}

#[test]
fn what_is_documented_is_tested_and_what_is_tested_is_documented() {
    let text = std::fs::read_to_string(repository().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let endpoints = paths.keys().filter_map(|path| path.strip_prefix("/v1/face/")).filter(|path| *path != "enroll");
    let endpoints: BTreeSet<_> = endpoints.collect();
    assert_eq!(endpoints, CONTRACT.iter().map(|(endpoint, _)| *endpoint).collect());
    for endpoint in endpoints {
        let operations = paths[&format!("/v1/face/{endpoint}")].as_object().unwrap();
        let mut documented: BTreeSet<String> = operations.values().flat_map(codes_of).collect();
        ELSEWHERE.iter().for_each(|code| {
            documented.remove(*code);
        });
        assert_eq!(documented, tested(endpoint), "{endpoint}");
    }
}

/// The codes that an operation's responses list in their examples.
fn codes_of(operation: &Value) -> Vec<String> {
    let responses = operation["responses"].as_object().into_iter().flatten().filter(|(status, _)| *status != "200");
    let examples = responses.flat_map(|(_, response)| {
        response["content"]["application/json"]["examples"].as_object().expect("examples").keys().cloned()
    });
    examples.collect()
}
