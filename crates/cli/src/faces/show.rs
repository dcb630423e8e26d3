//! Answers as tables for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::reply::Reply;

/// How often each code came.
pub fn codes(codes: &BTreeMap<String, u64>) -> String {
    let width = codes.keys().map(String::len).max().unwrap_or_default();
    let lines: Vec<String> = codes.iter().map(|(code, count)| format!("{code:width$}  {count:>8}")).collect();
    lines.join("\n")
}

/// Of two photos.
pub fn comparison(reply: &Reply) -> String {
    let similarity = reply.body.get("similarity").and_then(Value::as_f64).unwrap_or_default();
    let verdict = match reply.code.as_str() {
        "SUCCESS" => "the same person".to_owned(),
        "FAIL_ON_16" => "not the same person".to_owned(),
        code => format!("{code}: {}", reply.message),
    };
    format!("{verdict}\nsimilarity  {similarity:.2} of 100")
}

/// Of a search.
pub fn matches(reply: &Reply) -> String {
    let found = reply.body.get("matches").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !reply.passed() {
        return format!("{}: {}", reply.code, reply.message);
    }
    if found.is_empty() {
        return "nobody".to_owned();
    }
    let line = |found: &Value| {
        let similarity = found.get("similarity").and_then(Value::as_f64).unwrap_or_default();
        format!("{similarity:>6.2}  {}", found.get("subject_id").and_then(Value::as_str).unwrap_or_default())
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Of every face of a photo.
pub fn faces(reply: &Reply) -> String {
    let mut text = format!("{}: {}", reply.code, reply.message);
    for name in ["nface", "rotation"] {
        let _ = write!(text, "\n{name:<34}{}", plain(reply.body.get(name).unwrap_or(&Value::Null)));
    }
    for (number, face) in reply.body.get("faces").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let _ = write!(text, "\n\nface {}", number + 1);
        write_block(&mut text, "  ", face);
    }
    text
}

/// A line for every value, a heading for every block.
fn write_block(text: &mut String, indent: &str, block: &Value) {
    for (name, value) in block.as_object().into_iter().flatten() {
        let component = value.get("raw").zip(value.get("score"));
        if let Some((raw, score)) = component {
            let _ = write!(text, "\n{:<34}{:<12}{} of 100", format!("{indent}{name}"), plain(raw), plain(score));
        } else if value.is_object() {
            let _ = write!(text, "\n{indent}{name}");
            write_block(text, &format!("{indent}  "), value);
        } else {
            let _ = write!(text, "\n{:<34}{}", format!("{indent}{name}"), plain(value));
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "-".to_owned(),
        Value::Array(all) if all.is_empty() => "none".to_owned(),
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
