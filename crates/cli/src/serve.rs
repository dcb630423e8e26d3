//! `facegate serve`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use facegate_api::Api;
use facegate_console::CapturePage;
use facegate_service::Facegate;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal;

use crate::args::ServeArgs;
use crate::config::Config;
use crate::lock::DataLock;
use crate::wiring::For;
use crate::{console, first_app, logging, wiring};

/// Serves until SIGTERM or SIGINT, then finishes what runs.
///
/// What is quick to check comes first, so that a mistake is told at once and leaves nothing behind.
pub async fn serve(config: &Config, args: &ServeArgs) -> Result<()> {
    let _logging = logging::start(config)?;
    allow_open_files();
    let stop = stop_signal()?;
    // Before the data folder is touched: a taken port must leave no trace.
    let listener = bind(&config.listen, "--listen").await?;
    let for_metrics = match config.metrics.listen.as_str() {
        "" => None,
        address => Some(bind(address, "metrics.listen").await?),
    };
    let address = listener.local_addr().context("the address served on")?;
    let packs = wiring::open_packs(config)?;
    let models = wiring::models(&packs)?;
    let model = models.first().id.clone();
    // Profiles differ in their templates only.
    let pack = packs.first().cloned().context("no template profile is set")?;
    let loading = Instant::now();
    let (pool, runtime) = wiring::start_pool(config, packs)?;
    let loaded = loading.elapsed();
    // A database has any number of servers; the folder has one.
    let _lock = if config.database.url().is_none() { Some(DataLock::take(&config.data)?) } else { None };
    let stores = wiring::open_store(config, For::Server).await?;
    let matcher = wiring::matcher(models, &stores).await?;
    let facegate = Arc::new(wiring::facegate(config, &stores, pool, matcher)?);
    let sweeping = tokio::spawn(sweep(facegate.clone(), Duration::from_secs(config.store.sweep_seconds.into())));
    facegate.metrics().started(env!("CARGO_PKG_VERSION"), model.as_str(), &runtime, loaded);
    if let Some(listener) = for_metrics {
        tracing::info!("metrics on http://{}/metrics", listener.local_addr().context("the address of the metrics")?);
        let router = facegate_api::metrics_router(facegate.clone());
        tokio::spawn(facegate_api::serve(listener, router, config.serve_options(), std::future::pending()));
    }
    let api = Api::new(facegate.clone(), config.api_options());
    let mut router = facegate_api::router(api.clone());
    if config.capture.enabled {
        let page = CapturePage::new(api.clone(), &config.capture.origins);
        router = router.merge(facegate_console::capture_router(page));
    }
    if config.console.enabled {
        let console = wiring::console(config, &pack, &stores, api, runtime.clone())?;
        router = router.merge(facegate_console::router(console));
    }
    tracing::info!("the networks run in {runtime}");
    tracing::info!("listening on http://{address}");
    if args.first_app {
        first_app::show(&*stores.apps, address, &args.first_app_photo).await?;
    }
    if config.console.enabled {
        // Last: it is what to do next.
        console::welcome(&*stores.operators, address).await?;
    }
    facegate_api::serve(listener, router, config.serve_options(), stop).await;
    sweeping.abort();
    facegate.finish().await;
    tracing::info!("stopped");
    Ok(())
}

/// As the service's file has it: enough for any number of connections that may be set.
const OPEN_FILES: u64 = 65_536;

/// Takes as many open files as the system lets it have: shells often allow 1,024, and there are more connections than that.
fn allow_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(OPEN_FILES, |most| most.min(OPEN_FILES));
    if limit.current.is_none_or(|now| now >= wanted) {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }) {
        tracing::warn!(%error, now = ?limit.current, "the limit of open files stays as it is");
    }
}

/// Listens on an address that `setting` chooses.
async fn bind(address: &str, setting: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        anyhow!("cannot serve on {address} ({error}); stop what serves there, or choose another with {setting}")
    })
}

/// Deletes subjects whose time is over, every so often.
async fn sweep(facegate: Arc<Facegate>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match facegate.sweep().await {
            Ok(0) => {}
            Ok(subjects) => tracing::info!(subjects, "deleted those whose time was over"),
            Err(error) => tracing::warn!(%error, "those whose time is over could not be deleted; it is tried again"),
        }
    }
}

/// Resolves at the first signal to stop. Set up before anything else, so that none is missed.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: running requests finish, no new ones are taken");
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = signal::ctrl_c().await;
    })
}
