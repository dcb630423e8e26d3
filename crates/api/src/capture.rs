//! What an app orders of the capture page: worded for the store, and read again where the page is served.

use facegate_domain::{Gates, SubjectId};
use facegate_service::Checks;
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;

/// What a capture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Enrol whoever is before the camera.
    Enroll,
    /// Check that it is the subject.
    Verify,
}

/// An order. `Debug` is left out: it names a subject.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CaptureOrder {
    /// What for.
    pub purpose: Purpose,
    /// Whom; for an enrolment without one an id is made.
    pub subject_id: Option<String>,
    /// The gates, as a bit mask.
    pub gates: u8,
    /// Similarity from which faces match, 0..100.
    pub threshold: f64,
    /// Where the page leads when it is done.
    pub return_url: Option<String>,
    /// The origin whose page shows it in a frame and is told how it went.
    pub origin: Option<String>,
}

impl CaptureOrder {
    /// As the store keeps it.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From the store's text; `None` if another version wrote it.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whom it is about.
    pub fn subject(&self) -> Option<SubjectId> {
        self.subject_id.as_deref().and_then(|id| SubjectId::parse(id).ok())
    }

    /// What is measured: quality, to guide, and whatever has a gate.
    pub fn checks(&self) -> Checks {
        let gates = Gates::from_bits_truncate(self.gates) & Gates::REQUESTABLE;
        let (attributes, liveness) = (gates.contains(Gates::ATTRIBUTE), gates.contains(Gates::LIVENESS));
        Checks { quality: true, attributes, liveness, gates }
    }
}

/// Whether the page may lead there: https, or http on this machine; of the listed origins if there are any.
pub(crate) fn may_return_to(url: &str, origins: &[String]) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && local);
    let plain = url.username().is_empty() && url.password().is_none();
    safe && plain && (origins.is_empty() || origins.contains(&url.origin().ascii_serialization()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_to_safe_places_only() {
        let listed = ["https://bank.example".to_owned()];
        for (url, any, among) in [
            ("https://bank.example/done?x=1", true, true),
            ("https://bank.example:8443/done", true, false),
            ("https://evil.example/", true, false),
            ("http://127.0.0.1:3000/done", true, false),
            ("http://localhost/done", true, false),
            ("http://bank.example/", false, false),
            ("https://a:b@bank.example/", false, false),
            ("javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("/done", false, false),
            ("", false, false),
        ] {
            assert_eq!((may_return_to(url, &[]), may_return_to(url, &listed)), (any, among), "{url}");
        }
    }
}
