//! A server that says exactly what a test tells it to, wrong lengths and silence included, and a table of host names.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use facegate_fetch::{FetchPolicy, Fetcher, Lookup};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// One thing that the server does with a connection, after it has read the request's head.
pub enum Step {
    /// Writes bytes.
    Send(Vec<u8>),
    /// Writes the bytes again and again until the client hangs up.
    Repeat(Vec<u8>),
    /// Writes the bytes one by one, so long apart.
    Drip(Vec<u8>, Duration),
    /// Says nothing until the client hangs up.
    Stall,
}

/// What the server saw.
#[derive(Default)]
pub struct Seen {
    accepted: AtomicUsize,
    hung_up: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl Seen {
    /// Connections accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// The heads of the requests so far, in order.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// Returns when the client has closed `count` connections in the middle of an answer; a test that waits for ever fails.
    pub async fn hung_up(&self, count: usize) {
        let reached = async {
            while self.hung_up.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reached).await.expect("the client holds its connections");
    }
}

/// A running server; it ends with the test's runtime.
pub struct Server {
    pub address: SocketAddr,
    pub seen: Arc<Seen>,
}

impl Server {
    /// Listens on a free port of `ip`, and answers the path of each request with `answer(path)`.
    pub async fn start(ip: &str, answer: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::start_at(SocketAddr::new(ip.parse().unwrap(), 0), answer).await.expect("a free port on the loopback")
    }

    /// Listens on this address and port.
    pub async fn start_at(
        address: SocketAddr,
        answer: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen::default());
        let (answer, counted) = (Arc::new(answer), seen.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.accepted.fetch_add(1, Ordering::SeqCst);
                let (answer, seen) = (answer.clone(), counted.clone());
                tokio::spawn(async move { serve(stream, &*answer, &seen).await });
            }
        });
        Ok(Self { address, seen })
    }

    /// `http://ADDRESS:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Answers one request and closes.
pub async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &(dyn Fn(&str) -> Vec<Step> + Sync),
    seen: &Seen,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let steps = answer(head.split(' ').nth(1).unwrap());
    seen.heads.lock().unwrap().push(head);
    for step in steps {
        let open = match step {
            Step::Send(bytes) => stream.write_all(&bytes).await.is_ok(),
            Step::Drip(bytes, apart) => {
                let mut open = true;
                for byte in bytes {
                    tokio::time::sleep(apart).await;
                    open = open && stream.write_u8(byte).await.is_ok();
                }
                open
            }
            Step::Repeat(bytes) => {
                while stream.write_all(&bytes).await.is_ok() {}
                false
            }
            Step::Stall => {
                while stream.read_u8().await.is_ok() {}
                false
            }
        };
        if !open {
            seen.hung_up.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }
    let _ = stream.shutdown().await;
}

/// An answer with a status, header lines and a body, whose length is announced truthfully.
pub fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<Step> {
    let mut headers = headers.to_vec();
    let length = format!("Content-Length: {}", body.len());
    headers.push(&length);
    raw(status, &headers, body)
}

/// An answer with exactly these header lines.
pub fn raw(status: &str, headers: &[&str], body: &[u8]) -> Vec<Step> {
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let mut answer = format!("HTTP/1.1 {status}\r\n{lines}\r\n").into_bytes();
    answer.extend_from_slice(body);
    vec![Step::Send(answer)]
}

/// Host names with their answers, one list a lookup; the last one stays.
#[derive(Default)]
pub struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: AtomicUsize,
}

impl Names {
    pub fn new(table: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let answers = table.iter().map(|(name, lists)| ((*name).to_owned(), lists.iter().map(parse).collect()));
        Arc::new(Self { answers: Mutex::new(answers.collect()), asked: AtomicUsize::new(0) })
    }

    /// Lookups so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Lookup for Names {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let lists = answers.get_mut(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(if lists.len() > 1 { lists.remove(0) } else { lists.first().cloned().unwrap_or_default() })
    }
}

/// A policy that allows these networks.
pub fn allowing(networks: &[&str]) -> FetchPolicy {
    FetchPolicy { allow: networks.iter().map(|text| text.parse().unwrap()).collect(), ..FetchPolicy::default() }
}

/// A fetcher that may reach the whole IPv4 loopback network and knows no names.
pub fn local_fetcher() -> Fetcher {
    Fetcher::with_resolver(allowing(&["127.0.0.0/8"]), Names::new(&[])).unwrap()
}
