//! A request's body as the rules look at it.

use serde_json::{Map, Value};

/// A body that is a JSON object, for one kind of app.
pub struct Body {
    /// The fields; of a name that is repeated the last one.
    fields: Map<String, Value>,
    /// Whether the app is a sandbox, whose images are names of scenarios.
    pub sandbox: bool,
    /// The value of the first `subject_id` of the query, for deletions.
    pub query: Option<String>,
}

/// The flags with their defaults in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// Quality: computed, and a gate.
    pub quality: (bool, bool),
    /// Attributes: computed, and a gate.
    pub attribute: (bool, bool),
    /// Liveness: computed, and a gate.
    pub liveness: (bool, bool),
    /// The gate on the number of faces.
    pub nface: bool,
}

impl Body {
    /// Reads a body; `None` if it is no JSON object.
    pub fn parse(body: &[u8], sandbox: bool, query: Option<&str>) -> Option<Self> {
        let Value::Object(fields) = serde_json::from_slice(body).ok()? else { return None };
        Some(Self { fields, sandbox, query: query.map(str::to_owned) })
    }

    /// The field's value; `null` is the same as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field is there and `null`.
    pub fn is_null(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(Value::is_null)
    }

    /// A text without the white space around it; `None` if there is none.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str).map(str::trim)
    }

    /// A number; `None` if there is none.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_f64)
    }

    /// A flag, or its default.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// All flags; `liveness` is the endpoint's default of `is_liveness`.
    pub fn flags(&self, liveness: bool) -> Flags {
        Flags {
            quality: (self.flag("is_quality", true), self.flag("validate_quality", false)),
            attribute: (self.flag("is_attribute", true), self.flag("validate_attribute", false)),
            liveness: (self.flag("is_liveness", liveness), self.flag("validate_liveness", false)),
            nface: self.flag("validate_nface", false),
        }
    }

    /// Whether the field's text is empty; a missing one is not.
    pub fn is_empty(&self, name: &str) -> bool {
        self.text(name) == Some("")
    }
}
