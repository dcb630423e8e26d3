//! Who can read what is stored.
//!
//! A [`MasterKey`], kept outside the store, seals a key of each app ([`AppKeys`]), which is kept in the store; that one
//! seals the app's templates, photos and kept answers. Without the master key a copy of the store says nothing, and with
//! an app's key everything of the app is gone, from old copies too.
//!
//! All cryptography is RustCrypto's: XChaCha20-Poly1305 with random nonces seals, HKDF-SHA-256 derives, HMAC-SHA-256
//! gives pseudonyms. This crate only says what is bound to what.

mod app_keys;
mod archive;
mod audit;
mod cache;
mod contents;
mod derive;
mod error;
mod master;
mod place;
mod rotation;
mod sealed;
mod vault;

pub use app_keys::{AppKeys, SealedAppKey};
pub use archive::{ArchiveKey, ChunkPlace};
pub use audit::AuditKey;
pub use error::VaultError;
pub use master::{InvalidMasterKey, MasterKey, MasterKeyId};
pub use place::Place;
pub use rotation::Rotation;
pub use vault::{CheckValue, Vault};
