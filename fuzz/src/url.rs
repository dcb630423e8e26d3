//! What a URL must be that was found fit to be asked for, judged by the standard library's words for addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use facegate_fetch::{FetchPolicy, check_redirect, check_url, is_url};
use url::{Host, Url};

/// Checks a URL, and where a redirect from there may lead.
pub fn judge(text: &str, location: &[u8]) {
    let policy = FetchPolicy::default();
    let Ok(url) = check_url(text, &policy) else { return };
    assert!(is_url(text), "fetched, but not recognised as a URL");
    sound(&url);
    // As it is asked for it passes again, unchanged, also as a redirect.
    assert_eq!(check_url(url.as_str(), &policy).as_ref(), Ok(&url));
    assert_eq!(check_redirect(&url, url.as_str().as_bytes(), &policy).as_ref(), Ok(&url));
    let open = FetchPolicy { allow: vec!["10.0.0.0/8".parse().expect("a network")], ..FetchPolicy::default() };
    assert_eq!(check_url(text, &open).as_ref(), Ok(&url), "a wider policy refuses it");
    if let Ok(next) = check_redirect(&url, location, &policy) {
        sound(&next);
        assert_eq!(check_url(next.as_str(), &policy).as_ref(), Ok(&next), "a redirect reaches more than a caller");
    }
}

fn sound(url: &Url) {
    assert!(matches!(url.scheme(), "http" | "https"));
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert!(!matches!(url.port(), Some(0 | 22 | 25 | 110 | 143 | 6000 | 6667)));
    match url.host() {
        Some(Host::Ipv4(address)) => assert!(!is_inside_v4(address), "inside: {address}"),
        Some(Host::Ipv6(address)) => assert!(!is_inside_v6(address), "inside: {address}"),
        Some(Host::Domain(name)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            assert!(!name.is_empty() && name.chars().all(plain), "not a name of the DNS");
        }
        None => panic!("no host"),
    }
}

fn is_inside_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && b & 0xc0 == 64)
        || (a == 198 && b & 0xfe == 18)
}

fn is_inside_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_inside_v4(inner);
    }
    let [first, second, .., high, low] = address.segments();
    match (first, second) {
        (0x64, 0xff9b) => is_inside_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        (0x2002, _) | (0x2001, 0xdb8) => true,
        _ => first & 0xe000 != 0x2000,
    }
}
