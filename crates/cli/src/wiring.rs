//! Puts the crates together as the configuration says.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use facegate_api::Api;
use facegate_console::{Console, ConsoleOptions, Thresholds};
use facegate_domain::{App, AppMode};
use facegate_fetch::Fetcher;
use facegate_gallery::{AppAdmin, AuditLog, Captures, Gallery, KeyAdmin, ModelMoves, Operators, VectorSearch};
use facegate_gallery_postgres::{Options as PostgresOptions, PostgresStore};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_inference::Runtime;
use facegate_metrics::Metrics;
use facegate_models::Pack;
use facegate_service::{Facegate, Matcher, Model, Models, Parts, VisionPool};
use facegate_transfer::Target;
use facegate_vault::Vault;

use crate::config::{Acceleration, Config};
use crate::keys;

/// A store by the rights over it.
pub struct Stores {
    /// For the operator and for authentication.
    pub apps: Arc<dyn AppAdmin>,
    /// For the use cases.
    pub gallery: Arc<dyn Gallery>,
    /// For changes of the master key.
    pub keys: Arc<dyn KeyAdmin>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// For the console.
    pub operators: Arc<dyn Operators>,
    /// For the capture page.
    pub captures: Arc<dyn Captures>,
    /// For searches, if the store can search.
    pub search: Option<Arc<dyn VectorSearch>>,
    /// For moves of apps to other models.
    pub moves: Arc<dyn ModelMoves>,
    /// For copies of the whole store.
    pub whole: Arc<dyn Target>,
    /// Opens what is stored.
    pub vault: Arc<Vault>,
}

impl Stores {
    fn without_search<S>(store: Arc<S>, vault: Arc<Vault>) -> Self
    where
        S: AppAdmin + Gallery + KeyAdmin + AuditLog + Operators + Captures + ModelMoves + Target + 'static,
    {
        Self {
            apps: store.clone(),
            gallery: store.clone(),
            keys: store.clone(),
            audit: store.clone(),
            operators: store.clone(),
            captures: store.clone(),
            search: None,
            moves: store.clone(),
            whole: store,
            vault,
        }
    }
}

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A server: makes the store if there is none, and looks after it.
    Server,
    /// A command that may make the store.
    Creating,
    /// A command that would hide a mistake behind an empty store.
    Reading,
}

/// The store that the configuration names.
pub async fn open_store(config: &Config, purpose: For) -> Result<Stores> {
    if let Some(url) = config.database.url() {
        let vault = keys::open(config).await?;
        let store = PostgresStore::open(url, vault.clone(), postgres_options(config, purpose)).await;
        let store = Arc::new(store.with_context(|| format!("the database {url}"))?);
        return Ok(Stores { search: Some(store.clone()), ..Stores::without_search(store, vault) });
    }
    let path = config.store_path();
    ensure!(
        purpose != For::Reading || path.exists(),
        "there is no store at {}; point --data at the server's data folder, or create an app first",
        path.display()
    );
    let vault = keys::open(config).await?;
    let store = SqliteStore::open(&path, vault.clone(), Options::default())?;
    Ok(Stores::without_search(Arc::new(store), vault))
}

/// How a database is opened: commands do their work and leave the rest to the servers.
pub fn postgres_options(config: &Config, purpose: For) -> PostgresOptions {
    let options = config.postgres_options();
    match purpose {
        For::Server => options,
        For::Creating | For::Reading => {
            PostgresOptions { create: purpose == For::Creating, connections: 1, tidy_every: None, ..options }
        }
    }
}

/// The models folder, its manifest read, with each profile that the configuration names; the first is for new apps.
pub fn open_packs(config: &Config) -> Result<Vec<Pack>> {
    let names = config.profiles();
    if names.is_empty() {
        return Ok(vec![Pack::open(&config.models)?]);
    }
    names.into_iter().map(|name| Ok(Pack::open_profile(&config.models, Some(name))?)).collect()
}

/// The first of them.
pub fn open_pack(config: &Config) -> Result<Pack> {
    Ok(Pack::open_profile(&config.models, config.profiles().first().copied())?)
}

/// The models of templates that these packs make, in the same order.
pub fn models(packs: &[Pack]) -> Result<Models> {
    let models: Vec<Model> = packs
        .iter()
        .map(|pack| Ok(Model { id: pack.template_model()?, calibration: pack.calibration()? }))
        .collect::<Result<_>>()?;
    let mut models = models.into_iter();
    let first = models.next().context("no template profile is set")?;
    Ok(Models::new(first, models))
}

/// The inference runtimes that the models folder brings along.
pub fn load_runtime(config: &Config, pack: &Pack) -> Result<Runtime> {
    let acceleration = config.acceleration == Acceleration::Auto;
    facegate_vision::load_runtime(pack, config.workers(), acceleration)
        .context("the inference runtime cannot be loaded; run `make models`")
}

/// The models in their workers, and what they run in. Takes a second or so.
pub fn start_pool(config: &Config, packs: Vec<Pack>) -> Result<(VisionPool, String)> {
    let pack = packs.first().context("no template profile is set")?;
    let runtime = load_runtime(config, pack)?;
    if let Some(error) = runtime.refused() {
        tracing::warn!(%error, "the networks run in ONNX Runtime, which is slower");
    }
    let (workers, queue) = (config.workers(), config.limits.queue);
    let description = runtime.description();
    let pool = VisionPool::start(packs, runtime, workers, queue, config.image_limits())
        .context("the models cannot be loaded; run `make models`")?;
    Ok((pool, description))
}

/// The service.
pub fn facegate(config: &Config, stores: &Stores, pool: VisionPool, matcher: Matcher) -> Result<Facegate> {
    let fetcher = Fetcher::new(config.fetch_policy())?;
    let parts = Parts {
        apps: stores.apps.clone(),
        gallery: stores.gallery.clone(),
        audit: stores.audit.clone(),
        captures: config.capture.enabled.then(|| stores.captures.clone()),
        engine: Arc::new(pool),
        source: Arc::new(fetcher),
        matcher: Arc::new(matcher),
        metrics: Arc::new(Metrics::new()?),
    };
    Ok(Facegate::new(parts, config.service_options()))
}

/// Every stored template in memory, or in the store if it can search.
pub async fn matcher(models: Models, stores: &Stores) -> Result<Matcher> {
    let apps = stores.apps.apps().await?;
    warn_of_foreign(&apps, &models);
    if let Some(search) = &stores.search {
        return Ok(Matcher::in_store(search.clone(), models));
    }
    let filled = Matcher::filled(models, &apps, &*stores.gallery).await;
    let (matcher, filled) = filled.context("the stored templates cannot be read")?;
    if filled.foreign > 0 {
        tracing::warn!(
            templates = filled.foreign,
            "templates of another model than their app's: verify makes them again from their photos, search does not find them"
        );
    }
    tracing::info!(templates = filled.indexed, "the gallery is in memory");
    Ok(matcher)
}

/// The operator's console; `runtime` is in what the networks run.
pub fn console(config: &Config, pack: &Pack, stores: &Stores, api: Api, runtime: String) -> Result<Console> {
    let m = pack.manifest();
    let worn = m.attributes.thresholds;
    let thresholds = Thresholds {
        liveness: m.liveness.threshold,
        sunglasses: worn.sunglasses,
        mask: worn.mask,
        veil: worn.veil,
        hat: worn.hat,
        eyeglasses: worn.eyeglasses,
    };
    // The database's password is left out by its type.
    let settings = serde_json::to_value(config)?;
    let options = ConsoleOptions { thresholds, settings, runtime, queue: config.limits.queue };
    let rights = facegate_console::Stores {
        apps: stores.apps.clone(),
        audit: stores.audit.clone(),
        operators: stores.operators.clone(),
    };
    Ok(Console::new(api, rights, options))
}

/// Says which apps this server will have to refuse.
fn warn_of_foreign(apps: &[App], models: &Models) {
    for app in apps.iter().filter(|app| app.mode != AppMode::Sandbox) {
        if let Some(model) = app.model.as_ref().filter(|model| models.find(model).is_none()) {
            tracing::warn!(
                app = app.id.as_str(),
                model = model.as_str(),
                "the app's templates are of a model that this server cannot compute, so its requests will be refused: add \
                 the model's profile to the setting `profile`, or move the app with `facegate reembed`"
            );
        }
    }
}
