//! The rows that the endpoints with photos share.

use facegate_tests::images;
use serde_json::{Value, json};

use crate::rows::{Row, Who};
use crate::{MAX_IMAGE, files, landscape, merged, small};

const FLAGS: [&str; 7] = [
    "is_quality",
    "is_attribute",
    "is_liveness",
    "validate_quality",
    "validate_attribute",
    "validate_liveness",
    "validate_nface",
];

/// Callers, methods, bodies, flags. `valid` is a payload that succeeds.
pub fn common(endpoint: &str, valid: &Value) -> Vec<Row> {
    let row = |what: &str, body: String, code: &str| Row::raw(endpoint, what, body, code);
    let with = |more: Value| merged(valid, &more).to_string();
    let whole = || valid.to_string();
    let nulls: serde_json::Map<_, _> = valid.as_object().unwrap().keys().map(|k| (k.clone(), Value::Null)).collect();
    let optional = FLAGS.iter().map(|flag| (flag.to_string(), Value::Null)).collect();
    let mut rows = vec![
        row("every flag null", with(Value::Object(optional)), ""),
        row("valid", whole(), ""),
        row("wrong key", whole(), "UNAUTHORIZED").of(Who::Stranger),
        row("wrong key and no body", String::new(), "UNAUTHORIZED").of(Who::Stranger),
        Row { method: "GET", ..row("another method", String::new(), "METHOD_NOT_ALLOWED") },
        Row { method: "DELETE", ..row("another method with a body", whole(), "METHOD_NOT_ALLOWED") },
        row("empty body", String::new(), "INVALID_PAYLOAD"),
        row("white space", " \n".into(), "INVALID_PAYLOAD"),
        row("empty object", "{}".into(), "INVALID_PAYLOAD"),
        row("nothing that is known", json!({"foto": "x", "id": 1}).to_string(), "INVALID_PAYLOAD"),
        row("nulls only", Value::Object(nulls).to_string(), "INVALID_PAYLOAD"),
        row("an array", "[]".into(), "INVALID_PAYLOAD"),
        row("broken JSON", whole().trim_end_matches('}').to_owned(), "INVALID_PAYLOAD"),
        row("no quota", whole(), "INSUFFICIENT_QUOTA_LIVENESS").of(Who::NoLiveness),
        row("a photo in a sandbox", whole(), "INVALID_SANDBOX_IMAGE").of(Who::Sandbox),
        row("unknown fields", with(json!({"callback": {"url": [1]}, "IMAGE": 5, "": null})), ""),
    ];
    for flag in FLAGS {
        rows.push(row(&format!("{flag} is a text"), with(json!({flag: "true"})), "INVALID_PAYLOAD"));
        rows.push(row(&format!("{flag} is a number"), with(json!({flag: 1})), "INVALID_PAYLOAD"));
        rows.push(row(&format!("{flag} is null"), with(json!({flag: null})), ""));
    }
    for (name, code) in [("quality", "QUALITY"), ("attribute", "ATTRIBUTE"), ("liveness", "LIVENESS")] {
        // Liveness is what that endpoint is for: it is computed whatever the flag says.
        if (endpoint, name) != ("liveness", "liveness") {
            let gate = with(json!({format!("validate_{name}"): true, format!("is_{name}"): false}));
            rows.push(row(
                &format!("gate without {name}"),
                gate,
                &format!("INVALID_PAYLOAD_{code}_VALIDATION_DEPENDENCY"),
            ));
        }
    }
    rows
}

/// Everything that can be wrong with one image field.
pub fn image(endpoint: &str, valid: &Value, field: &str) -> Vec<Row> {
    let upper = field.to_uppercase();
    let faulty = |fault: &str| format!("INVALID_PAYLOAD_{upper}_{fault}");
    // Something else must be there, or the whole payload counts as empty.
    let valid = merged(valid, &json!({"is_quality": true}));
    let row = |what: &str, image: Value, code: &str| {
        Row::post(endpoint, &format!("{field}: {what}"), &merged(&valid, &json!({ field: image })), code)
    };
    let file = |what: &str, bytes: &[u8], code: &str| row(what, json!(images::base64(bytes)), code);
    let url = |path: &str, code: &str| row(path, json!(format!("{}{path}", files())), code);
    let mut absent = valid.clone();
    absent.as_object_mut().unwrap().remove(field);
    let missing = format!("MISSING_PAYLOAD_{upper}");
    vec![
        Row::post(endpoint, &format!("no {field}"), &absent, &missing),
        row("null", Value::Null, &missing),
        row("a number", json!(1), "INVALID_PAYLOAD"),
        row("an object", json!({"url": "x"}), "INVALID_PAYLOAD"),
        row("empty", json!(""), &faulty("MISSING")),
        row("blank", json!(" \t"), &faulty("MISSING")),
        row("neither base64 nor a URL", json!("hello, world"), &faulty("MISSING")),
        row("another scheme", json!("file:///etc/passwd"), &faulty("MISSING")),
        file("5 MiB and one byte", &images::grown_to(small(), MAX_IMAGE + 1), &faulty("SIZE")),
        row("far more than any image", json!("A".repeat(12 << 20)), &faulty("SIZE")),
        url("/large.jpg", &faulty("SIZE")),
        url("/never.jpg", &faulty("TIMEOUT")),
        file("no image", b"this is no photo", &faulty("FORMAT")),
        file("another format", b"GIF89a\x01\0\x01\0\0\0\0;", &faulty("FORMAT")),
        file("half a photo", &small()[..300], &faulty("FORMAT")),
        url("/text.jpg", &faulty("FORMAT")),
        url("/missing.jpg", &faulty("FORMAT")),
        url("/photo.gif", &faulty("FORMAT")),
        url("/inside.jpg", &faulty("FORMAT")),
        row("a private address", json!("http://10.0.0.1/a.jpg"), &faulty("FORMAT")),
        file("no face", &landscape(), "FACE_NOT_DETECTED"),
        url("/photo.jpg", ""),
        row("a data URI", json!(format!("data:image/jpeg;base64,{}", images::base64(&small()))), ""),
    ]
}

/// Everything that can be wrong with `threshold` and `return_thresholds`.
pub fn matching(endpoint: &str, valid: &Value) -> Vec<Row> {
    let row = |what: &str, more: Value, code: &str| Row::post(endpoint, what, &merged(valid, &more), code);
    vec![
        row("threshold below 0", json!({"threshold": -0.1}), "INVALID_PAYLOAD_THRESHOLD"),
        row("threshold above 100", json!({"threshold": 100.1}), "INVALID_PAYLOAD_THRESHOLD"),
        row("threshold huge", json!({"threshold": 1e300}), "INVALID_PAYLOAD_THRESHOLD"),
        row("threshold is a text", json!({"threshold": "82"}), "INVALID_PAYLOAD"),
        row("threshold is true", json!({"threshold": true}), "INVALID_PAYLOAD"),
        row("threshold null", json!({"threshold": null}), ""),
        row("threshold 0", json!({"threshold": 0}), ""),
        row("return_thresholds is a text", json!({"return_thresholds": "yes"}), "INVALID_PAYLOAD"),
        row("return_thresholds null", json!({"return_thresholds": null}), ""),
    ]
}

/// A payload in which every flag is wrong, and the steps that mend them in order.
pub fn wrong_flags() -> Value {
    json!({"is_quality": false, "validate_quality": true, "is_attribute": false, "validate_attribute": true,
           "is_liveness": false, "validate_liveness": true})
}

/// The steps of a ladder that mend [`wrong_flags`].
pub fn mend_flags() -> [(&'static str, Value); 3] {
    [
        ("INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY", json!({"is_quality": true})),
        ("INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY", json!({"is_attribute": true})),
        ("INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY", json!({"is_liveness": true})),
    ]
}
