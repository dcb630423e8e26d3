//! The vault of the configured store.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use facegate_gallery_sqlite::SqliteStore;
use facegate_vault::{MasterKey, Vault};

use super::{beside, source};
use crate::config::{Config, KeySource};

const NO_KEY: &str = "what is stored is sealed with a master key, and none is set: `facegate keys generate` prints a new \
                      one; keep it in a file with mode 600 and name it with --master-key file:PATH, \
                      FACEGATE_ENCRYPTION__MASTER_KEY or encryption.master_key. Every server needs the same";

/// Where the current master key is. For the embedded store without a setting: in the data folder, made now if the store
/// has nothing sealed yet.
pub fn current(config: &Config) -> Result<KeySource> {
    if let Some(source) = config.encryption.master_key.get() {
        return Ok(source.clone());
    }
    if config.database.url().is_some() {
        bail!(NO_KEY);
    }
    let path = default_path(config);
    if !path.exists() {
        let store = config.store_path();
        // Looked at again: another process may just have made both.
        if SqliteStore::is_sealed(&store)? && !path.exists() {
            bail!(
                "the store {} is sealed, and its master key {} is not there: put it back, or name its place with \
                 encryption.master_key. Without it nothing that is stored can be read",
                store.display(),
                path.display()
            );
        }
        beside::make(&path)?;
    }
    Ok(KeySource::File(path))
}

/// The key file of an embedded store if nothing else is set.
fn default_path(config: &Config) -> PathBuf {
    config.data.join("master.key")
}

/// Whether the key is where the data is, so that whoever copies the folder has both.
pub fn is_beside(config: &Config, source: &KeySource) -> bool {
    let absolute = |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    match source {
        KeySource::File(path) => config.database.url().is_none() && absolute(path).starts_with(absolute(&config.data)),
        _ => false,
    }
}

/// What to say about a key beside the data.
pub const BESIDE: &str = "the master key is in the data folder: it protects copies of the database only, not of the folder; \
                          keep it elsewhere and name it with encryption.master_key";

/// Opens the vault: reads the current master key and the previous ones.
pub async fn open(config: &Config) -> Result<Arc<Vault>> {
    let source = current(config)?;
    if is_beside(config, &source) {
        tracing::warn!("{BESIDE}");
    }
    let current = source::read(&source).await?;
    let mut previous: Vec<MasterKey> = Vec::new();
    for source in &config.encryption.previous_master_keys {
        previous.push(source::read(source).await?);
    }
    Ok(Arc::new(Vault::new(&current, &previous)?))
}
