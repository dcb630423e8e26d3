//! Which master key seals what, for the operator who changes it.

use async_trait::async_trait;
use facegate_domain::AppId;

use crate::StoreError;

/// What one master key seals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterKeyUse {
    /// The key's public id, 16 hexadecimal digits.
    pub master_key_id: String,
    /// Apps whose key it seals.
    pub apps: u64,
    /// Whether it is the current one of this process.
    pub current: bool,
    /// Whether a process must have it to open the store, also without any app.
    pub checked: bool,
}

/// The operator's rights over the keys of apps. They say nothing of what those seal.
#[async_trait]
pub trait KeyAdmin: Send + Sync {
    /// Every master key that seals something, and the current one; by id.
    async fn master_keys(&self) -> Result<Vec<MasterKeyUse>, StoreError>;
    /// Apps whose key another master key seals than the current one.
    async fn apps_to_rewrap(&self) -> Result<Vec<AppId>, StoreError>;
    /// Seals the app's key with the current master key, in one transaction. What the key seals stays as it is. `false`
    /// if that was done already, or if there is no such app any more.
    async fn rewrap(&self, app: &AppId) -> Result<bool, StoreError>;
    /// Makes the current master key the one without which the store does not open, unless another one still seals an
    /// app; whether it is that now.
    async fn finish_rewrap(&self) -> Result<bool, StoreError>;
}
