//! One request and how it ended.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::request::Payload;

/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends requests over connections that are kept.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Payload>>,
    uri: Uri,
    headers: HeaderMap,
}

impl Client {
    /// For `base` (`http://host:port`), with the app's credentials if there are any.
    pub fn new(base: &str, path: &str, credentials: Option<(&str, &str)>) -> Result<Self> {
        let whole = format!("{}{path}", base.trim_end_matches('/'));
        let uri: Uri = whole.parse().with_context(|| format!("{whole:?} is no URL"))?;
        ensure!(uri.scheme_str() == Some("http"), "only http:// can be measured; leave TLS to what stands in front");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some((id, key)) = credentials {
            headers.insert("app-id", id.parse().context("the App-ID")?);
            let mut key: HeaderValue = key.parse().context("the API-Key")?;
            key.set_sensitive(true);
            headers.insert("api-key", key);
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self { pool: Pool::builder(TokioExecutor::new()).build(connector), uri, headers })
    }

    /// The same connections and credentials for another path.
    pub fn at(&self, path: &str) -> Result<Self> {
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(path.parse()?);
        Ok(Self { uri: Uri::from_parts(parts)?, ..self.clone() })
    }

    /// The answer's status, once all of it is here; `None` without an answer.
    pub async fn send(&self, body: Payload) -> Option<u16> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = async {
            let answer = self.pool.request(request).await.ok()?;
            let status = answer.status().as_u16();
            answer.into_body().collect().await.ok().map(|_| status)
        };
        tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
    }
}
