//! The configuration: a TOML file and variables of the environment, through the binary's own loader; and the URL of a
//! database, whose password nobody may see.
//!
//! Input: the file; behind a line `$` variables, `NAME=VALUE` a line.

use std::sync::LazyLock;

use tempfile::TempDir;

use crate::loader::{Config, Overrides, layered};

/// A password as the seeds write it: where it is part of one, it is shown nowhere.
const SECRET: &str = "s3cret";

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

/// Runs one input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (file, variables) = text.split_once("\n$").unwrap_or((text, ""));
    let pairs = variables.lines().filter_map(|line| line.split_once('='));
    // What reads other files is left out: a fuzzer would find devices.
    let pairs = pairs.filter(|(name, _)| !name.ends_with("_FILE") && *name != "FACEGATE_CONFIG");
    let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let loaded = load(file, pairs);
    if let Ok(config) = &loaded {
        sound(config);
    }
    hidden(text, &loaded);
}

fn load(file: &str, variables: Vec<(String, String)>) -> Result<Config, String> {
    let path = FOLDER.path().join(format!("{}.toml", std::process::id()));
    std::fs::write(&path, file).expect("a temporary file");
    let flags = Overrides { config: Some(path), ..Overrides::default() };
    layered(&flags, variables).map_err(|error| format!("{error:#}"))
}

/// What was accepted can be served with, and written down and read again it is the same.
fn sound(config: &Config) {
    let limits = &config.limits;
    assert!((1..=64 << 20).contains(&limits.max_image_bytes) && limits.queue > 0 && limits.max_connections > 0);
    assert!(config.url.timeout_seconds > 0 && config.postgres.connections > 0 && config.workers() > 0);
    let (api, image) = (config.api_options(), config.image_limits());
    assert!(api.max_image_bytes == image.max_bytes && api.max_body_memory > 0 && api.max_in_flight > 0);
    assert!(image.max_memory >= limits.max_decode_memory_mib, "the limit of memory wrapped around");
    let _ = (config.fetch_policy(), config.serve_options(), config.service_options(), config.postgres_options());
    assert!(config.profiles().iter().all(|profile| !profile.is_empty()));
    // A password is not written, so the database would not come back the same.
    let config = Config { database: Default::default(), ..config.clone() };
    let written = toml::to_string(&config).expect("settings can be written");
    let read: Config = toml::from_str(&written).expect("what was written can be read");
    assert!(read == config, "written and read again it is another");
}

/// A database's password is neither in what is shown of a configuration nor in an error.
fn hidden(text: &str, loaded: &Result<Config, String>) {
    if text.matches(SECRET).count() != 1 {
        return;
    }
    match loaded {
        Ok(config) => {
            let Some(url) = config.database.url() else { return };
            let parsed: Result<tokio_postgres::Config, _> = url.reveal().parse();
            let password = parsed.ok().and_then(|parsed| parsed.get_password().map(<[u8]>::to_vec));
            if password.is_some_and(|password| String::from_utf8_lossy(&password).contains(SECRET)) {
                let shown = format!("{config:?} {}", toml::to_string(config).expect("settings can be written"));
                assert!(!shown.contains(SECRET), "a password is shown");
            }
        }
        // Errors may quote names and values of other settings.
        Err(error) => {
            let only = text.starts_with("database") && !text.trim_end().contains('\n') && text.contains(":s3cret@");
            assert!(!only || !error.contains(SECRET), "a password is in an error: {error}");
        }
    }
}
