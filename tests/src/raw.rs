//! HTTP by hand, for what a well-behaved client never sends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to `host:port`.
pub fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Everything that the server sends until it closes; what was received before an error counts.
pub fn rest(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let mut buffer = [0u8; 16 * 1024];
    while let Ok(read) = stream.read(&mut buffer) {
        if read == 0 {
            break;
        }
        received.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&received).into_owned()
}

/// The answer to `GET path`, head and body; `None` if there was no connection.
pub fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = connect(address).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    Some(rest(&mut stream))
}

/// The answer to exactly these bytes; a refusal to read them all is no fault of the caller.
pub fn send(address: &str, bytes: &[u8]) -> String {
    let mut stream = connect(address).expect("a connection");
    let _ = stream.write_all(bytes);
    let _ = stream.flush();
    rest(&mut stream)
}

/// The same, with the sending side closed after them.
pub fn send_and_half_close(address: &str, bytes: &[u8]) -> String {
    let mut stream = connect(address).expect("a connection");
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    rest(&mut stream)
}

/// What a [`serve_files`] server does with a path.
#[derive(Clone, Debug)]
pub enum Reply {
    /// 200 with these bytes.
    File(Vec<u8>),
    /// Another status, with a body.
    Status(u16),
    /// A redirect to this location.
    Redirect(String),
    /// The head of a 200, and then nothing.
    Never,
    /// The same; says how many wait for it at the moment.
    Held(Arc<AtomicUsize>),
}

/// A little file server on the loopback address; gives its `http://127.0.0.1:port`. Ends with the process.
pub fn serve_files(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let reply = Arc::new(reply);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = reply.clone();
            std::thread::spawn(move || {
                let _ = respond(stream, &*reply);
            });
        }
    });
    base
}

fn respond(mut stream: TcpStream, reply: &dyn Fn(&str) -> Reply) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0u8];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    match reply(head.split(' ').nth(1).unwrap_or_default()) {
        Reply::File(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len())?;
            stream.write_all(&bytes)
        }
        Reply::Status(status) => {
            write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        }
        Reply::Redirect(to) => {
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Reply::Never => hold(stream),
        Reply::Held(count) => {
            count.fetch_add(1, Ordering::SeqCst);
            let held = hold(stream);
            count.fetch_sub(1, Ordering::SeqCst);
            held
        }
    }
}

fn hold(mut stream: TcpStream) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
    stream.flush()?;
    // Until the client gives up.
    let _ = stream.read(&mut [0]);
    Ok(())
}
