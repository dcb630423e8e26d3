//! The error answers of an operation, from the codes that it can give.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, Response, ResponseBuilder};

use super::examples::SESSION;
use crate::ErrorCode;

/// One response a status, with a table of its codes and an example for each.
pub(super) fn responses(codes: &[ErrorCode]) -> impl Iterator<Item = (String, Response)> {
    let mut by_status = BTreeMap::<u16, Vec<ErrorCode>>::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(*code);
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), response(status, &codes)))
}

fn response(status: u16, codes: &[ErrorCode]) -> Response {
    let lines: Vec<_> = codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.message())).collect();
    let code = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes.iter().map(|code| code.as_str())))
        .build();
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name("ErrorBody"))
        .item(ObjectBuilder::new().property("error_code", code))
        .build();
    let examples = codes.iter().map(|code| {
        let mut value = json!({"message": code.message(), "error_code": code.as_str(), "session_id": SESSION});
        if *code == ErrorCode::DuplicateFace {
            value["duplicate_subject_id"] = json!("citra");
        }
        (code.as_str(), super::examples::example(value))
    });
    let content = ContentBuilder::new().schema(Some(Schema::AllOf(schema))).examples_from_iter(examples).build();
    let response = ResponseBuilder::new().description(lines.join("\n")).content("application/json", content);
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
    match status {
        429 | 503 => response
            .header("Retry-After", HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds")).build()),
        _ => response,
    }
    .build()
}
