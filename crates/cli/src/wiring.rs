//! Puts the crates together as the configuration says.

use std::sync::Arc;

use anyhow::{Context, Result};
use facegate_fetch::Fetcher;
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_inference::Runtime;
use facegate_models::Pack;
use facegate_service::{Facegate, VisionPool};

use crate::config::Config;

/// The store of a server or a command.
pub fn open_store(config: &Config) -> Result<Arc<SqliteStore>> {
    Ok(Arc::new(SqliteStore::open(&config.store_path(), Options::default())?))
}

/// The models folder, its manifest read.
pub fn open_pack(config: &Config) -> Result<Pack> {
    Ok(Pack::open(&config.models)?)
}

/// The inference runtime that the models folder brings along.
pub fn load_runtime(pack: &Pack) -> Result<Runtime> {
    let library = pack.runtime()?;
    Runtime::load(&library).context("the inference runtime cannot be loaded; run `make models`")
}

/// The models in their workers. Takes a second or so.
pub fn start_pool(config: &Config) -> Result<VisionPool> {
    let pack = open_pack(config)?;
    let runtime = load_runtime(&pack)?;
    let (workers, queue) = (config.workers(), config.limits.queue);
    VisionPool::start(pack, runtime, workers, queue, config.image_limits())
        .context("the models cannot be loaded; run `make models`")
}

/// The service.
pub fn facegate(config: &Config, store: Arc<SqliteStore>, pool: VisionPool) -> Result<Facegate> {
    let fetcher = Fetcher::new(config.fetch_policy())?;
    let (apps, gallery) = (store.clone(), store);
    Ok(Facegate::new(apps, gallery, Arc::new(pool), Arc::new(fetcher), config.service_options()))
}
