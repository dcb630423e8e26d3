//! What can go wrong in a store. Texts are for operators: they never carry a subject, a key or a template.

use facegate_domain::QuotaKind;
use facegate_vault::VaultError;
use thiserror::Error;

/// A store's refusal or fault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// No unit of this quota is left; nothing was written.
    #[error("the app's {0:?} quota is used up")]
    QuotaExhausted(QuotaKind),
    /// No such app (any more).
    #[error("there is no app with this id")]
    UnknownApp,
    /// The app id is taken.
    #[error("an app with this id exists")]
    AppExists,
    /// The template is not of the model that the app uses by now; nothing was written.
    #[error("the app uses another model by now")]
    OtherModel,
    /// No such key in force.
    #[error("the app has no such key in force")]
    UnknownKey,
    /// Too much is queued, or a lock could not be had in time; trying again later is right.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// The disk or a size limit is full.
    #[error("the store is full: {0}")]
    Full(String),
    /// A later version of facegate wrote this store.
    #[error(
        "the store has schema version {found}, this facegate knows up to {known}: use the facegate that wrote it, or a later one"
    )]
    NewerSchema {
        /// Version in the store.
        found: u32,
        /// Latest version known here.
        known: u32,
    },
    /// What was read cannot be right.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// Cannot be opened, read or written.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// Whether a client may try the same again later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Full(_) | Self::Unavailable(_))
    }
}

impl From<VaultError> for StoreError {
    fn from(error: VaultError) -> Self {
        let text = error.to_string();
        match error {
            VaultError::Damaged(_) | VaultError::Newer(_) => Self::Corrupt(text),
            VaultError::OtherMasterKey { .. } | VaultError::Refused => Self::Unavailable(text),
        }
    }
}
