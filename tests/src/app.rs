//! A client of one app.

use std::sync::Once;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::{Answer, images};

/// An app with a client of its own.
#[derive(Clone, Debug)]
pub struct App {
    /// App-ID.
    pub id: String,
    /// API-Key.
    pub key: String,
    base: String,
    http: Client,
}

impl App {
    /// A client for the app of this id and key at `http://host:port`.
    pub fn new(base: &str, id: &str, key: &str) -> Self {
        Self { id: id.to_owned(), key: key.to_owned(), base: base.to_owned(), http: client() }
    }

    /// `http://host:port`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same server, app and connections with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// A request to a path, with the app's credentials.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.anonymous(method, path).header("App-ID", &self.id).header("API-Key", &self.key)
    }

    /// A request to a path without credentials.
    pub fn anonymous(&self, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.base))
    }

    /// `POST /v1/face/enroll` with this body; an error if no whole answer came back.
    pub async fn try_post(&self, body: impl Into<reqwest::Body>) -> Result<Answer, reqwest::Error> {
        let request = self.request("POST", "/v1/face/enroll").header("Content-Type", "application/json");
        Answer::receive(request.body(body).send().await?).await
    }

    /// The same where an answer must come.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> Answer {
        self.try_post(body).await.expect("an answer")
    }

    /// Enrols with a payload.
    pub async fn enroll(&self, payload: &Value) -> Answer {
        self.post(payload.to_string()).await
    }

    /// `POST /v1/face/<endpoint>`.
    pub async fn face(&self, endpoint: &str, payload: &Value) -> Answer {
        let request = self.request("POST", &format!("/v1/face/{endpoint}")).header("Content-Type", "application/json");
        answer(request.body(payload.to_string()).send().await).await
    }

    /// The same with a file as its image; `more` is merged into the payload.
    pub async fn face_file(&self, endpoint: &str, file: &[u8], more: Value) -> Answer {
        self.face(endpoint, &with_image(file, more)).await
    }

    /// `GET /v1/face/<path>`.
    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", &format!("/v1/face/{path}")).send().await).await
    }

    /// Enrols with a payload under an `Idempotency-Key`.
    pub async fn enroll_once(&self, key: &str, payload: &Value) -> Answer {
        let request = self.request("POST", "/v1/face/enroll").header("Idempotency-Key", key);
        answer(request.header("Content-Type", "application/json").body(payload.to_string()).send().await).await
    }

    /// Enrols a file; `more` is merged into the payload.
    pub async fn enroll_file(&self, file: &[u8], more: Value) -> Answer {
        self.enroll(&with_image(file, more)).await
    }

    /// `DELETE /v1/face/enroll` with this body and query.
    pub async fn delete(&self, body: &str, query: &str) -> Answer {
        let path = if query.is_empty() { "/v1/face/enroll".to_owned() } else { format!("/v1/face/enroll?{query}") };
        let request = self.request("DELETE", &path).header("Content-Type", "application/json").body(body.to_owned());
        answer(request.send().await).await
    }

    /// Deletes a subject.
    pub async fn delete_subject(&self, subject: &str) -> Answer {
        self.delete(&json!({ "subject_id": subject }).to_string(), "").await
    }

    /// Demands that nothing is stored for a subject.
    pub async fn expect_absent(&self, subject: &str) {
        let answer = self.delete_subject(subject).await;
        answer.expect(400, "INVALID_PAYLOAD_SUBJECT_ID");
        assert_eq!(answer.message(), "Subject id is not found");
    }
}

/// A payload with this file as its image.
pub fn with_image(file: &[u8], more: Value) -> Value {
    let mut payload = json!({ "image": images::base64(file) });
    payload.as_object_mut().unwrap().extend(more.as_object().expect("an object").clone());
    payload
}

/// Receives an answer that must come.
pub async fn answer(sent: Result<Response, reqwest::Error>) -> Answer {
    Answer::receive(sent.expect("an answer")).await.expect("a whole answer")
}

/// A client without proxies; each test has its own, since a connection belongs to its test's runtime.
fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
