//! The body of a request, as every endpoint reads it, in sandbox apps and others, against the model of the contract.
//!
//! Input: the body; behind a line `?` the value of the query's `subject_id`, for deletions.

use allocation_counter::measure;
use facegate_api::stages::{self, Parsed};
use facegate_api::{Endpoint as Route, ErrorCode};
use facegate_domain::{AppMode, Gates};
use facegate_service::ImageInput;
use facegate_test_contract::{Endpoint, code};
use serde_json::Value;

/// Most bytes of an image here; the model does not know sizes, so nothing is larger.
const MAX_BYTES: usize = 1 << 20;
const ORIGINS: [&str; 2] = ["https://bank.example", "http://localhost:3000"];

/// Runs one input.
pub fn run(data: &[u8]) {
    let split = data.windows(2).position(|two| two == b"\n?");
    let (body, query) = split.map_or((data, None), |at| (&data[..at], std::str::from_utf8(&data[at + 2..]).ok()));
    // The model reads JSON by serde's strict rules; what only they refuse (deep nesting, numbers without end, halves of
    // surrogates in fields that nobody reads) may be taken or refused.
    let strict = body.trim_ascii().is_empty() || serde_json::from_slice::<Value>(body).is_ok();
    for endpoint in Endpoint::ALL {
        match route(endpoint) {
            None => deletion(body, query, strict),
            Some(route) => {
                for mode in [AppMode::Live, AppMode::Sandbox] {
                    let mut parsed = Err(ErrorCode::Internal.into());
                    let memory = measure(|| parsed = stages::payload(route, body, mode, MAX_BYTES)).bytes_max;
                    assert!(memory <= 4 * body.len() as u64 + 4096, "{memory} bytes for a body of {}", body.len());
                    let expected = code(endpoint, body, mode == AppMode::Sandbox, None);
                    let found = parsed.as_ref().err().map(|error| error.code.as_str());
                    assert!(
                        !strict || found == expected,
                        "{endpoint:?} {mode}: {found:?}, by the contract {expected:?}"
                    );
                    if let Ok(parsed) = parsed {
                        sound(&parsed, mode);
                    }
                }
            }
        }
    }
    capture(body);
}

fn route(endpoint: Endpoint) -> Option<Route> {
    Some(match endpoint {
        Endpoint::Enroll => Route::Enroll,
        Endpoint::Verify => Route::Verify,
        Endpoint::Compare => Route::Compare,
        Endpoint::Search => Route::Search,
        Endpoint::Liveness => Route::Liveness,
        Endpoint::Detect => Route::Detect,
        Endpoint::Delete => return None,
    })
}

fn deletion(body: &[u8], query: Option<&str>, strict: bool) {
    let encoded = query.map(|text| {
        let mut pairs = url::form_urlencoded::Serializer::new("x=1".to_owned());
        pairs.append_pair("subject_id", text).finish()
    });
    let found = stages::delete_payload(body, encoded.as_deref().unwrap_or_default());
    let found = found.as_ref().err().map(|error| error.code.as_str());
    assert!(!strict || found == code(Endpoint::Delete, body, false, query), "deletion: {found:?}");
}

/// What was accepted is within its ranges.
fn sound(parsed: &Parsed, mode: AppMode) {
    let checks = parsed.checks;
    let computed = [
        (Gates::QUALITY, checks.quality),
        (Gates::ATTRIBUTE, checks.attributes),
        (Gates::LIVENESS, checks.liveness),
        (Gates::NFACE, true),
    ];
    assert!(Gates::REQUESTABLE.contains(checks.gates));
    assert!(computed.iter().all(|(gate, computed)| *computed || !checks.gates.contains(*gate)));
    assert!(parsed.threshold.is_none_or(|threshold| (0.0..=100.0).contains(&threshold)));
    assert!(parsed.limit.is_none_or(|limit| (1..=10).contains(&limit)));
    for image in &parsed.images {
        match image {
            ImageInput::Scenario(name) => assert!(mode == AppMode::Sandbox && !name.is_empty()),
            ImageInput::Bytes(bytes) => assert!(mode != AppMode::Sandbox && (1..=MAX_BYTES).contains(&bytes.len())),
            ImageInput::Url(_) | ImageInput::TooLarge => assert!(mode != AppMode::Sandbox),
        }
    }
}

/// An order of the capture page that was accepted is kept as it is, and leads to safe places only.
fn capture(body: &[u8]) {
    for origins in [Vec::new(), ORIGINS.map(str::to_owned).to_vec()] {
        let Ok((order, seconds)) = stages::capture_payload(body, &origins) else { continue };
        assert!((60..=3600).contains(&seconds) && (0.0..=100.0).contains(&order.threshold));
        assert!(facegate_api::CaptureOrder::from_text(&order.to_text()) == Some(order.clone()));
        assert!(order.subject_id.is_none() == order.subject().is_none());
        assert!(order.origin.is_none_or(|origin| origins.contains(&origin)));
        if let Some(text) = order.return_url {
            let url = url::Url::parse(&text).expect("an address to return to is one");
            let local = matches!(url.host_str(), Some("localhost" | "[::1]"))
                || url.host_str().is_some_and(|host| host.starts_with("127."));
            assert!(url.scheme() == "https" || (url.scheme() == "http" && local), "leads elsewhere");
            assert!(origins.is_empty() || origins.contains(&url.origin().ascii_serialization()));
        }
    }
}
