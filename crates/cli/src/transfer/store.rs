//! Stores opened to be read or written whole.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use facegate_gallery::AppAdmin;
use facegate_gallery::audit::AuditLog;
use facegate_transfer::Target;
use facegate_vault::Vault;

use crate::args::Settings;
use crate::config::{self, Config, KeySource};
use crate::lock::DataLock;
use crate::wiring::{self, For, Stores};

/// A store, and the lock that keeps servers away while a folder is written.
pub struct Whole {
    pub store: Arc<dyn Target>,
    pub apps: Arc<dyn AppAdmin>,
    pub vault: Arc<Vault>,
    pub audit: Arc<dyn AuditLog>,
    _lock: Option<DataLock>,
}

/// Opens the store of the configuration.
pub async fn open(config: &Config, purpose: For) -> Result<Whole> {
    // A server keeps the templates of its folder in memory: it would not know of what is written here.
    let writes_folder = purpose == For::Creating && config.database.url().is_none();
    let lock = if writes_folder { Some(DataLock::take(&config.data)?) } else { None };
    let Stores { whole, apps, vault, audit, .. } = wiring::open_store(config, purpose).await?;
    Ok(Whole { store: whole, apps, vault, audit, _lock: lock })
}

/// The configuration for a store named on the command line: a folder, a URL, or a variable with one of them.
pub fn named(settings: &Settings, name: &str, master_key: Option<&KeySource>) -> Result<Config> {
    let name = match name.strip_prefix("env:") {
        Some(variable) => std::env::var(variable).with_context(|| format!("the variable {variable} is not set"))?,
        None => name.to_owned(),
    };
    let mut overrides = settings.clone().overrides(None);
    if name.starts_with("postgres://") || name.starts_with("postgresql://") {
        overrides.database = Some(name);
    } else if name.contains("://") {
        bail!("a store is a data folder or postgres://USER@HOST/NAME");
    } else {
        (overrides.data, overrides.database) = (Some(name.into()), Some(String::new()));
    }
    if let Some(source) = master_key {
        overrides.master_key = Some(source.to_string());
    }
    config::load(&overrides)
}
