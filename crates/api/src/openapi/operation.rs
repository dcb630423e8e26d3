//! One operation of the document, told in a few words.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder};

use super::errors;
use super::examples::example;
use crate::ErrorCode;

/// The schemas that operations refer to.
#[derive(Default)]
pub(super) struct Schemas(BTreeMap<String, RefOr<Schema>>);

impl Schemas {
    /// Adds a type and what it refers to.
    pub fn add<T: ToSchema>(&mut self) -> Ref {
        let mut found = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut found);
        self.0.extend(found);
        Ref::from_schema_name(T::name())
    }

    /// Every schema by name.
    pub fn into_sorted(self) -> impl Iterator<Item = (String, RefOr<Schema>)> {
        self.0.into_iter()
    }
}

/// Codes that every request with a key can get.
const OF_ALL: [ErrorCode; 5] = [
    ErrorCode::Unauthorized,
    ErrorCode::MethodNotAllowed,
    ErrorCode::TooManyRequests,
    ErrorCode::Internal,
    ErrorCode::ServerBusy,
];

/// Named examples.
pub(super) type Examples = Vec<(&'static str, Value)>;

/// Builds one operation.
pub(super) struct Doc<'a> {
    schemas: &'a mut Schemas,
    operation: OperationBuilder,
    codes: Vec<ErrorCode>,
}

impl<'a> Doc<'a> {
    /// An operation that needs a key.
    pub fn with_key(schemas: &'a mut Schemas, id: &str, summary: &str, description: &str) -> Self {
        let mut doc = Self::open(schemas, id, summary, description);
        let both = SecurityRequirement::new::<_, [&str; 0], _>("AppId", []).add::<_, [&str; 0], _>("ApiKey", []);
        doc.operation = doc.operation.tag("face").security(both);
        doc.codes.extend(OF_ALL);
        doc
    }

    /// An operation that needs none.
    pub fn open(schemas: &'a mut Schemas, id: &str, summary: &str, description: &str) -> Self {
        let operation = OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(summary))
            .description(Some(description).filter(|text| !text.is_empty()));
        Self { schemas, operation, codes: Vec::new() }
    }

    /// A parameter of the path, the query or the header.
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.operation = self.operation.parameter(parameter);
        self
    }

    /// The JSON body.
    pub fn body<T: ToSchema>(mut self, required: bool, examples: Examples) -> Self {
        let examples = examples.into_iter().map(|(name, value)| (name, example(value)));
        let content = ContentBuilder::new().schema(Some(self.schemas.add::<T>())).examples_from_iter(examples).build();
        let required = if required { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(required)).build();
        self.operation = self.operation.request_body(Some(body));
        self.codes.push(ErrorCode::RequestTimeout);
        self
    }

    /// The answer with status 200.
    pub fn answer<T: ToSchema>(mut self, description: &str, examples: Examples) -> Self {
        let examples = examples.into_iter().map(|(name, value)| (name, example(value)));
        let content = ContentBuilder::new().schema(Some(self.schemas.add::<T>())).examples_from_iter(examples).build();
        let answer = ResponseBuilder::new().description(description).content("application/json", content).build();
        self.operation = self.operation.response("200", answer);
        self
    }

    /// Codes beyond those that every operation can give.
    pub fn codes(mut self, codes: &[ErrorCode]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// The operation.
    pub fn build(self) -> Operation {
        let mut codes = self.codes;
        codes.sort_by_key(|code| ErrorCode::ALL.iter().position(|known| known == code));
        errors::responses(&codes)
            .fold(self.operation, |operation, (status, response)| operation.response(status, response))
            .build()
    }
}
