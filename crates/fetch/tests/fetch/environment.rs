//! What the environment may and may not do: its proxies are ignored, its certificate store is trusted.
//!
//! The environment belongs to a process, so each case runs the ignored test `child` in a process of its own.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use facegate_fetch::{FetchError, Fetcher};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

use crate::support::{Names, Seen, Server, allowing, reply, serve};

const URL: &str = "FACEGATE_FETCH_TEST_URL";

/// Fetches the URL of the environment and prints the outcome. Every name it knows is 127.0.0.1.
#[tokio::test]
#[ignore = "run by the other tests of this file"]
async fn child() {
    let Ok(url) = std::env::var(URL) else { return println!("skipped: {URL} is not set") };
    let names = Names::new(&[("photos.test", &[&["127.0.0.1"]]), ("other.test", &[&["127.0.0.1"]])]);
    let fetcher = Fetcher::with_resolver(allowing(&["127.0.0.0/8"]), names).unwrap();
    println!("outcome: {:?}", fetcher.fetch(&url).await);
}

/// The outcome that the child prints in an environment with these variables.
async fn outcome(url: &str, environment: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "environment::child", "--ignored", "--nocapture"]).stdin(Stdio::null());
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env(URL, url).envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("outcome: "));
    line.unwrap_or_else(|| panic!("no outcome in {text:?}")).1.to_owned()
}

#[tokio::test]
async fn proxies_of_the_environment_are_ignored() {
    let proxy = Server::start("127.0.0.1", |_| reply("200 OK", &[], b"by proxy")).await;
    let server = Server::start("127.0.0.1", |_| reply("200 OK", &[], b"direct")).await;
    let through = proxy.url("");
    let variables = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        .map(|name| (name, through.as_str()));
    let port = server.address.port();
    for host in ["127.0.0.1", "photos.test"] {
        assert_eq!(outcome(&format!("http://{host}:{port}/a.jpg"), &variables).await, r#"Ok(b"direct")"#);
    }
    assert_eq!((server.seen.accepted(), proxy.seen.accepted()), (2, 0));
}

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    fn write(&self, path: &Path) {
        std::fs::write(path, self.issuer.pem()).unwrap();
    }

    /// A TLS server on 127.0.0.1 whose certificate is for `photos.test`; its port.
    async fn serve(&self) -> u16 {
        self.serve_between(2020, 4000).await
    }

    /// The same with a certificate from the beginning of one year to that of another.
    async fn serve_between(&self, from: i32, until: i32) -> u16 {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["photos.test".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, &|_: &str| reply("200 OK", &[], b"sealed"), &Seen::default()).await;
                }
            }
        });
        port
    }
}

#[tokio::test]
async fn certificates_are_trusted_as_the_system_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (ours, others) = (Authority::new(), Authority::new());
    ours.write(path("ours.pem").as_ref());
    others.write(path("others.pem").as_ref());
    std::fs::write(path("empty.pem"), "").unwrap();
    let port = ours.serve().await;
    let refused =
        format!("{:?}", Err::<(), _>(FetchError::Unreachable("TLS fails, or the certificate is not trusted")));

    for (host, store, expected) in [
        ("photos.test", "ours.pem", r#"Ok(b"sealed")"#),
        ("other.test", "ours.pem", &refused),
        ("127.0.0.1", "ours.pem", &refused),
        ("photos.test", "others.pem", &refused),
        ("photos.test", "empty.pem", &refused),
    ] {
        let found = outcome(&format!("https://{host}:{port}/a.jpg"), &[("SSL_CERT_FILE", &path(store))]).await;
        assert_eq!(found, expected, "{host} with {store}");
    }

    // Of a time that is over, or has not come.
    for (from, until) in [(2020, 2021), (3000, 4000)] {
        let port = ours.serve_between(from, until).await;
        let url = format!("https://photos.test:{port}/a.jpg");
        let found = outcome(&url, &[("SSL_CERT_FILE", &path("ours.pem"))]).await;
        assert_eq!(found, refused, "{from} to {until}");
    }

    // A machine without certificates still fetches over plain http.
    let server = Server::start("127.0.0.1", |_| reply("200 OK", &[], b"plain")).await;
    let found = outcome(&server.url("/a.jpg"), &[("SSL_CERT_FILE", &path("empty.pem"))]).await;
    assert_eq!(found, r#"Ok(b"plain")"#);
}
