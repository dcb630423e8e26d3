//! What every handler shares.

use std::sync::Arc;
use std::time::Instant;

use facegate_api::Api;
use facegate_gallery::{AppAdmin, AuditLog, Operators};
use facegate_service::Facegate;
use serde_json::Value;

use crate::auth::Passwords;

/// Scores at which something counts as there, 0..1; the manifest's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Probability of being live, from which a face counts as live.
    pub liveness: f32,
    /// Probability of sunglasses.
    pub sunglasses: f32,
    /// Probability of a mask.
    pub mask: f32,
    /// Probability of a veil.
    pub veil: f32,
    /// Probability of a hat.
    pub hat: f32,
    /// Probability of glasses of any kind.
    pub eyeglasses: f32,
}

/// What the operator is shown of the server.
#[derive(Clone, Debug)]
pub struct ConsoleOptions {
    /// What measurements are held against.
    pub thresholds: Thresholds,
    /// The settings in force, without secrets.
    pub settings: Value,
    /// In what the networks run.
    pub runtime: String,
    /// Photos that may wait for one.
    pub queue: usize,
}

/// The operator's rights over a store.
#[derive(Clone)]
pub struct Stores {
    /// Apps, their quotas and keys.
    pub apps: Arc<dyn AppAdmin>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// The operator's account.
    pub operators: Arc<dyn Operators>,
}

/// The state of the router; cheap to clone.
#[derive(Clone)]
pub struct Console {
    pub(crate) api: Api,
    pub(crate) stores: Stores,
    pub(crate) options: Arc<ConsoleOptions>,
    pub(crate) passwords: Passwords,
    pub(crate) started: Instant,
}

impl Console {
    /// Puts the state together. The server counts as started now.
    pub fn new(api: Api, stores: Stores, options: ConsoleOptions) -> Self {
        let (options, passwords) = (Arc::new(options), Passwords::default());
        Self { api, stores, options, passwords, started: Instant::now() }
    }

    pub(crate) fn facegate(&self) -> &Facegate {
        self.api.facegate()
    }
}
