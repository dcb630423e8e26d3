//! The URL rules, without a network.

use super::*;

fn check(text: &str) -> Result<String, FetchError> {
    Target::parse(text, &FetchPolicy::default()).map(|target| target.url().to_string())
}

#[test]
fn a_url_is_told_from_base64() {
    for text in ["http://a", "https://a/b.jpg", "HTTPS://A", "  http://a", "http://"] {
        assert!(is_url(text), "{text}");
    }
    for text in [
        "",
        "http",
        "http:",
        "http:/a",
        "ftp://a",
        "file:///etc/passwd",
        "aHR0cDovLw==",
        "data:image/png;base64,AA",
        "é",
    ] {
        assert!(!is_url(text), "{text}");
    }
}

#[test]
fn extensions_are_jpeg_or_png_or_none() {
    for path in [
        "/a.jpg",
        "/a.JPEG",
        "/a.jpe",
        "/a.jfif",
        "/a.Png",
        "/a.b.png",
        "/a%2Ejpg",
        "/a.p%6Eg",
        "/",
        "/photo",
        "/photo.",
        "/v1.2/photo",
        "/a.exe/photo",
        "/o/site.backup%2Fphoto",
        "/o/x%2Fa.jpg?alt=media",
        "/a.jpg;v=1.2",
        "/a?f=x.gif",
        "/a.jpg#x.gif",
        "/.jpg",
        "",
    ] {
        assert!(check(&format!("https://example.org{path}")).is_ok(), "{path}");
    }
    for path in [
        "/a.gif",
        "/a.webp",
        "/a.HEIC",
        "/a.svg",
        "/a.jpg.exe",
        "/a.pn",
        "/a.pngx",
        "/a.jpg%20",
        "/a.jpg%00",
        "/a.exe%00",
        "/a%2Egif",
        "/a.%67if",
        "/x%2Fa.gif",
        "/a.gif;x.jpg",
        "/a.php?f=x.jpg",
        "/b.jpg/a.php",
        "/a.gif#x.jpg",
        "/a.é",
    ] {
        assert_eq!(check(&format!("https://example.org{path}")), Err(FetchError::Extension), "{path}");
    }
}

#[test]
fn only_ports_of_other_protocols_are_refused() {
    assert!(BAD_PORTS.is_sorted());
    for port in BAD_PORTS {
        assert_eq!(check(&format!("https://example.org:{port}/a.jpg")), Err(FetchError::Port), "{port}");
    }
    for port in [80, 443, 2, 81, 3000, 8000, 8080, 8443, 9000, 65535] {
        assert!(check(&format!("https://example.org:{port}/a.jpg")).is_ok(), "{port}");
    }
}

#[test]
fn a_valid_url_stays_as_it_is_but_for_its_fragment() {
    let same = "https://bücher.example:8443/a%20b.jpg?x=1&y=ü";
    assert_eq!(check(same).unwrap(), "https://xn--bcher-kva.example:8443/a%20b.jpg?x=1&y=%C3%BC");
    assert_eq!(check(" https://Example.ORG/a b.jpg#face \n").unwrap(), "https://example.org/a%20b.jpg");
    assert!(check(&format!("https://example.org/{}", "a".repeat(MAX_URL_BYTES))).is_err());
    // As it is sent each of these letters takes six bytes.
    assert!(check(&format!("https://example.org/{}", "é".repeat(MAX_URL_BYTES / 4))).is_err());
}

#[test]
fn redirects_are_judged_like_first_urls() {
    let policy = FetchPolicy::default();
    let target = Target::parse("https://example.org/photos/a.jpg", &policy).unwrap();
    let follow = |location: &str| target.redirected(location.as_bytes(), &policy).map(|next| next.url().to_string());
    assert_eq!(follow("b.png").unwrap(), "https://example.org/photos/b.png");
    assert_eq!(follow("/c").unwrap(), "https://example.org/c");
    assert_eq!(follow("//cdn.example/d.jpg").unwrap(), "https://cdn.example/d.jpg");
    assert_eq!(follow("http://cdn.example/d.jpg").unwrap(), "http://cdn.example/d.jpg");
    assert_eq!(follow("e.gif"), Err(FetchError::Extension));
    assert_eq!(follow("//127.0.0.1/"), Err(FetchError::Forbidden));
    assert_eq!(follow("//[::1]/"), Err(FetchError::Forbidden));
    assert_eq!(follow("//u:p@cdn.example/"), Err(FetchError::Credentials));
    assert_eq!(follow("//cdn.example:22/"), Err(FetchError::Port));
    assert_eq!(follow("file:///etc/passwd"), Err(FetchError::Scheme));
    assert_eq!(follow("http://"), Err(FetchError::InvalidUrl("no host")));
    assert!(matches!(target.redirected(b"/\xff\xfe", &policy), Err(FetchError::InvalidUrl(_))));
}
