//! Doing the work here, by the same rules and in the same words as a server.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use facegate_api::{Api, Endpoint};
use facegate_domain::{App, AppId, AppMode, Quota, SessionId};
use facegate_gallery::AppAdmin;
use facegate_service::{Facegate, Tenant};
use http::Request;
use serde_json::Value;
use tempfile::TempDir;

use super::reply::Reply;
use crate::config::Config;
use crate::lock::DataLock;
use crate::wiring::{self, For};

/// A server without a door.
pub struct Local {
    api: Api,
    facegate: Arc<Facegate>,
    app: Tenant,
    // Held as long as the store is used.
    _lock: Option<DataLock>,
    _folder: Option<TempDir>,
}

impl Local {
    /// For an app of the configured store, or its only one. Who writes must be the folder's only server: another one would
    /// not learn of it.
    pub async fn open(config: &Config, app: Option<&str>, writes: bool) -> Result<Self> {
        let lock = match config.database.url() {
            None if writes => {
                Some(DataLock::take(&config.data).context("to enrol through the running server use --url")?)
            }
            _ => None,
        };
        let stores = wiring::open_store(config, For::Reading).await?;
        let app = chosen(&*stores.apps, app).await?;
        Self::start(config, &stores, &app, lock, None).await
    }

    /// Without a store, for what needs none.
    pub async fn alone(config: &Config) -> Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder")?;
        let config = config.with_store_in(folder.path());
        let stores = wiring::open_store(&config, For::Server).await?;
        let app = App::create(AppMode::Live, "", Quota::default(), Quota::default()).0;
        stores.apps.create_app(&app).await?;
        Self::start(&config, &stores, &app.id, None, Some(folder)).await
    }

    async fn start(
        config: &Config,
        stores: &wiring::Stores,
        app: &AppId,
        lock: Option<DataLock>,
        folder: Option<TempDir>,
    ) -> Result<Self> {
        let packs = wiring::open_packs(config)?;
        let models = wiring::models(&packs)?;
        let (pool, _) = wiring::start_pool(config, packs)?;
        let matcher = wiring::matcher(models, stores).await?;
        let facegate = Arc::new(wiring::facegate(config, stores, pool, matcher)?);
        let app = facegate.as_operator(app).await?;
        let api = Api::new(facegate.clone(), config.api_options());
        Ok(Self { api, facegate, app, _lock: lock, _folder: folder })
    }

    /// Answers a request.
    pub async fn ask(&self, endpoint: &str, payload: &Value, once: Option<&str>) -> Result<Reply> {
        let endpoint = Endpoint::parse(endpoint).context("an endpoint")?;
        let mut request = Request::post("/");
        if let Some(key) = once {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(serde_json::to_vec(payload)?.into())?;
        let tried = facegate_api::try_out(&self.api, self.app.clone(), SessionId::generate(), endpoint, request).await;
        Ok(Reply::new(tried.status, serde_json::from_str(tried.answer.get())?))
    }

    /// Writes down what is only counted yet.
    pub async fn finish(&self) {
        self.facegate.finish().await;
    }
}

/// The app of this id, or the only one.
async fn chosen(store: &dyn AppAdmin, id: Option<&str>) -> Result<AppId> {
    if let Some(id) = id {
        return Ok(crate::app::find(store, id).await?.id);
    }
    match store.apps().await?.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => bail!("the store has no app: create one with `facegate app create`"),
        apps => bail!("the store has {} apps: choose one with --app (`facegate app list` shows them)", apps.len()),
    }
}
