//! The settings. Their meaning and their defaults stand in `facegate.default.toml`, in the same order.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use facegate_api::{ApiOptions, ServeOptions};
use facegate_fetch::FetchPolicy;
use facegate_gallery_postgres::Options as PostgresOptions;
use facegate_image::Limits as ImageLimits;
use facegate_service::{AttemptLimits, Options};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::database::Database;
use super::encryption::{KeySource, MasterKeySource};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: String,
    pub data: PathBuf,
    pub database: Database,
    pub models: PathBuf,
    pub profile: String,
    pub acceleration: Acceleration,
    pub limits: Limits,
    pub url: Url,
    pub store: Store,
    pub encryption: Encryption,
    pub postgres: Postgres,
    pub console: ConsoleSettings,
    pub capture: CaptureSettings,
    pub cors: Cors,
    pub rate_limit: RateLimit,
    pub metrics: Metrics,
    pub log: Log,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub max_image_bytes: usize,
    pub max_pixels: u64,
    pub max_decode_memory_mib: u64,
    pub header_timeout_seconds: u32,
    pub body_timeout_seconds: u32,
    pub write_timeout_seconds: u32,
    pub max_connections: usize,
    pub max_in_flight: usize,
    pub max_body_memory_mib: usize,
    pub workers: usize,
    pub queue: usize,
    pub shutdown_seconds: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Url {
    pub timeout_seconds: u32,
    pub max_redirects: usize,
    pub max_concurrent: usize,
    pub allow_networks: Vec<IpNet>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub keep_photos: bool,
    pub sweep_seconds: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    pub master_key: MasterKeySource,
    pub previous_master_keys: Vec<KeySource>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    pub connections: usize,
    pub statement_timeout_seconds: u32,
    pub retry_seconds: u32,
    pub connect_seconds: u32,
    pub exact_up_to: u64,
    pub candidates: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSettings {
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptureSettings {
    pub enabled: bool,
    pub origins: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    pub origins: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub requests_per_second: u32,
    pub wrong_keys_per_address: u32,
    pub wrong_keys_per_app: u32,
    pub mismatches_per_subject: u32,
    pub trusted_proxies: Vec<IpNet>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Empty: nowhere.
    pub listen: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
    /// Empty: nowhere.
    pub traces: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceleration {
    Auto,
    Off,
}

impl Config {
    /// What the types cannot say.
    pub fn check(&self) -> Result<()> {
        let l = &self.limits;
        for (key, value, range) in [
            ("limits.max_image_bytes", l.max_image_bytes, 1..=64 << 20),
            ("limits.max_connections", l.max_connections, 1..=1 << 20),
            ("limits.max_in_flight", l.max_in_flight, 1..=1 << 20),
            ("limits.max_body_memory_mib", l.max_body_memory_mib, 1..=1 << 20),
            ("limits.workers", l.workers, 0..=1024),
            ("store.sweep_seconds", self.store.sweep_seconds as usize, 1..=86_400),
            ("limits.queue", l.queue, 1..=1 << 20),
            ("limits.header_timeout_seconds", l.header_timeout_seconds as usize, 1..=3600),
            ("limits.body_timeout_seconds", l.body_timeout_seconds as usize, 1..=3600),
            ("limits.write_timeout_seconds", l.write_timeout_seconds as usize, 1..=3600),
            ("url.timeout_seconds", self.url.timeout_seconds as usize, 1..=3600),
            ("url.max_redirects", self.url.max_redirects, 0..=100),
            ("postgres.connections", self.postgres.connections, 1..=1000),
            ("postgres.statement_timeout_seconds", self.postgres.statement_timeout_seconds as usize, 1..=3600),
            ("postgres.retry_seconds", self.postgres.retry_seconds as usize, 0..=60),
            ("postgres.connect_seconds", self.postgres.connect_seconds as usize, 0..=3600),
            ("postgres.candidates", self.postgres.candidates as usize, 10..=1000),
            ("url.max_concurrent", self.url.max_concurrent, 1..=1 << 20),
        ] {
            ensure!(range.contains(&value), "configuration: {key} is {value}, it must be {range:?}");
        }
        // What is too much for the machine is the operator's business, what wraps around is not.
        for (key, value, most) in [
            ("limits.max_pixels", l.max_pixels, 1 << 40),
            ("limits.max_decode_memory_mib", l.max_decode_memory_mib, 1 << 20),
        ] {
            ensure!((1..=most).contains(&value), "configuration: {key} is {value}, it must be 1..={most}");
        }
        for origin in &self.capture.origins {
            ensure!(
                is_origin(origin) && !origin.contains([';', ',', '*']),
                "configuration: capture.origins: {origin:?} must be like \"https://app.example.com\", without a path"
            );
        }
        for origin in &self.cors.origins {
            ensure!(
                origin == "*" || is_origin(origin),
                "configuration: cors.origins: {origin:?} must be \"*\" or like \"https://app.example.com\", without a path"
            );
        }
        Ok(())
    }

    /// The same with a store in this folder and nowhere else.
    pub fn with_store_in(&self, folder: &Path) -> Self {
        let encryption = Encryption { master_key: MasterKeySource::default(), previous_master_keys: Vec::new() };
        Self { data: folder.to_owned(), database: Database::default(), encryption, ..self.clone() }
    }

    /// The store's file.
    pub fn store_path(&self) -> PathBuf {
        self.data.join("facegate.db")
    }

    /// Names of the template profiles; empty: the manifest's default.
    pub fn profiles(&self) -> Vec<&str> {
        self.profile.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
    }

    /// Threads for analysis.
    pub fn workers(&self) -> usize {
        match self.limits.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            set => set,
        }
    }

    /// For a server; commands make less of it.
    pub fn postgres_options(&self) -> PostgresOptions {
        PostgresOptions {
            connections: self.postgres.connections,
            statement_timeout: seconds(self.postgres.statement_timeout_seconds),
            retry_for: seconds(self.postgres.retry_seconds),
            connect_for: seconds(self.postgres.connect_seconds),
            exact_up_to: self.postgres.exact_up_to,
            candidates: self.postgres.candidates,
            ..PostgresOptions::default()
        }
    }

    pub fn image_limits(&self) -> ImageLimits {
        ImageLimits {
            max_bytes: self.limits.max_image_bytes,
            max_pixels: self.limits.max_pixels,
            max_memory: self.limits.max_decode_memory_mib << 20,
        }
    }

    pub fn fetch_policy(&self) -> FetchPolicy {
        FetchPolicy {
            timeout: seconds(self.url.timeout_seconds),
            max_bytes: self.limits.max_image_bytes,
            max_redirects: self.url.max_redirects,
            allow: self.url.allow_networks.clone(),
            max_concurrent: self.url.max_concurrent,
        }
    }

    pub fn service_options(&self) -> Options {
        let limits = &self.rate_limit;
        let attempts = AttemptLimits {
            wrong_keys_per_address: NonZeroU32::new(limits.wrong_keys_per_address),
            wrong_keys_per_app: NonZeroU32::new(limits.wrong_keys_per_app),
            mismatches_per_subject: NonZeroU32::new(limits.mismatches_per_subject),
        };
        Options { keep_photos: self.store.keep_photos, max_image_bytes: self.limits.max_image_bytes, attempts }
    }

    pub fn api_options(&self) -> ApiOptions {
        ApiOptions {
            max_image_bytes: self.limits.max_image_bytes,
            body_timeout: seconds(self.limits.body_timeout_seconds),
            max_in_flight: self.limits.max_in_flight,
            max_body_memory: self.limits.max_body_memory_mib << 20,
            capture_origins: self.capture.origins.clone(),
            cors_origins: self.cors.origins.clone(),
            requests_per_second: NonZeroU32::new(self.rate_limit.requests_per_second),
            trusted_proxies: self.rate_limit.trusted_proxies.clone(),
        }
    }

    pub fn serve_options(&self) -> ServeOptions {
        ServeOptions {
            max_connections: self.limits.max_connections,
            header_timeout: seconds(self.limits.header_timeout_seconds),
            write_timeout: seconds(self.limits.write_timeout_seconds),
            shutdown_timeout: seconds(self.limits.shutdown_seconds),
        }
    }
}

/// Whether it looks like what browsers send as an origin.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && b != b'/'))
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}
