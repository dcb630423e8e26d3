//! The OpenAPI document: made from the wire types, the payload rules and the error table, so it cannot say other things
//! than they do.

mod captures;
mod errors;
mod examples;
mod operation;
mod paths;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use operation::Schemas;

const ABOUT: &str = "Enrols, verifies, compares and searches faces. A client of the API that this one follows works after \
    changing its base URL; what is beyond that API is marked [ours].\n\n\
    **Answers** are flat JSON objects. An error has `message`, `error_code` and `session_id` [ours]. Gates that refuse a \
    photo answer 200 with `error_code` `FAIL_ON_n`, n = 1·liveness + 2·attribute + 4·quality + 8·nface, or 16 if the \
    faces do not match; on success `message` is exactly `Request Success` and there is no `error_code`.\n\n\
    **Apps** are `live`, `testing` (the 403 codes of quotas) or `sandbox`: no model runs and `image` is a scenario, \
    `LIVE_PERSON[_BLUR|_DARK|_BLURDARK][_M][V][S]_<A..J>_<1..9 faces>`, `SPOOF_PERSON_…` [ours], `NO_FACE_PHOTO` or \
    `IMAGE_EXCEED_LIMIT`. All examples here are answers of a sandbox app.\n\n\
    Unknown fields are ignored, and `null` for an optional field is the same as leaving it out. Pixels are those of the \
    upright photo; left and right are as seen in it.";

/// The document.
fn document() -> OpenApi {
    let mut schemas = Schemas::default();
    let paths = paths::paths(&mut schemas);
    let key = |name, text| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas.into_sorted())
        .security_scheme("AppId", key("App-ID", "The app. Header names are case-insensitive."))
        .security_scheme("ApiKey", key("API-Key", "One of the app's keys."))
        .build();
    let info = InfoBuilder::new()
        .title("facegate")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

/// The OpenAPI document as indented JSON, the same bytes each time.
///
/// # Errors
/// None in practice: the document is made of texts and numbers.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&document())?;
    text.push('\n');
    Ok(text)
}

/// Fails unless the documented fields of a body are exactly the recognised ones.
#[cfg(test)]
pub(crate) fn assert_fields<T: utoipa::ToSchema>(recognised: &[&str]) {
    fn collect(value: &serde_json::Value, all: &serde_json::Value, found: &mut Vec<String>) {
        let names = value["properties"].as_object().into_iter().flat_map(|map| map.keys().cloned());
        found.extend(names);
        for part in value["allOf"].as_array().into_iter().flatten() {
            match part["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
                Some(name) => collect(&all[name], all, found),
                None => collect(part, all, found),
            }
        }
    }
    let mut schemas = Schemas::default();
    schemas.add::<T>();
    let all: serde_json::Map<_, _> =
        schemas.into_sorted().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    let all = serde_json::Value::Object(all);
    let mut found = Vec::new();
    collect(&all[&*T::name()], &all, &mut found);
    found.sort();
    let mut recognised = recognised.to_vec();
    recognised.sort_unstable();
    assert_eq!(found, recognised);
}

#[cfg(test)]
mod tests {
    use crate::ErrorCode;

    #[test]
    fn every_code_is_documented() {
        let text = super::openapi_json().unwrap();
        for code in ErrorCode::ALL {
            assert!(text.contains(&format!("\"{}\"", code.as_str())), "{code:?}");
        }
    }
}
