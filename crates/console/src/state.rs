//! What every handler shares.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use facegate_api::{Api, RequestPeer};
use facegate_domain::Timestamp;
use facegate_gallery::{AppAdmin, AuditLog, Operators};
use facegate_service::{Facegate, ServiceError, Shown, TokenKind};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::auth::{Passwords, Token};
use crate::fault::{Answer, of_store};

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

/// Attempts to sign in that ask the store at once: they wait for each other there, and each holds a connection meanwhile that
/// the API's requests need.
const ATTEMPTS_AT_ONCE: usize = 2;

/// The state of the router; cheap to clone.
#[derive(Clone)]
pub struct Console {
    pub(crate) api: Api,
    pub(crate) stores: Stores,
    pub(crate) options: Arc<ConsoleOptions>,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Arc<Semaphore>,
    password_set: Arc<OnceLock<()>>,
    pub(crate) started: Instant,
}

impl Console {
    /// Puts the state together. The server counts as started now.
    pub fn new(api: Api, stores: Stores, options: ConsoleOptions) -> Self {
        let (options, passwords) = (Arc::new(options), Passwords::default());
        let attempts = Arc::new(Semaphore::new(ATTEMPTS_AT_ONCE));
        let password_set = Arc::default();
        Self { api, stores, options, passwords, attempts, password_set, started: Instant::now() }
    }

    pub(crate) fn facegate(&self) -> &Facegate {
        self.api.facegate()
    }

    /// Whether there is a password. From then on there always is, and strangers cost the store nothing by asking.
    pub(crate) async fn has_password(&self) -> Answer<bool> {
        if self.password_set.get().is_none()
            && self.stores.operators.operator().await.map_err(of_store)?.password.is_some()
        {
            let _ = self.password_set.set(());
        }
        Ok(self.password_set.get().is_some())
    }

    /// Whether this is the token of a session that goes on. Where too many from there were not, it is taken for none unless it is
    /// known: who is refused as signed out is shown the way in, which is open to whoever has the password.
    pub(crate) async fn is_session(&self, token: &Token, peer: &RequestPeer) -> Answer<bool> {
        let shown = shown(token, peer);
        let find = async { Ok(self.stores.operators.session(&shown.digest, Timestamp::now()).await?.then_some(())) };
        match self.facegate().recognise(&shown, find).await {
            Ok(found) => Ok(found.is_some()),
            Err(ServiceError::TooManyFailures(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The token was just given to who asks from there.
    pub(crate) fn begun(&self, token: &Token, from: &RequestPeer) {
        self.facegate().vouch(&shown(token, from));
    }
}

fn shown(token: &Token, peer: &RequestPeer) -> Shown {
    Shown { kind: TokenKind::Session, digest: token.digest(), from: peer.0 }
}
