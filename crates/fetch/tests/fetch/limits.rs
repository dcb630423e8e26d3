//! Bytes, time and number: no server can make a fetch larger, longer or more at once than the policy says.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use facegate_fetch::{FetchError, FetchPolicy, Fetcher, Lookup};
use tokio::sync::Notify;

use crate::support::{Names, Server, Step, allowing, local_fetcher, raw, reply};

const MAX: usize = 5 * 1024 * 1024;
const SHORT: Duration = Duration::from_millis(300);

fn head(lines: &str) -> Step {
    Step::Send(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes())
}

#[tokio::test]
async fn five_mebibytes_arrive_and_one_byte_more_does_not() {
    let server = Server::start("127.0.0.1", |path| {
        let (size, framing) = path.trim_start_matches('/').split_once('-').unwrap();
        let body = vec![7_u8; size.parse().unwrap()];
        match framing {
            "announced" => reply("200 OK", &[], &body),
            "close" => raw("200 OK", &[], &body),
            _ => {
                let mut chunked = format!("{:x}\r\n", body.len()).into_bytes();
                chunked.extend(body);
                chunked.extend(b"\r\n0\r\n\r\n");
                raw("200 OK", &["Transfer-Encoding: chunked"], &chunked)
            }
        }
    })
    .await;
    let fetcher = local_fetcher();
    for framing in ["announced", "close", "chunked"] {
        let whole = fetcher.fetch(&server.url(&format!("/{MAX}-{framing}"))).await.unwrap();
        assert!(whole.len() == MAX && whole.iter().all(|byte| *byte == 7), "{framing}");
        let more = fetcher.fetch(&server.url(&format!("/{}-{framing}", MAX + 1))).await;
        assert_eq!(more, Err(FetchError::TooLarge), "{framing}");
    }
}

#[tokio::test]
async fn lying_lengths_and_endless_bodies_are_cut_off() {
    let server = Server::start("127.0.0.1", |path| {
        let endless = Step::Repeat(vec![1; 64 * 1024]);
        match path {
            // Announced as huge, nothing follows: refused at once, not after the time is up.
            "/huge" => vec![head("Content-Length: 9223372036854775807\r\n"), Step::Stall],
            "/endless" => vec![head(""), endless],
            "/endless-chunks" => {
                let mut chunk = b"10000\r\n".to_vec();
                chunk.extend([1; 0x10000]);
                chunk.extend(b"\r\n");
                vec![head("Transfer-Encoding: chunked\r\n"), Step::Repeat(chunk)]
            }
            // Announced as small: what follows is not part of the answer.
            "/small" => vec![head("Content-Length: 3\r\n"), Step::Send(b"abcdefgh".to_vec()), endless],
            _ => unreachable!(),
        }
    })
    .await;
    let fetcher = local_fetcher();
    for path in ["/huge", "/endless", "/endless-chunks"] {
        assert_eq!(fetcher.fetch(&server.url(path)).await, Err(FetchError::TooLarge), "{path}");
    }
    assert_eq!(fetcher.fetch(&server.url("/small")).await.unwrap(), "abc");
    server.seen.hung_up(4).await;
}

#[tokio::test]
async fn an_announced_length_reserves_no_memory_of_that_size() {
    let server =
        Server::start("127.0.0.1", |_| vec![head("Content-Length: 9223372036854775807\r\n"), Step::Stall]).await;
    let policy = FetchPolicy { timeout: SHORT, max_bytes: usize::MAX, ..allowing(&["127.0.0.0/8"]) };
    let fetcher = Fetcher::with_resolver(policy, Names::new(&[])).unwrap();
    assert_eq!(fetcher.fetch(&server.url("/a.jpg")).await, Err(FetchError::Timeout));
}

#[tokio::test]
async fn each_fetch_connects_anew_and_leaves_nothing_open() {
    // A server that keeps the connection for a next request.
    let server = Server::start("127.0.0.1", |_| {
        let mut steps = reply("200 OK", &["Connection: keep-alive"], b"kept");
        steps.push(Step::Stall);
        steps
    })
    .await;
    let fetcher = local_fetcher();
    for _ in 0..3 {
        assert_eq!(fetcher.fetch(&server.url("/a.jpg")).await.unwrap(), "kept");
    }
    assert_eq!(server.seen.accepted(), 3);
    server.seen.hung_up(3).await;
}

#[tokio::test]
async fn slow_servers_run_out_of_time_wherever_they_are_slow() {
    let drip = |bytes: &'static [u8]| Step::Send(bytes.to_vec());
    let server = Server::start("127.0.0.1", move |path| match path {
        "/no-answer" => vec![Step::Stall],
        "/half-head" => vec![drip(b"HTTP/1.1 200 OK\r\nContent-"), Step::Stall],
        "/no-body" => vec![head("Content-Length: 5\r\n"), Step::Stall],
        "/half-body" => vec![head("Content-Length: 5\r\n"), drip(b"ab"), Step::Stall],
        "/half-chunk" => vec![head("Transfer-Encoding: chunked\r\n"), drip(b"5\r\nab"), Step::Stall],
        "/redirect" => reply("302 Found", &["Location: /no-answer"], b""),
        _ => unreachable!(),
    })
    .await;
    let policy = FetchPolicy { timeout: SHORT, ..allowing(&["127.0.0.0/8"]) };
    let fetcher = Fetcher::with_resolver(policy, Names::new(&[])).unwrap();
    let paths = ["/no-answer", "/half-head", "/no-body", "/half-body", "/half-chunk", "/redirect"];
    for path in paths {
        assert_eq!(fetcher.fetch(&server.url(path)).await, Err(FetchError::Timeout), "{path}");
    }
    // A TLS server that never says hello.
    let tls = format!("https://{}/no-answer", server.address);
    assert_eq!(fetcher.fetch(&tls).await, Err(FetchError::Timeout));
    server.seen.hung_up(paths.len()).await;
}

#[tokio::test]
async fn who_is_never_silent_runs_out_of_time_too() {
    // A byte each 20 ms: no wait for the next one is long, all of them are.
    let drip = |text: &str| Step::Drip(text.as_bytes().to_vec(), Duration::from_millis(20));
    let server = Server::start("127.0.0.1", move |path| match path {
        "/head" => vec![drip(&format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "b".repeat(200)))],
        "/body" => vec![head("Content-Length: 200\r\n"), drip(&"b".repeat(200))],
        "/chunks" => vec![head("Transfer-Encoding: chunked\r\n"), drip(&"1\r\nb\r\n".repeat(60))],
        "/around" => {
            let redirect = "HTTP/1.1 302 Found\r\nLocation: /around\r\nContent-Length: 0\r\n\r\n";
            vec![drip(redirect)]
        }
        _ => unreachable!(),
    })
    .await;
    let policy = FetchPolicy { timeout: SHORT, max_redirects: 100, ..allowing(&["127.0.0.0/8"]) };
    let fetcher = Fetcher::with_resolver(policy, Names::new(&[])).unwrap();
    for path in ["/head", "/body", "/chunks", "/around"] {
        assert_eq!(fetcher.fetch(&server.url(path)).await, Err(FetchError::Timeout), "{path}");
    }
}

#[tokio::test]
async fn a_redirect_to_itself_ends() {
    let server = Server::start("127.0.0.1", |_| reply("302 Found", &["Location: /round"], b"")).await;
    assert_eq!(local_fetcher().fetch(&server.url("/round")).await, Err(FetchError::TooManyRedirects));
    assert_eq!(server.seen.accepted(), 6, "the first request and five redirects");
}

#[tokio::test]
async fn a_bomb_is_not_unpacked() {
    // A megabyte of compressed zeros would be a gigabyte: declared it is refused, undeclared it stays as it came.
    let bomb = [b"\x1f\x8b\x08\x00".to_vec(), vec![0; 1 << 20]].concat();
    let sent = bomb.clone();
    let server = Server::start("127.0.0.1", move |path| match path {
        "/declared" => reply("200 OK", &["Content-Encoding: gzip"], &sent),
        _ => reply("200 OK", &["Content-Type: application/gzip"], &sent),
    })
    .await;
    let fetcher = local_fetcher();
    assert_eq!(fetcher.fetch(&server.url("/declared")).await, Err(FetchError::Encoding));
    assert_eq!(fetcher.fetch(&server.url("/plain")).await.unwrap(), bomb);
}

#[tokio::test]
async fn a_caller_that_leaves_closes_the_connection() {
    let server = Server::start("127.0.0.1", |_| vec![head("Content-Length: 5\r\n"), Step::Stall]).await;
    let (fetcher, url) = (local_fetcher(), server.url("/a.jpg"));
    let caller = tokio::spawn(async move { fetcher.fetch(&url).await });
    while server.seen.heads().is_empty() {
        tokio::task::yield_now().await;
    }
    caller.abort();
    server.seen.hung_up(1).await;
}

#[tokio::test]
async fn no_more_fetches_at_once_than_the_policy_says_and_waiting_costs_time() {
    let server = Server::start("127.0.0.1", |path| match path {
        "/slow" => vec![Step::Stall],
        _ => reply("200 OK", &[], b"quick"),
    })
    .await;
    let timeout = Duration::from_secs(3);
    let policy = FetchPolicy { timeout, max_concurrent: 2, ..allowing(&["127.0.0.0/8"]) };
    let fetcher = Fetcher::with_resolver(policy, Names::new(&[])).unwrap();
    let (mut callers, began) = (tokio::task::JoinSet::new(), Instant::now());
    for _ in 0..20 {
        let (fetcher, url) = (fetcher.clone(), server.url("/slow"));
        callers.spawn(async move { fetcher.fetch(&url).await });
    }
    tokio::time::sleep(timeout / 6).await;
    // Looked at long before the end, when those that wait may have their turn for a moment.
    let connected = server.seen.accepted();
    assert!(connected <= 2, "{connected} connections");
    while let Some(result) = callers.join_next().await {
        assert_eq!(result.unwrap(), Err(FetchError::Timeout));
    }
    assert!(began.elapsed() < 3 * timeout, "those that waited had as long again: {:?}", began.elapsed());
    assert_eq!(fetcher.fetch(&server.url("/quick")).await.unwrap(), "quick", "the slots are free again");
}

/// A name server that answers when the test lets it.
#[derive(Default)]
struct Stuck {
    running: AtomicUsize,
    most: AtomicUsize,
    released: Notify,
}

#[async_trait]
impl Lookup for Stuck {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        self.released.notified().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(vec![[127, 0, 0, 1].into()])
    }
}

#[tokio::test]
async fn lookups_that_outlive_their_callers_still_count() {
    let stuck = Arc::new(Stuck::default());
    let policy = FetchPolicy { timeout: Duration::from_millis(50), max_concurrent: 3, ..allowing(&["127.0.0.0/8"]) };
    let fetcher = Fetcher::with_resolver(policy, stuck.clone()).unwrap();
    for _ in 0..10 {
        assert_eq!(fetcher.fetch("http://slow.test/a.jpg").await, Err(FetchError::Timeout));
    }
    // Each caller had a fetch slot to itself, yet only three lookups were ever begun: the callers' leaving freed none.
    assert_eq!((stuck.running.load(Ordering::SeqCst), stuck.most.load(Ordering::SeqCst)), (3, 3));
    stuck.released.notify_waiters();
    while stuck.running.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_policy_without_a_slot_is_refused() {
    for max_concurrent in [0, usize::MAX] {
        let policy = FetchPolicy { max_concurrent, ..FetchPolicy::default() };
        assert!(matches!(Fetcher::new(policy), Err(FetchError::Setup(_))));
    }
    let defaults = FetchPolicy::default();
    assert_eq!((defaults.timeout, defaults.max_bytes, defaults.max_redirects), (Duration::from_secs(15), MAX, 5));
    assert!(defaults.allow.is_empty());
}
