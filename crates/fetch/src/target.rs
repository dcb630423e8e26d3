//! The rules that a URL must pass before anything is connected: syntax, scheme, credentials, host, port, extension.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::{FetchError, FetchPolicy};

/// Longest URL in bytes. RFC 9110 section 4.1 asks for at least 8,000.
const MAX_URL_BYTES: usize = 8192;

/// Extensions of the formats that are accepted.
const EXTENSIONS: [&str; 5] = ["jpg", "jpeg", "jpe", "jfif", "png"];

/// Ports of other protocols, ascending: "bad port" of the Fetch standard, section 2.9 (fetch.spec.whatwg.org/#port-blocking).
/// An HTTP request to one of them may be understood there as commands.
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// Whether the text looks like an http(s) URL at all, as opposed to base64. Says nothing about whether it may be fetched.
pub fn is_url(text: &str) -> bool {
    let text = text.trim_start();
    ["http://", "https://"]
        .iter()
        .any(|prefix| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
}

/// The URL as it would be asked for, if it passes every rule that needs no name resolution; asks for nothing.
///
/// # Errors
/// Which rule it breaks.
pub fn check_url(text: &str, policy: &FetchPolicy) -> Result<Url, FetchError> {
    Target::parse(text, policy).map(|target| target.0)
}

/// The same for what a redirect leads to, from a URL that has passed; `location` is the header's value.
///
/// # Errors
/// Which rule it breaks.
pub fn check_redirect(from: &Url, location: &[u8], policy: &FetchPolicy) -> Result<Url, FetchError> {
    Target(from.clone()).redirected(location, policy).map(|target| target.0)
}

/// A URL that has passed every rule that needs no name resolution.
#[derive(Clone)]
pub(crate) struct Target(Url);

impl Target {
    /// Checks a URL as a caller wrote it; surrounding white space is not part of it.
    pub(crate) fn parse(text: &str, policy: &FetchPolicy) -> Result<Self, FetchError> {
        let text = text.trim();
        check_text(text)?;
        let url = Url::parse(text).map_err(invalid)?;
        // The parser forgives "http:host" and "http:\\host"; a caller has no reason to write them.
        if matches!(url.scheme(), "http" | "https") && !is_url(text) {
            return Err(FetchError::InvalidUrl("no // after the scheme"));
        }
        Self::check(url, policy)
    }

    /// Checks the URL that a redirect leads to; `location` is the header's value, relative or absolute.
    pub(crate) fn redirected(&self, location: &[u8], policy: &FetchPolicy) -> Result<Self, FetchError> {
        let location = std::str::from_utf8(location).map_err(|_| FetchError::InvalidUrl("a redirect is not UTF-8"))?;
        check_text(location)?;
        Self::check(self.0.join(location).map_err(invalid)?, policy)
    }

    fn check(mut url: Url, policy: &FetchPolicy) -> Result<Self, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials);
        }
        if url.port().is_some_and(|port| BAD_PORTS.binary_search(&port).is_ok()) {
            return Err(FetchError::Port);
        }
        // The HTTP client connects to an address in the host's place without asking the resolver, so it is judged here.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(name)) => check_name(name).map(|()| None)?,
            None => return Err(FetchError::InvalidUrl("no host")),
        };
        if literal.is_some_and(|address| !policy.permits(address)) {
            return Err(FetchError::Forbidden);
        }
        check_extension(url.path())?;
        url.set_fragment(None);
        // As it is asked for it may be three times as long as it was written: other letters are spelt out.
        check_length(url.as_str())?;
        Ok(Self(url))
    }

    /// The URL to ask for.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

/// The parser drops tabs and line breaks wherever they stand, so a text would be read otherwise than it was written.
fn check_text(text: &str) -> Result<(), FetchError> {
    check_length(text)?;
    if text.chars().any(char::is_control) {
        return Err(FetchError::InvalidUrl("control characters"));
    }
    Ok(())
}

fn check_length(text: &str) -> Result<(), FetchError> {
    if text.len() > MAX_URL_BYTES { Err(FetchError::InvalidUrl("too long")) } else { Ok(()) }
}

/// Names as the DNS has them, and nothing that one parser might read otherwise than another.
fn check_name(name: &str) -> Result<(), FetchError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let labels = name.strip_suffix('.').unwrap_or(name);
    if labels.is_empty() || !name.bytes().all(allowed) || labels.split('.').any(str::is_empty) {
        return Err(FetchError::InvalidUrl("not a host name"));
    }
    Ok(())
}

/// Refuses a file extension that is neither JPEG's nor PNG's. A path without an extension passes: the bytes decide.
fn check_extension(path: &str) -> Result<(), FetchError> {
    let segment = path.rsplit('/').next().unwrap_or_default();
    let decoded = percent_decode_str(segment).decode_utf8_lossy();
    // Object stores write a whole path into one segment, with %2F; a path parameter follows a semicolon (RFC 3986, 3.3).
    let name = decoded.rsplit('/').next().unwrap_or_default();
    let name = name.split(';').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((_, extension)) if !extension.is_empty() => {
            let known = EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension));
            if known { Ok(()) } else { Err(FetchError::Extension) }
        }
        _ => Ok(()),
    }
}

fn invalid(error: url::ParseError) -> FetchError {
    FetchError::InvalidUrl(match error {
        url::ParseError::EmptyHost => "no host",
        url::ParseError::InvalidPort => "not a port",
        url::ParseError::RelativeUrlWithoutBase => "no scheme",
        url::ParseError::IdnaError
        | url::ParseError::InvalidIpv4Address
        | url::ParseError::InvalidIpv6Address
        | url::ParseError::InvalidDomainCharacter => "not a host",
        _ => "not a URL",
    })
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
