//! What an allowed server delivers, and how its failures are told.

use facegate_fetch::{FetchError, FetchPolicy, Fetcher};

use crate::support::{Names, Server, Step, allowing, local_fetcher, raw, reply};

#[tokio::test]
async fn the_bytes_of_an_answer_arrive_as_they_are() {
    let server = Server::start("127.0.0.1", |path| match path {
        "/plain.jpg?size=2" => reply("200 OK", &["Content-Type: text/html"], b"\xff\xd8plain"),
        "/chunked.png" => raw("200 OK", &["Transfer-Encoding: chunked"], b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"),
        "/until-close" => raw("200 OK", &["Connection: close"], b"whole"),
        "/identity.jpg" => reply("200 OK", &["Content-Encoding: Identity"], b"same"),
        "/created" => reply("201 Created", &[], b"new"),
        "/empty" => raw("204 No Content", &[], b""),
        _ => reply("404 Not Found", &[], b""),
    })
    .await;
    let fetcher = local_fetcher();
    for (path, body) in [
        ("/plain.jpg?size=2", &b"\xff\xd8plain"[..]),
        ("/chunked.png", b"abcdefg"),
        ("/until-close", b"whole"),
        ("/identity.jpg", b"same"),
        ("/created", b"new"),
        ("/empty", b""),
    ] {
        assert_eq!(fetcher.fetch(&server.url(path)).await.unwrap(), body, "{path}");
    }
}

#[tokio::test]
async fn names_resolve_through_the_lookup_and_localhost_is_this_machine() {
    let server = Server::start("127.0.0.1", |_| reply("200 OK", &[], b"here")).await;
    let port = server.address.port();
    let names = Names::new(&[("photos.test", &[&["127.0.0.1"]]), ("localhost", &[&["127.0.0.9"]])]);
    let fetcher = Fetcher::with_resolver(allowing(&["127.0.0.0/8"]), names).unwrap();
    for host in ["photos.test", "localhost", "a.localhost.", "2130706433", "[::ffff:127.0.0.1]"] {
        assert_eq!(fetcher.fetch(&format!("http://{host}:{port}/a.jpg")).await.unwrap(), "here", "{host}");
    }
    // The system's own resolver, which knows the name from its hosts file.
    let system = Fetcher::new(allowing(&["127.0.0.0/8"])).unwrap();
    assert_eq!(system.fetch(&format!("http://localhost:{port}/a.jpg")).await.unwrap(), "here");
    let strict = Fetcher::new(FetchPolicy::default()).unwrap();
    assert_eq!(strict.fetch(&format!("http://localhost:{port}/a.jpg")).await, Err(FetchError::Forbidden));
}

#[tokio::test]
async fn a_request_tells_no_more_than_it_must() {
    let server = Server::start("127.0.0.1", |path| match path {
        "/a.jpg" => reply("302 Found", &["Location: /b.jpg", "Set-Cookie: id=1"], b""),
        _ => reply("200 OK", &[], b"b"),
    })
    .await;
    local_fetcher().fetch(&server.url("/a.jpg#fragment")).await.unwrap();
    let heads = server.seen.heads();
    assert_eq!(heads.len(), 2);
    for (head, path) in heads.iter().zip(["/a.jpg", "/b.jpg"]) {
        let mut lines: Vec<_> = head.trim_end().lines().map(str::to_ascii_lowercase).collect();
        assert_eq!(lines.remove(0), format!("get {path} http/1.1"));
        lines.sort();
        assert_eq!(
            lines,
            [
                "accept-encoding: identity".to_owned(),
                "accept: image/jpeg, image/png".to_owned(),
                format!("host: {}", server.address),
                format!("user-agent: facegate/{}", env!("CARGO_PKG_VERSION")),
            ]
        );
    }
}

#[tokio::test]
async fn five_redirects_are_followed_and_six_are_not() {
    let server = Server::start("127.0.0.1", |path| match path.trim_start_matches('/').parse::<usize>() {
        Ok(0) => reply("200 OK", &[], b"end"),
        Ok(left) => {
            let status = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"][left % 5];
            reply(status, &[&format!("Location: {}", left - 1)], b"ignored")
        }
        Err(_) => reply("302 Found", &["Location: /loop.jpg"], b""),
    })
    .await;
    let fetcher = local_fetcher();
    assert_eq!(fetcher.fetch(&server.url("/5")).await.unwrap(), "end");
    assert_eq!(fetcher.fetch(&server.url("/6")).await, Err(FetchError::TooManyRedirects));
    let before = server.seen.accepted();
    assert_eq!(fetcher.fetch(&server.url("/loop.jpg")).await, Err(FetchError::TooManyRedirects));
    assert_eq!(server.seen.accepted() - before, 6);
}

#[tokio::test]
async fn every_other_status_is_an_error() {
    let server = Server::start("127.0.0.1", |path| {
        let status = path.trim_start_matches('/');
        match status {
            // A redirect without a place to go, and a 3xx that is no redirect.
            "302" => reply("302 Found", &[], b""),
            "304" => raw("304 Not Modified", &["Location: /200"], b""),
            "300" => reply("300 Multiple Choices", &["Location: /200"], b""),
            _ => reply(&format!("{status} Some Reason"), &[], b"\xff\xd8 an error page"),
        }
    })
    .await;
    for status in [300, 302, 304, 400, 401, 403, 404, 407, 410, 418, 429, 500, 502, 503, 599] {
        let found = local_fetcher().fetch(&server.url(&format!("/{status}"))).await;
        assert_eq!(found, Err(FetchError::Status(status)), "{status}");
    }
}

#[tokio::test]
async fn encodings_and_extensions_that_were_not_asked_for_are_refused() {
    let server = Server::start("127.0.0.1", |path| match path {
        "/gzip.jpg" => reply("200 OK", &["Content-Encoding: gzip"], b"\x1f\x8b"),
        "/twice.jpg" => reply("200 OK", &["Content-Encoding: identity", "Content-Encoding: br"], b"x"),
        "/list.jpg" => reply("200 OK", &["Content-Encoding: identity, gzip"], b"x"),
        "/to-gif.jpg" => reply("302 Found", &["Location: /a.gif"], b""),
        _ => reply("200 OK", &[], b"GIF89a"),
    })
    .await;
    let fetcher = local_fetcher();
    for path in ["/gzip.jpg", "/twice.jpg", "/list.jpg"] {
        assert_eq!(fetcher.fetch(&server.url(path)).await, Err(FetchError::Encoding), "{path}");
    }
    let before = server.seen.accepted();
    assert_eq!(fetcher.fetch(&server.url("/a.gif")).await, Err(FetchError::Extension));
    assert_eq!(server.seen.accepted(), before);
    assert_eq!(fetcher.fetch(&server.url("/to-gif.jpg")).await, Err(FetchError::Extension));
    assert_eq!(server.seen.accepted(), before + 1);
}

#[tokio::test]
async fn broken_answers_are_unreachable() {
    let server = Server::start("127.0.0.1", |path| match path {
        "/short" => raw("200 OK", &["Content-Length: 100"], b"only this"),
        "/cut-chunk" => raw("200 OK", &["Transfer-Encoding: chunked"], b"ff\r\nonly this"),
        "/bad-chunk" => raw("200 OK", &["Transfer-Encoding: chunked"], b"zz\r\nx"),
        "/two-lengths" => raw("200 OK", &["Content-Length: 1", "Content-Length: 2"], b"xx"),
        "/negative" => raw("200 OK", &["Content-Length: -1"], b"x"),
        "/silent" => vec![],
        "/noise" => vec![Step::Send(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())],
        "/old" => vec![Step::Send(b"just bytes, as in HTTP/0.9".to_vec())],
        "/many-headers" => raw("200 OK", &["A: b"; 5000], b"x"),
        "/long-header" => raw("200 OK", &[&format!("A: {}", "b".repeat(2_000_000))], b"x"),
        "/bad-location" => reply("302 Found", &["Location: http://["], b""),
        _ => unreachable!(),
    })
    .await;
    let fetcher = local_fetcher();
    for path in [
        "/short",
        "/cut-chunk",
        "/bad-chunk",
        "/two-lengths",
        "/negative",
        "/silent",
        "/noise",
        "/old",
        "/many-headers",
        "/long-header",
    ] {
        let found = fetcher.fetch(&server.url(path)).await;
        assert!(matches!(found, Err(FetchError::Unreachable(_))), "{path}: {found:?}");
    }
    assert!(matches!(fetcher.fetch(&server.url("/bad-location")).await, Err(FetchError::InvalidUrl(_))));
    // A port that nobody listens at: one that was free a moment ago.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(fetcher.fetch(&format!("http://{free}/a.jpg")).await, Err(FetchError::Unreachable("no connection")));
}
