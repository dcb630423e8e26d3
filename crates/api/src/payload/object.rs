//! A JSON object of which only the fields that an endpoint knows are looked at, without copying: an image is megabytes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::ApiError;

/// The recognised fields of a body, last one first where a name is repeated.
pub(crate) struct Payload<'a> {
    fields: Vec<(&'static str, &'a RawValue)>,
}

impl<'a> Payload<'a> {
    /// Reads a body; unknown fields are ignored. `INVALID_PAYLOAD` if it is no JSON object.
    pub fn parse(body: &'a [u8], recognised: &'static [&'static str]) -> Result<Self, ApiError> {
        if body.trim_ascii().is_empty() {
            return Err(ApiError::payload("the body is empty"));
        }
        let text = std::str::from_utf8(body).map_err(|_| ApiError::payload("the body is not UTF-8"))?;
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Fields(recognised).deserialize(&mut json).and_then(|fields| json.end().map(|()| fields));
        // The parser's own words may quote what was sent.
        let fields = read.map_err(|error| {
            let (line, column) = (error.line(), error.column());
            ApiError::payload(format!("the body is not a valid JSON object (line {line}, column {column})"))
        })?;
        Ok(Self { fields })
    }

    /// A body without fields.
    pub fn empty() -> Self {
        Self { fields: Vec::new() }
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().rev().find(|(field, _)| *field == name).map(|(_, raw)| raw.get())
    }

    /// Whether the field is there and `null`.
    pub fn is_null(&self, name: &str) -> bool {
        self.raw(name) == Some("null")
    }

    fn present(&self, name: &str) -> Option<&'a str> {
        self.raw(name).filter(|raw| *raw != "null")
    }

    /// A text; `None` if absent or `null`. Borrowed unless it has escapes.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, ApiError> {
        let Some(raw) = self.present(name) else { return Ok(None) };
        let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
            return Err(ApiError::payload(format!("{name} must be a string")));
        };
        if !inner.contains('\\') {
            return Ok(Some(Cow::Borrowed(inner)));
        }
        let unescaped = serde_json::from_str(raw);
        unescaped.map(|text| Some(Cow::Owned(text))).map_err(|_| ApiError::payload(format!("{name} must be a string")))
    }

    /// A boolean; `None` if absent or `null`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.present(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(ApiError::payload(format!("{name} must be a boolean"))),
        }
    }

    /// A number; `None` if absent or `null`.
    pub fn number(&self, name: &str) -> Result<Option<f64>, ApiError> {
        let Some(raw) = self.present(name) else { return Ok(None) };
        let number = serde_json::from_str(raw).map_err(|_| ApiError::payload(format!("{name} must be a number")))?;
        Ok(Some(number))
    }

    /// The contract's `INVALID_PAYLOAD`: no recognised field with a value, or two or more of these texts empty.
    pub fn require_values(&self, texts: &[&Option<Cow<'a, str>>]) -> Result<(), ApiError> {
        if self.fields.iter().all(|(name, _)| self.present(name).is_none()) {
            return Err(ApiError::payload("no value in payload"));
        }
        let empty = texts.iter().filter(|text| text.as_ref().is_some_and(|t| t.trim().is_empty())).count();
        if empty > 1 {
            return Err(ApiError::payload("more than one empty string in payload"));
        }
        Ok(())
    }
}

struct Fields(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Self::Value = Vec::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let Some(name) = self.0.iter().find(|name| **name == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            // A repeated name replaces the earlier one, so that a body of repetitions stays small.
            fields.retain(|(field, _)| field != name);
            fields.push((name, map.next_value()?));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["image", "flag"];

    #[test]
    fn only_an_object_is_a_payload() {
        for body in [
            "",
            " \n",
            "[]",
            "\"x\"",
            "1",
            "null",
            "{",
            "{\"image\":}",
            "{\"image\":1} x",
            "{'image':1}",
            "{\"a\":tru}",
        ] {
            assert!(Payload::parse(body.as_bytes(), KNOWN).is_err(), "{body}");
        }
        assert!(Payload::parse(b"{\"image\":\"\xff\"}", KNOWN).is_err());
        assert!(Payload::parse(b"{}", KNOWN).is_ok());
    }

    #[test]
    fn fields_are_borrowed_unescaped_typed_and_the_last_one_counts() {
        let body = br#"{"other":[[{"x":1}]],"im\u0061ge":"a\/b","flag":false,"flag":true}"#;
        let payload = Payload::parse(body, KNOWN).unwrap();
        assert_eq!(payload.text("image").unwrap().unwrap(), "a/b");
        assert_eq!(payload.flag("flag").unwrap(), Some(true));
        assert_eq!(payload.text("flag").unwrap_err().message(), "flag must be a string");
        assert_eq!(payload.flag("image").unwrap_err().message(), "image must be a boolean");
        let plain = Payload::parse(br#"{"image" : "abc" }"#, KNOWN).unwrap();
        assert!(matches!(plain.text("image"), Ok(Some(Cow::Borrowed("abc")))));
    }

    #[test]
    fn errors_do_not_quote_what_was_sent() {
        let Err(error) = Payload::parse(br#""secret-name""#, KNOWN) else { panic!("accepted") };
        assert!(!error.message().contains("secret"), "{}", error.message());
    }

    #[test]
    fn deep_nesting_is_ignored_without_a_deep_stack() {
        let deep = format!("{{\"x\":{}{}, \"flag\":true}}", "[".repeat(200_000), "]".repeat(200_000));
        let payload = Payload::parse(deep.as_bytes(), KNOWN);
        assert!(payload.is_err() || payload.is_ok_and(|p| p.flag("flag").unwrap() == Some(true)));
    }
}
