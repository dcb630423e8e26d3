//! Configuration: the embedded defaults, a file over them, the environment over it, flags over all.

mod database;
mod encryption;
mod environment;
mod overrides;
mod values;

use std::path::Path;

use anyhow::{Context, Result, bail};
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};

pub use encryption::KeySource;
pub use environment::API_KEY;
pub use overrides::Overrides;
pub use values::{Acceleration, Config, LogFormat};

/// The commented file with every default. It is the only place where a default is written.
pub const DEFAULT: &str = include_str!("facegate.default.toml");

/// Reads the effective configuration of this process.
pub fn load(flags: &Overrides) -> Result<Config> {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    layered(flags, variables)
}

/// Reads it from these variables and flags.
pub(crate) fn layered(flags: &Overrides, variables: impl IntoIterator<Item = (String, String)>) -> Result<Config> {
    let environment = environment::read(variables)?;
    let file = flags.config.clone().or(environment.config);
    let mut layers = Figment::from(Toml::string(DEFAULT));
    if let Some(path) = &file {
        layers = layers.merge(Toml::string(&read(path)?));
    }
    layers = layers.merge(Serialized::defaults(environment.values));
    if let Some(listen) = &flags.listen {
        layers = layers.merge(Serialized::default("listen", listen));
    }
    if let Some(database) = &flags.database {
        layers = layers.merge(Serialized::default("database", database));
    }
    if let Some(source) = &flags.master_key {
        layers = layers.merge(Serialized::default("encryption.master_key", source));
    }
    for (key, path) in [("data", &flags.data), ("models", &flags.models)] {
        if let Some(path) = path {
            layers = layers.merge(Serialized::default(key, path));
        }
    }
    let config: Config = layers.extract().map_err(|error| {
        let place = file.as_deref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
        // Figment names the layer by its type; the key and the fault are what helps.
        let key = if error.path.is_empty() { String::new() } else { format!(" {}:", error.path.join(".")) };
        anyhow::anyhow!("configuration{place}:{key} {}", error.kind)
    })?;
    config.check()?;
    Ok(config)
}

fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
    if let Err(error) = toml::from_str::<toml::Table>(&text) {
        // The error's own text quotes the line, which may hold a password.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        bail!("the configuration {}, line {line}, is not valid TOML: {}", path.display(), error.message().trim());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn flags() -> Overrides {
        Overrides::default()
    }

    fn with_env(variables: &[(&str, &str)]) -> Result<Config> {
        layered(&flags(), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn with_file(text: &str) -> Result<Config> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("facegate.toml");
        std::fs::write(&path, text).unwrap();
        layered(&Overrides { config: Some(path), ..flags() }, [])
    }

    #[test]
    fn the_default_file_has_exactly_the_settings_that_exist() {
        // No setting has a default in code: a key missing from the file, or too much in it, fails here.
        let config: Config = toml::from_str(DEFAULT).unwrap();
        assert_eq!(layered(&flags(), []).unwrap(), config);
        let written: toml::Table = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
        assert_eq!(written, toml::from_str::<toml::Table>(DEFAULT).unwrap());
    }

    #[test]
    fn the_api_and_the_fetcher_have_the_same_defaults() {
        let config = layered(&flags(), []).unwrap();
        let (api, built_in) = (config.api_options(), facegate_api::ApiOptions::default());
        assert_eq!(format!("{api:?}"), format!("{built_in:?}"));
        assert_eq!(format!("{:?}", config.fetch_policy()), format!("{:?}", facegate_fetch::FetchPolicy::default()));
        assert_eq!(format!("{:?}", config.serve_options()), format!("{:?}", facegate_api::ServeOptions::default()));
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.toml");
        std::fs::write(&path, "listen = '1.1.1.1:1'\ndata = '/file'\nmodels = '/file'\n[limits]\nworkers = 3\n")
            .unwrap();
        let flags = Overrides { config: Some(path), data: Some(PathBuf::from("/flag")), ..flags() };
        let variables = [("FACEGATE_DATA", "/env"), ("FACEGATE_MODELS", "/env")];
        let config = layered(&flags, variables.map(|(n, v)| (n.to_owned(), v.to_owned()))).unwrap();
        assert_eq!(config.listen, "1.1.1.1:1");
        assert_eq!((config.data, config.models), (PathBuf::from("/flag"), PathBuf::from("/env")));
        assert_eq!((config.limits.workers, config.limits.queue), (3, 256));
    }

    #[test]
    fn the_store_and_the_settings_have_the_same_defaults() {
        let mut options = layered(&flags(), []).unwrap().postgres_options();
        options.create = true;
        assert_eq!(format!("{options:?}"), format!("{:?}", facegate_gallery_postgres::Options::default()));
    }

    #[test]
    fn a_databases_password_is_used_and_not_shown() {
        let url = "postgres://facegate:s3cret@db/faces";
        let config = with_env(&[("FACEGATE_DATABASE", url)]).unwrap();
        assert_eq!(config.database.url().unwrap().reveal(), url);
        let shown = format!("{config:?}{}", toml::to_string(&config).unwrap());
        assert!(shown.contains("postgres://facegate:***@db:5432/faces") && !shown.contains("s3cret"), "{shown}");
        let flags = Overrides { database: Some("postgres://other/faces".to_owned()), ..flags() };
        let config = layered(&flags, [("FACEGATE_DATABASE".to_owned(), url.to_owned())]).unwrap();
        assert_eq!(config.database.url().unwrap().reveal(), "postgres://other/faces");
    }

    #[test]
    fn a_master_keys_place_is_a_setting_like_any_other() {
        let config = with_env(&[("FACEGATE_ENCRYPTION__MASTER_KEY", "env:A"), ("FACEGATE_DATA", "d")]).unwrap();
        assert_eq!(config.encryption.master_key.get(), Some(&KeySource::Env("A".to_owned())));
        let previous = [("FACEGATE_ENCRYPTION__PREVIOUS_MASTER_KEYS", "file:/a, command:kms get")];
        let flags = Overrides { master_key: Some("file:k".to_owned()), ..flags() };
        let config = layered(&flags, previous.map(|(n, v)| (n.to_owned(), v.to_owned()))).unwrap();
        assert_eq!(config.encryption.master_key.get(), Some(&KeySource::File("k".into())));
        assert_eq!(config.encryption.previous_master_keys.len(), 2);
    }

    #[test]
    fn unknown_and_wrong_settings_are_named() {
        for (text, named) in [
            ("listn = 'x'", "listn"),
            ("[limits]\nworker = 1", "worker"),
            ("[nothing]\nx = 1", "nothing"),
            ("[limits]\nworkers = 'many'", "limits.workers"),
            ("[limits]\nworkers = -1", "limits.workers"),
            ("[url]\nallow_networks = ['10.0.0.0/99']", "url.allow_networks"),
            ("[log]\nformat = 'xml'", "log.format"),
            ("[cors]\norigins = ['example.com']", "cors.origins"),
            ("[limits]\nmax_in_flight = 0", "limits.max_in_flight"),
            ("[limits]\nmax_pixels = 0", "limits.max_pixels"),
            ("[limits]\nmax_decode_memory_mib = 35184372088832", "limits.max_decode_memory_mib"),
            ("database = 'mysql://u:s3cret@h/d'", "database"),
            ("[encryption]\nmaster_key = 's3cret'", "encryption.master_key"),
            ("[encryption]\nprevious_master_keys = ['s3cret']", "encryption.previous_master_keys"),
            ("[postgres]\nconnections = 0", "postgres.connections"),
            ("listen = ", "line 1, is not valid TOML"),
            ("\ndatabase = 'postgres://u:s3cret@h/d", "line 2, is not valid TOML"),
        ] {
            let error = format!("{:#}", with_file(text).unwrap_err());
            assert!(error.contains(named) && !error.contains("s3cret"), "{text}: {error}");
        }
        let error = format!("{:#}", with_env(&[("FACEGATE_LIMITS__WORKERZ", "1")]).unwrap_err());
        assert!(error.contains("FACEGATE_LIMITS__WORKERZ"), "{error}");
    }
}
