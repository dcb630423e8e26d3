//! Puts the crates together as the configuration says.

use std::sync::Arc;

use anyhow::{Context, Result};
use facegate_fetch::Fetcher;
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_inference::Runtime;
use facegate_models::Pack;
use facegate_service::{Facegate, Matcher, VisionPool};

use crate::config::{Acceleration, Config};

/// The store of a server or a command.
pub fn open_store(config: &Config) -> Result<Arc<SqliteStore>> {
    Ok(Arc::new(SqliteStore::open(&config.store_path(), Options::default())?))
}

/// The models folder, its manifest read.
pub fn open_pack(config: &Config) -> Result<Pack> {
    let profile = Some(config.profile.as_str()).filter(|name| !name.is_empty());
    Ok(Pack::open_profile(&config.models, profile)?)
}

/// The inference runtimes that the models folder brings along.
pub fn load_runtime(config: &Config, pack: &Pack) -> Result<Runtime> {
    let acceleration = config.acceleration == Acceleration::Auto;
    facegate_vision::load_runtime(pack, config.workers(), acceleration)
        .context("the inference runtime cannot be loaded; run `make models`")
}

/// The models in their workers. Takes a second or so.
pub fn start_pool(config: &Config, pack: Pack) -> Result<VisionPool> {
    let runtime = load_runtime(config, &pack)?;
    if let Some(error) = runtime.refused() {
        tracing::warn!(%error, "the networks run in ONNX Runtime, which is slower");
    }
    tracing::info!(runtime = runtime.description(), "the networks are being loaded");
    let (workers, queue) = (config.workers(), config.limits.queue);
    VisionPool::start(pack, runtime, workers, queue, config.image_limits())
        .context("the models cannot be loaded; run `make models`")
}

/// The service.
pub fn facegate(config: &Config, store: Arc<SqliteStore>, pool: VisionPool, matcher: Matcher) -> Result<Facegate> {
    let fetcher = Fetcher::new(config.fetch_policy())?;
    let (apps, gallery) = (store.clone(), store);
    Ok(Facegate::new(apps, gallery, Arc::new(pool), Arc::new(fetcher), Arc::new(matcher), config.service_options()))
}

/// Every stored template in memory.
pub async fn matcher(pack: &Pack, store: &SqliteStore) -> Result<Matcher> {
    let matcher = Matcher::new(pack.template_model()?, pack.calibration()?);
    let filled = matcher.fill(store).await.context("the stored templates cannot be read")?;
    if filled.foreign > 0 {
        tracing::warn!(
            templates = filled.foreign,
            "templates of another model: verify makes them again from their photos, search does not find them"
        );
    }
    tracing::info!(templates = filled.indexed, "the gallery is in memory");
    Ok(matcher)
}
