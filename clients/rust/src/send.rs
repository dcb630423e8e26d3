//! One request and its answer: paths, credentials, statuses, JSON.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Refusal};

/// Where the API is, and who calls.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    http: reqwest::Client,
    base: Url,
    credentials: HeaderMap,
}

impl Endpoint {
    /// Checks what was given before anything is sent.
    pub fn new(http: reqwest::Client, base: &str, app_id: &str, api_key: &str) -> Result<Self, Error> {
        let base = Url::parse(base).map_err(|_| Error::Setup("the base address is no URL"))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(Error::Setup("the base address is no http or https URL"));
        }
        let mut key = header(api_key, "the API-Key cannot be sent in a header")?;
        // Keeps it out of every Debug.
        key.set_sensitive(true);
        let id = header(app_id, "the App-ID cannot be sent in a header")?;
        let names = ["app-id", "api-key"].map(HeaderName::from_static);
        Ok(Self { http, base, credentials: names.into_iter().zip([id, key]).collect() })
    }

    /// A request to `/v1/face/…`; each part of the path is escaped.
    pub fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, Error> {
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        let mut segments = url.path_segments_mut().map_err(|()| Error::Setup("the base address is no http URL"))?;
        segments.pop_if_empty().extend(["v1", "face"]).extend(path);
        drop(segments);
        Ok(self.http.request(method, url).headers(self.credentials.clone()))
    }

    /// Sends a request that is ready.
    pub async fn execute(&self, request: Request) -> Result<Response, Error> {
        Ok(self.http.execute(request).await?)
    }

    /// Sends a JSON body to an endpoint and reads the answer.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        headers: HeaderMap,
    ) -> Result<T, Error> {
        answer(self.send(method, path, body, headers).await?).await
    }

    /// Sends a JSON body to an endpoint.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        headers: HeaderMap,
    ) -> Result<Response, Error> {
        let json = serde_json::to_vec(body).map_err(|_| Error::Request("the request cannot be written as JSON"))?;
        let request = self.request(method, &[path])?.header(CONTENT_TYPE, "application/json").headers(headers);
        Ok(request.body(json).send().await?)
    }
}

/// A header's value.
pub(crate) fn header(text: &str, otherwise: &'static str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::Setup(otherwise))
}

/// Reads an answer; a status other than 200 is a refusal.
pub(crate) async fn answer<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.bytes().await?;
    if status == StatusCode::OK {
        return serde_json::from_slice(&body).map_err(|_| Error::Answer);
    }
    Err(Refusal::read(status.as_u16(), after.map(Duration::from_secs), &body).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(base: &str, key: &str) -> Result<Endpoint, Error> {
        let http = reqwest::Client::builder().tls_backend_preconfigured(crate::tls::client_config()?).build()?;
        Endpoint::new(http, base, "app", key)
    }

    fn url(base: &str, path: &[&str]) -> String {
        endpoint(base, "key").unwrap().request(Method::GET, path).unwrap().build().unwrap().url().to_string()
    }

    #[test]
    fn paths_are_joined_and_escaped() {
        assert_eq!(url("http://h:1", &["enroll"]), "http://h:1/v1/face/enroll");
        assert_eq!(
            url("https://h/faces/?x#y", &["subjects", "a/b ?é%"]),
            "https://h/faces/v1/face/subjects/a%2Fb%20%3F%C3%A9%25"
        );
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_being_shown() {
        for (base, key) in [("h:1", "k"), ("/x", "k"), ("ftp://h", "k"), ("data:x", "k"), ("http://h", "secret\n")] {
            let error = endpoint(base, key).unwrap_err();
            assert!(matches!(error, Error::Setup(_)) && !format!("{error} {error:?}").contains("secret"), "{base}");
        }
    }

    #[test]
    fn debug_does_not_show_the_key() {
        let shown = format!("{:?}", endpoint("http://h", "secret-key").unwrap());
        assert!(shown.contains("app-id") && !shown.contains("secret-key"), "{shown}");
    }
}
