//! Bodies and queries of the operator's console, against what JSON itself says of the fields.
//!
//! Input: a body, tried on every path; also as the query of the audit log.

use facegate_console::stages::asked;
use facegate_domain::{App, AppId, AppMode};
use facegate_gallery::MAX_RETENTION_DAYS;
use serde_json::Value;

/// Runs one input.
pub fn run(data: &[u8]) {
    if let Ok(query) = std::str::from_utf8(data) {
        audit(query);
    }
    // A text that is none may be taken where it is in a field that nobody reads.
    let strict = serde_json::from_slice::<Value>(data);
    let Ok(json) = strict else { return drop((asked::app(data), asked::changes(data), asked::find(data))) };
    // Fields that are named twice are refused, so what was taken says just what this says.
    let found = [
        asked::app(data).map(|app| made(&app, &json)),
        asked::changes(data).map(|(limits, days)| {
            assert_eq!(limits.enroll, change(&json, "enroll_quota"));
            assert_eq!(limits.liveness, change(&json, "liveness_quota"));
            assert_eq!(days.map(|days| days.map(u64::from)), change(&json, "retention_days"));
            days.flatten().into_iter().for_each(retained);
        }),
        asked::find(data).map(|(prefix, after)| {
            let (wanted, last) =
                (json["prefix"].as_str().unwrap_or_default().trim(), json["after"].as_str().map(str::trim));
            assert_eq!(prefix.as_ref().map_or("", |id| id.as_str()), wanted);
            assert_eq!(after.as_ref().map(|id| id.as_str()), last);
        }),
        asked::subject(data).map(|id| assert_eq!(json["subject_id"].as_str().map(str::trim), Some(id.as_str()))),
        asked::secrets(data).into_iter().try_for_each(|lengths| lengths.map(drop)),
    ];
    for error in found.into_iter().filter_map(Result::err) {
        quiet(&json, &error.message.unwrap_or_default());
    }
}

/// A new app is what was asked for, and within the limits of every store.
fn made(app: &App, json: &Value) {
    assert_eq!(json["mode"], app.mode.to_string());
    assert_eq!(app.name, json["name"].as_str().unwrap_or_default().trim());
    assert!(app.name.chars().count() <= 100 && !app.name.chars().any(char::is_control));
    for (quota, field) in [(app.enroll, "enroll_quota"), (app.liveness, "liveness_quota")] {
        assert_eq!((quota.limit, quota.used), (json[field].as_u64(), 0));
        assert!(quota.limit.is_none_or(|units| units <= i64::MAX as u64 && app.mode != AppMode::Live));
    }
    assert_eq!(app.retention_days.map(u64::from), json["retention_days"].as_u64());
    app.retention_days.into_iter().for_each(retained);
}

/// Absent: stays. `null`: no limit any more.
fn change(json: &Value, field: &str) -> Option<Option<u64>> {
    json.get(field).map(Value::as_u64)
}

fn retained(days: u32) {
    assert!((1..=MAX_RETENTION_DAYS).contains(&days));
}

/// An answer repeats nothing of what was sent. Its own words are all ASCII.
fn quiet(json: &Value, message: &str) {
    let sent = json.as_object().into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_str);
    for text in sent.filter(|text| !text.is_ascii()) {
        assert!(!message.contains(text), "sent back: {text}");
    }
}

fn audit(query: &str) {
    let Ok((filter, after)) = asked::audit(query) else { return };
    assert!(filter.app.is_none_or(|id| AppId::parse(id.as_str()).is_ok()));
    if let Some(after) = after {
        assert!(after.app.is_empty() || AppId::parse(&after.app).is_ok());
        assert!(i64::try_from(after.number).is_ok());
    }
}
