//! Why something does not open. Texts are for operators: they name no subject and show no key.

use thiserror::Error;

use crate::MasterKeyId;

/// A refusal of the vault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// Sealed with a master key that was not given.
    #[error(
        "what is stored is sealed with the master key {wanted}, and {given} was given: give the right one as master key or \
         among the previous master keys"
    )]
    OtherMasterKey {
        /// The key that is needed.
        wanted: MasterKeyId,
        /// The current key of those that were given.
        given: MasterKeyId,
    },
    /// Changed, cut off or taken from another place. What it is of is named by its kind only.
    #[error("a sealed {0} does not open: it was changed, or belongs elsewhere")]
    Damaged(&'static str),
    /// Written by a later version.
    #[error("a sealed {0} is of a later version of facegate")]
    Newer(&'static str),
    /// A library refused lengths that are fixed here; cannot happen.
    #[error("the cryptographic library refused an operation")]
    Refused,
}
