//! A service in a temporary folder, and requests to its router.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use facegate_api::{Api, ApiOptions, router};
use facegate_domain::{App, AppId, AppMode, Calibration, ModelId, Quota, SubjectId};
use facegate_gallery::{AppAdmin, AppDirectory, Captures, Gallery};
use facegate_gallery_sqlite::{Options as StoreOptions, SqliteStore};
use facegate_metrics::Metrics;
use facegate_service::{Analyzed, EngineError, FaceEngine, Facegate, FetchFault, ImageSource, Matcher, Options, Parts};
use facegate_vault::{MasterKey, Vault};
use facegate_vision::Wants;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// An engine without models: all it can do is fail, as a broken one would.
struct NoModels;

#[async_trait]
impl FaceEngine for NoModels {
    async fn analyze(&self, _: Bytes, _: Wants) -> Result<Analyzed, EngineError> {
        Err(EngineError::Failed)
    }

    async fn check(&self) -> Result<(), EngineError> {
        Err(EngineError::Failed)
    }
}

#[async_trait]
impl ImageSource for NoModels {
    async fn fetch(&self, _: &str) -> Result<Bytes, FetchFault> {
        Err(FetchFault::Refused)
    }
}

fn calibration() -> Calibration {
    let points = vec![(-1.0, 0.0), (0.0, 25.0), (0.35, 82.0), (1.0, 100.0)];
    Calibration::new(points, vec![(1e-3, 0.29), (1e-4, 0.35), (1e-5, 0.4)]).unwrap()
}

/// A service with one app of each mode.
pub struct World {
    pub router: Router,
    pub store: Arc<SqliteStore>,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Answer {
    /// Status and `error_code`.
    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["error_code"].as_str().unwrap_or_default())
    }
}

/// Who calls.
pub struct Client {
    pub id: String,
    pub key: String,
}

impl World {
    pub fn new() -> Self {
        Self::with(ApiOptions::default())
    }

    pub fn with(options: ApiOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Arc::new(Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap());
        let store = SqliteStore::open(&folder.path().join("f.db"), vault, StoreOptions::default());
        let store = Arc::new(store.unwrap());
        let service = Options { keep_photos: true, max_image_bytes: options.max_image_bytes };
        let (apps, gallery) = (store.clone(), store.clone());
        let matcher = Arc::new(Matcher::new(ModelId::new("none", "0"), calibration()));
        let (engine, source) = (Arc::new(NoModels), Arc::new(NoModels));
        let (audit, metrics) = (store.clone(), Arc::new(Metrics::new().unwrap()));
        let captures = Some(store.clone() as Arc<dyn Captures>);
        let parts = Parts { apps, gallery, audit, captures, engine, source, matcher, metrics };
        let facegate = Facegate::new(parts, service);
        Self { router: router(Api::new(Arc::new(facegate), options)), store, _folder: folder }
    }

    /// A new app; `None` is unlimited.
    pub async fn app(&self, mode: AppMode, enroll: Option<u64>, liveness: Option<u64>) -> Client {
        let quota = |limit| Quota { limit, used: 0 };
        let (app, key) = App::create(mode, "", quota(enroll), quota(liveness));
        self.store.create_app(&app).await.unwrap();
        Client { id: app.id.to_string(), key: key.reveal().to_owned() }
    }

    /// An unlimited sandbox app.
    pub async fn sandbox(&self) -> Client {
        self.app(AppMode::Sandbox, None, None).await
    }

    /// Units used: enroll, liveness.
    pub async fn used(&self, client: &Client) -> (u64, u64) {
        let app = self.store.app(&AppId::parse(&client.id).unwrap()).await.unwrap().unwrap();
        (app.enroll.used, app.liveness.used)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn enroll(&self, client: &Client, body: impl Into<Body>) -> Answer {
        self.send(client.request("POST", "/v1/face/enroll", body)).await
    }

    /// `POST` to an endpoint below `/v1/face`.
    pub async fn post(&self, client: &Client, endpoint: &str, body: Value) -> Answer {
        self.send(client.request("POST", &format!("/v1/face/{endpoint}"), body.to_string())).await
    }

    /// `GET` of a path below `/v1/face`.
    pub async fn get(&self, client: &Client, path: &str) -> Answer {
        self.send(client.request("GET", &format!("/v1/face/{path}"), "")).await
    }

    /// Removes a subject from the store: sandbox apps cannot delete what they enrolled.
    pub async fn remove(&self, client: &Client, subject: &str) {
        let (app, subject) = (AppId::parse(&client.id).unwrap(), SubjectId::parse(subject).unwrap());
        assert!(self.store.delete_subject(&app, &subject).await.unwrap());
    }

    pub async fn delete(&self, client: &Client, query: &str, body: impl Into<Body>) -> Answer {
        self.send(client.request("DELETE", &format!("/v1/face/enroll{query}"), body)).await
    }
}

impl Client {
    pub fn request(&self, method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
        let request = Request::builder().method(method).uri(path);
        request.header("App-ID", &self.id).header("API-Key", &self.key).body(body.into()).unwrap()
    }
}

async fn answer(response: axum::response::Response) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, json }
}
