//! The client: one method for each endpoint.

use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::send::{Endpoint, answer, header};
use crate::{
    Capture, CaptureOrdered, Compare, Compared, Deleted, Detected, Enroll, Enrolled, Erasure, Error, Observe, Observed,
    OrderCapture, Search, Searched, Subject, SubjectId, SubjectsPage, Verified, Verify, tls,
};

/// Longer than the server's own 15 s for fetching a photo plus a wait for a worker.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Speaks for one app. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
}

impl Client {
    /// A client for the API at a base address such as `https://faces.example.com`; a path in front of `/v1` may follow.
    /// Requests may take 60 s; https trusts the machine's certificates.
    ///
    /// # Errors
    /// [`Error::Setup`] when the address is no http(s) URL or the credentials cannot be sent in a header.
    pub fn new(base: &str, app_id: &str, api_key: &str) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("facegate-client/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .tls_backend_preconfigured(tls::client_config()?)
            // A redirect would carry the key to wherever it leads.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| Error::Setup("the HTTP client cannot be made"))?;
        Self::with_http(http, base, app_id, api_key)
    }

    /// The same over an HTTP client of your own: other timeouts, certificates, proxies. It should not follow redirects,
    /// since they would carry the key to wherever they lead.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_http(http: reqwest::Client, base: &str, app_id: &str, api_key: &str) -> Result<Self, Error> {
        Ok(Self { endpoint: Endpoint::new(http, base, app_id, api_key)? })
    }

    /// Enrols a face, or replaces the subject's. It is stored only if [`Outcome::passed`](crate::Outcome::passed).
    ///
    /// # Errors
    /// Every [`Error`], like all requests.
    pub async fn enroll(&self, request: &Enroll) -> Result<Enrolled, Error> {
        self.endpoint.call(Method::POST, "enroll", request, once(request.idempotency_key.as_deref())?).await
    }

    /// Any endpoint below `/v1/face/`, with a payload of your own: for parameters that this client does not know. Gives the
    /// answer as it is.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn post_json(
        &self,
        endpoint: &str,
        payload: &Value,
        idempotency_key: Option<&str>,
    ) -> Result<Value, Error> {
        self.endpoint.call(Method::POST, endpoint, payload, once(idempotency_key)?).await
    }

    /// Removes a subject with template and photo.
    ///
    /// # Errors
    /// [`Error::Refused`] with `INVALID_PAYLOAD_SUBJECT_ID` when there is no such subject; otherwise every [`Error`].
    pub async fn delete(&self, subject_id: &SubjectId) -> Result<Deleted, Error> {
        #[derive(Serialize)]
        struct Delete<'a> {
            subject_id: &'a SubjectId,
        }
        let sent = self.endpoint.send(Method::DELETE, "enroll", &Delete { subject_id }, HeaderMap::new()).await?;
        let id = sent.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Deleted { erasure_id: id, ..answer(sent).await? })
    }

    /// The receipt of a deletion, by its [`Deleted::erasure_id`].
    ///
    /// # Errors
    /// [`Error::Refused`] with `ERASURE_NOT_FOUND` when there is none; otherwise every [`Error`].
    pub async fn erasure(&self, erasure_id: &str) -> Result<Erasure, Error> {
        answer(self.endpoint.request(Method::GET, &["erasures", erasure_id])?.send().await?).await
    }

    /// Orders a capture: a link for a person with a browser and a camera.
    ///
    /// # Errors
    /// [`Error::Refused`] with `INVALID_PAYLOAD_SUBJECT_ID` when the subject to verify is not enrolled; otherwise every
    /// [`Error`].
    pub async fn order_capture(&self, order: &OrderCapture) -> Result<CaptureOrdered, Error> {
        self.post("capture_tokens", order).await
    }

    /// How a capture went; ask before relying on what a browser says.
    ///
    /// # Errors
    /// [`Error::Refused`] with `CAPTURE_NOT_FOUND` when there is none; otherwise every [`Error`].
    pub async fn capture(&self, capture_id: &str) -> Result<Capture, Error> {
        answer(self.endpoint.request(Method::GET, &["capture_tokens", capture_id])?.send().await?).await
    }

    /// Asks whether a face is a subject's.
    ///
    /// # Errors
    /// [`Error::Refused`] with `INVALID_PAYLOAD_SUBJECT_ID` when there is no such subject; otherwise every [`Error`].
    pub async fn verify(&self, request: &Verify) -> Result<Verified, Error> {
        self.post("verify", request).await
    }

    /// Asks whether two photos show one person.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn compare(&self, request: &Compare) -> Result<Compared, Error> {
        self.post("compare", request).await
    }

    /// Asks who a face is.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn search(&self, request: &Search) -> Result<Searched, Error> {
        self.post("search", request).await
    }

    /// Asks whether a photo shows a live person.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn liveness(&self, request: &Observe) -> Result<Observed, Error> {
        self.post("liveness", request).await
    }

    /// Asks for every face of a photo; nothing is stored.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn detect(&self, request: &Observe) -> Result<Detected, Error> {
        self.post("detect", request).await
    }

    /// One subject's record.
    ///
    /// # Errors
    /// [`Error::Refused`] with `SUBJECT_NOT_FOUND` when there is none; [`Error::Request`] for the ids `.` and `..`, which
    /// no URL can carry; otherwise every [`Error`].
    pub async fn subject(&self, subject_id: &SubjectId) -> Result<Subject, Error> {
        if matches!(subject_id.as_str(), "." | "..") {
            return Err(Error::Request("the subject ids . and .. cannot be part of a URL"));
        }
        answer(self.endpoint.request(Method::GET, &["subjects", subject_id.as_str()])?.send().await?).await
    }

    /// A page of at most `size` subjects (1..=500), the first one or where a cursor leads.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn subjects_page(&self, size: u32, cursor: Option<&str>) -> Result<SubjectsPage, Error> {
        let mut request = self.endpoint.request(Method::GET, &["subjects"])?.build()?;
        request.url_mut().query_pairs_mut().append_pair("limit", &size.to_string());
        if let Some(cursor) = cursor {
            request.url_mut().query_pairs_mut().append_pair("cursor", cursor);
        }
        answer(self.endpoint.execute(request).await?).await
    }

    /// Every subject in the order of their ids, fetched in pages of `page_size` (1..=500) as they are wanted. A page is
    /// right when it is fetched: subjects that come or go meanwhile neither repeat nor hide others.
    pub fn subjects(&self, page_size: u32) -> BoxStream<'static, Result<Subject, Error>> {
        let client = self.clone();
        let pages = stream::try_unfold(Some(None::<String>), move |place| {
            let client = client.clone();
            async move {
                let Some(cursor) = place else { return Ok::<_, Error>(None) };
                let page = client.subjects_page(page_size, cursor.as_deref()).await?;
                Ok(Some((page.subjects, page.next_cursor.map(Some))))
            }
        });
        pages.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten().boxed()
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, request: &impl Serialize) -> Result<T, Error> {
        self.endpoint.call(Method::POST, path, request, HeaderMap::new()).await
    }
}

/// The header that makes a repetition harmless.
fn once(key: Option<&str>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        let key = header(key, "").map_err(|_| Error::Request("the idempotency key cannot be sent in a header"))?;
        headers.insert(HeaderName::from_static("idempotency-key"), key);
    }
    Ok(headers)
}
