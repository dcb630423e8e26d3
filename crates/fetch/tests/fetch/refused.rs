//! Spellings and tricks that lead inside. Each must be refused, as a first URL and as a redirect, without a connection.

use std::sync::Arc;

use facegate_fetch::{FetchError, FetchPolicy, Fetcher};

use crate::support::{Names, Server, allowing, reply};

/// The name of the outcome, without its text.
fn kind(error: &FetchError) -> &'static str {
    match error {
        FetchError::InvalidUrl(_) => "invalid",
        FetchError::Scheme => "scheme",
        FetchError::Credentials => "credentials",
        FetchError::Port => "port",
        FetchError::Extension => "extension",
        FetchError::Forbidden => "forbidden",
        FetchError::Unreachable(_) => "unreachable",
        _ => "other",
    }
}

/// `PORT` is that of the listeners on 127.0.0.1 and ::1.
const EVERYWHERE: &[(&str, &str)] = &[
    // IPv4, plain and in every spelling that some parser takes for 127.0.0.1
    ("http://127.0.0.1:PORT/a.jpg", "forbidden"),
    ("https://127.0.0.1:PORT/a.jpg", "forbidden"),
    ("HTTP://127.0.0.1:PORT/", "forbidden"),
    ("http://127.0.0.1:PORT", "forbidden"),
    ("http://127.0.0.1.:PORT/", "forbidden"),
    ("http://127.1:PORT/", "forbidden"),
    ("http://127.0.1:PORT/", "forbidden"),
    ("http://127.000.000.001:PORT/", "forbidden"),
    ("http://2130706433:PORT/", "forbidden"),
    ("http://0x7f000001:PORT/", "forbidden"),
    ("http://0X7F000001:PORT/", "forbidden"),
    ("http://0x7f.1:PORT/", "forbidden"),
    ("http://0x7f.0x0.0x0.0x1:PORT/", "forbidden"),
    ("http://017700000001:PORT/", "forbidden"),
    ("http://0177.0.0.1:PORT/", "forbidden"),
    ("http://0000000177.0.0.1:PORT/", "forbidden"),
    ("http://0177.0x0.1:PORT/", "forbidden"),
    ("http://%31%32%37.0.0.1:PORT/", "forbidden"),
    ("http://127%2e0%2e0%2e1:PORT/", "forbidden"),
    ("http://１２７.０.０.１:PORT/", "forbidden"),
    ("http://①②⑦.⓪.⓪.①:PORT/", "forbidden"),
    ("http://127。0。0。1:PORT/", "forbidden"),
    ("http://127．0．0．1:PORT/", "forbidden"),
    ("http://127｡0｡0｡1:PORT/", "forbidden"),
    ("http://0:PORT/", "forbidden"),
    ("http://0.0.0.0:PORT/", "forbidden"),
    ("http://0x0:PORT/", "forbidden"),
    ("http://127.255.255.254:PORT/", "forbidden"),
    ("http://256.0.0.1:PORT/", "invalid"),
    ("http://127.0.0.1.1:PORT/", "invalid"),
    ("http://4294967296:PORT/", "invalid"),
    ("http://127.0.0.0x1g:PORT/", "unreachable"),
    // other networks, and the metadata addresses of clouds
    ("http://10.0.0.1/a.jpg", "forbidden"),
    ("http://172.16.0.1/a.jpg", "forbidden"),
    ("http://192.168.1.1/a.jpg", "forbidden"),
    ("http://100.64.0.1/a.jpg", "forbidden"),
    ("http://169.254.169.254/latest/meta-data/", "forbidden"),
    ("http://2852039166/latest/meta-data/", "forbidden"),
    ("http://169.254.170.2/v2/credentials", "forbidden"),
    ("http://100.100.100.200/latest/", "forbidden"),
    ("http://168.63.129.16/machine", "forbidden"),
    ("http://192.0.0.192/opc/v2", "forbidden"),
    ("http://224.0.0.1/", "forbidden"),
    ("http://255.255.255.255/", "forbidden"),
    // IPv6, and IPv4 inside it
    ("http://[::1]:PORT/", "forbidden"),
    ("http://[0:0:0:0:0:0:0:1]:PORT/", "forbidden"),
    ("http://[0000::0001]:PORT/", "forbidden"),
    ("http://[::]:PORT/", "forbidden"),
    ("http://[::ffff:127.0.0.1]:PORT/", "forbidden"),
    ("http://[::ffff:7f00:1]:PORT/", "forbidden"),
    ("http://[0:0:0:0:0:FFFF:127.0.0.1]:PORT/", "forbidden"),
    ("http://[::ffff:0:127.0.0.1]:PORT/", "forbidden"),
    ("http://[::127.0.0.1]:PORT/", "forbidden"),
    ("http://[64:ff9b::127.0.0.1]:PORT/", "forbidden"),
    ("http://[64:ff9b::a9fe:a9fe]/", "forbidden"),
    ("http://[64:ff9b:1::7f00:1]:PORT/", "forbidden"),
    ("http://[2002:7f00:1::]:PORT/", "forbidden"),
    ("http://[2001:0:7f00:1::]:PORT/", "forbidden"),
    ("http://[2001:db8::1]/", "forbidden"),
    ("http://[fe80::1]:PORT/", "forbidden"),
    ("http://[fec0::1]/", "forbidden"),
    ("http://[fc00::1]/", "forbidden"),
    ("http://[fd00:ec2::254]/latest/", "forbidden"),
    ("http://[ff02::1]/", "forbidden"),
    ("http://[fe80::1%25lo]:PORT/", "invalid"),
    ("http://[::1%25lo]:PORT/", "invalid"),
    ("http://[::1%lo]:PORT/", "invalid"),
    ("http://[::1:PORT/", "invalid"),
    ("http://[127.0.0.1]:PORT/", "invalid"),
    ("http://::1:PORT/", "invalid"),
    // names
    ("http://localhost:PORT/a.jpg", "forbidden"),
    ("http://LocalHost:PORT/", "forbidden"),
    ("http://localhost.:PORT/", "forbidden"),
    ("http://a.localhost:PORT/", "forbidden"),
    ("http://a.b.localhost.:PORT/", "forbidden"),
    ("http://ｌｏｃａｌｈｏｓｔ:PORT/", "forbidden"),
    ("http://local\u{ad}host:PORT/", "forbidden"),
    ("http://%6cocalhost:PORT/", "forbidden"),
    ("http://localhost..:PORT/", "invalid"),
    ("http://.localhost:PORT/", "invalid"),
    ("http://inside.test:PORT/a.jpg", "forbidden"),
    ("http://INSIDE.test:PORT/a.jpg", "forbidden"),
    ("http://inside.test.:PORT/a.jpg", "forbidden"),
    ("https://inside.test:PORT/a.jpg", "forbidden"),
    ("http://127.0.0.1.rebind.test:PORT/", "forbidden"),
    ("http://inside6.test:PORT/", "forbidden"),
    ("http://mapped.test:PORT/", "forbidden"),
    ("http://nat64.test:PORT/", "forbidden"),
    ("http://any.test:PORT/", "forbidden"),
    ("http://private.test:PORT/", "forbidden"),
    ("http://metadata.test/", "forbidden"),
    ("http://mixed-first.test:PORT/", "forbidden"),
    ("http://mixed-last.test:PORT/", "forbidden"),
    ("http://mixed-families.test:PORT/", "forbidden"),
    ("http://empty.test:PORT/", "unreachable"),
    ("http://unknown.test:PORT/", "unreachable"),
    ("http://in~side.test:PORT/", "invalid"),
    // what stands around the host
    ("http://user@127.0.0.1:PORT/", "credentials"),
    ("http://user:pass@127.0.0.1:PORT/", "credentials"),
    ("http://:pass@127.0.0.1:PORT/", "credentials"),
    ("http://example.org@127.0.0.1:PORT/", "credentials"),
    ("http://127.0.0.1:PORT@example.org/", "credentials"),
    ("http://example.org:80@127.0.0.1:PORT@x/", "credentials"),
    ("http://@127.0.0.1:PORT/", "forbidden"),
    ("http://127.0.0.1:PORT#@example.org/", "forbidden"),
    ("http://127.0.0.1:PORT?@example.org/", "forbidden"),
    ("http://127.0.0.1:PORT\\@example.org/", "forbidden"),
    ("http://127.0.0.1:PORT/%0d%0aHost:%20example.org", "forbidden"),
    ("http:///127.0.0.1:PORT/", "forbidden"),
    ("http://", "invalid"),
    ("http://:PORT/", "invalid"),
    ("http://?x", "invalid"),
    ("http://127.0.0.1:99999/", "invalid"),
    ("http://127.0.0.1:-1/", "invalid"),
    ("http://127.0.0.1 :PORT/", "invalid"),
    ("http://127.0.0.1<:PORT/", "invalid"),
    // ports of other protocols
    ("http://inside.test:0/", "port"),
    ("http://127.0.0.1:22/", "port"),
    ("http://127.0.0.1:25/", "port"),
    ("http://inside.test:6667/", "port"),
    ("http://localhost:00025/", "port"),
    // other schemes
    ("file:///etc/passwd", "scheme"),
    ("file://127.0.0.1/a.jpg", "scheme"),
    ("gopher://127.0.0.1:PORT/_GET", "scheme"),
    ("ftp://127.0.0.1:PORT/a.jpg", "scheme"),
    ("ftps://127.0.0.1:PORT/a.jpg", "scheme"),
    ("ws://127.0.0.1:PORT/", "scheme"),
    ("dict://127.0.0.1:PORT/", "scheme"),
    ("ldap://127.0.0.1:PORT/", "scheme"),
    ("unix:///var/run/docker.sock", "scheme"),
    ("data:image/png;base64,AAAA", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("blob:http://127.0.0.1:PORT/a", "scheme"),
    ("view-source:http://127.0.0.1:PORT/", "scheme"),
    ("http+unix://%2fvar%2frun/", "scheme"),
    // names that are public, with a wrong extension: refused before the resolver is asked
    ("http://public.test/a.gif", "extension"),
];

/// Texts that a header cannot carry, or that a redirect may read as relative.
const FIRST_ONLY: &[(&str, &str)] = &[
    ("", "invalid"),
    ("127.0.0.1:PORT/", "invalid"),
    ("//127.0.0.1:PORT/", "invalid"),
    ("/etc/passwd", "invalid"),
    ("http:127.0.0.1:PORT/", "invalid"),
    ("http:/127.0.0.1:PORT/", "invalid"),
    ("http:\\\\127.0.0.1:PORT\\", "invalid"),
    ("ht\ntp://127.0.0.1:PORT/", "invalid"),
    ("http://127.0.0.1:PORT/\r\nHost: example.org", "invalid"),
    ("http://example.org\r\n@127.0.0.1:PORT/", "invalid"),
    ("http://127.0.\t0.1:PORT/", "invalid"),
    ("http://127.0.0.1\0:PORT/", "invalid"),
    ("http://127.0.0.1:PORT/\u{7f}", "invalid"),
    (" \thttp://127.0.0.1:PORT/ \n", "forbidden"),
    ("localhost:PORT", "scheme"),
];

fn names() -> Arc<Names> {
    Names::new(&[
        ("inside.test", &[&["127.0.0.1"]]),
        ("inside.test.", &[&["127.0.0.1"]]),
        ("127.0.0.1.rebind.test", &[&["127.0.0.1"]]),
        ("inside6.test", &[&["::1"]]),
        ("mapped.test", &[&["::ffff:127.0.0.1"]]),
        ("nat64.test", &[&["64:ff9b::7f00:1"]]),
        ("any.test", &[&["0.0.0.0"]]),
        ("private.test", &[&["10.0.0.1", "192.168.0.1"]]),
        ("metadata.test", &[&["169.254.169.254"]]),
        ("mixed-first.test", &[&["127.0.0.1", "93.184.215.14"]]),
        ("mixed-last.test", &[&["93.184.215.14", "127.0.0.1"]]),
        ("mixed-families.test", &[&["93.184.215.14", "::1"]]),
        ("empty.test", &[&[]]),
        ("localhost", &[&["93.184.215.14"]]),
    ])
}

/// Servers on one port of 127.0.0.1 and, where the machine has it, of ::1. Nobody may connect to them.
async fn inside() -> Vec<Server> {
    let answer = |_: &str| reply("200 OK", &[], b"inside");
    let first = Server::start("127.0.0.1", answer).await;
    let port = first.address.port();
    let mut servers = vec![first];
    match Server::start_at(format!("[::1]:{port}").parse().unwrap(), answer).await {
        Ok(server) => servers.push(server),
        Err(_) => println!("skipped in part: no IPv6 loopback here"),
    }
    servers
}

/// Asserts that nobody has connected. One connection that is allowed shows that the servers count: they accept in order,
/// so any earlier one would have been counted before it.
async fn assert_untouched(servers: &[Server]) {
    let allowed = Fetcher::with_resolver(allowing(&["127.0.0.0/8", "::1/128"]), Names::new(&[])).unwrap();
    for server in servers {
        assert_eq!(allowed.fetch(&server.url("/a.jpg")).await.unwrap(), "inside");
        assert_eq!(server.seen.accepted(), 1, "somebody connected to {}", server.address);
    }
}

#[tokio::test]
async fn no_spelling_opens_a_connection() {
    let servers = inside().await;
    let port = servers[0].address.port().to_string();
    let fetcher = Fetcher::with_resolver(FetchPolicy::default(), names()).unwrap();
    let mut wrong = Vec::new();
    for (template, expected) in EVERYWHERE.iter().chain(FIRST_ONLY) {
        let error = fetcher.fetch(&template.replace("PORT", &port)).await.expect_err(template);
        if kind(&error) != *expected {
            wrong.push(format!("{template:?}: {error:?}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_untouched(&servers).await;
}

#[tokio::test]
async fn no_redirect_opens_a_connection() {
    let servers = inside().await;
    let port = servers[0].address.port().to_string();
    let locations: Vec<_> = EVERYWHERE.iter().map(|(template, _)| template.replace("PORT", &port)).collect();
    let rows = locations.clone();
    // A server which is itself allowed, at another loopback address.
    let outside = Server::start("127.0.0.2", move |path| {
        let row: usize = path.trim_start_matches('/').parse().unwrap();
        reply("302 Found", &[&format!("Location: {}", rows[row])], b"")
    })
    .await;
    let fetcher = Fetcher::with_resolver(allowing(&["127.0.0.2/32"]), names()).unwrap();
    let mut wrong = Vec::new();
    for (row, (template, expected)) in EVERYWHERE.iter().enumerate() {
        let error = fetcher.fetch(&outside.url(&format!("/{row}"))).await.expect_err(template);
        if kind(&error) != *expected {
            wrong.push(format!("{template:?}: {error:?}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(outside.seen.accepted(), locations.len(), "each redirect was answered by the allowed server, once");
    assert_untouched(&servers).await;
}

#[tokio::test]
async fn a_name_that_changes_between_lookups_is_judged_by_each_answer() {
    let inside = Server::start("127.0.0.1", |_| reply("200 OK", &[], b"inside")).await;
    let port = inside.address.port();
    let again = format!("Location: http://flip.test:{port}/2.jpg");
    let outside = Server::start_at(format!("127.0.0.2:{port}").parse().unwrap(), move |path| match path {
        "/1.jpg" => reply("307 Temporary Redirect", &[&again], b""),
        _ => reply("200 OK", &[], b"outside"),
    })
    .await
    .unwrap();
    let names = Names::new(&[("flip.test", &[&["127.0.0.2"], &["127.0.0.1"], &["127.0.0.2"]])]);
    let fetcher = Fetcher::with_resolver(allowing(&["127.0.0.2/32"]), names.clone()).unwrap();

    assert_eq!(fetcher.fetch(&format!("http://flip.test:{port}/1.jpg")).await, Err(FetchError::Forbidden));
    assert_eq!(
        (names.asked(), outside.seen.accepted()),
        (2, 1),
        "one lookup for each connection, so nothing can change in between"
    );

    assert_eq!(fetcher.fetch(&format!("http://flip.test:{port}/2.jpg")).await.unwrap(), "outside");
    assert_eq!((names.asked(), outside.seen.accepted()), (3, 2));
    assert_untouched(&[inside]).await;
}

#[tokio::test]
async fn an_answer_with_one_forbidden_address_is_refused_whole() {
    let outside = Server::start("127.0.0.2", |_| reply("200 OK", &[], b"inside")).await;
    let names = Names::new(&[("mixed.test", &[&["127.0.0.2", "127.0.0.1"]])]);
    let fetcher = Fetcher::with_resolver(allowing(&["127.0.0.2/32"]), names).unwrap();
    let url = format!("http://mixed.test:{}/a.jpg", outside.address.port());
    assert_eq!(fetcher.fetch(&url).await, Err(FetchError::Forbidden));
    assert_untouched(&[outside]).await;
}

#[tokio::test]
async fn errors_do_not_repeat_the_url() {
    let fetcher = Fetcher::with_resolver(allowing(&["127.0.0.0/8"]), names()).unwrap();
    let closed = Server::start("127.0.0.1", |_| vec![]).await;
    let port = closed.address.port();
    for url in [
        format!("http://127.0.0.1:{port}/Jane.Doe"),
        format!("http://127.0.0.1:{port}/Doe?token=Jane"),
        format!("http://jane:Doe@127.0.0.1:{port}/"),
        "http://jane-doe.test/".to_owned(),
        "http://10.1.2.3/Jane-Doe.jpg".to_owned(),
        "jane doe".to_owned(),
        "gopher://jane.doe/".to_owned(),
        // Nobody listens at this port of 127.0.0.3.
        format!("http://127.0.0.3:{port}/Jane-Doe.jpg"),
    ] {
        let error = fetcher.fetch(&url).await.unwrap_err();
        let text = format!("{error} {error:?}").to_lowercase();
        for secret in ["jane", ".doe", "jane-doe", "token", "127.0", "10.1", &port.to_string()] {
            assert!(!text.contains(secret), "{text:?} shows {secret:?} of {url}");
        }
    }
}
