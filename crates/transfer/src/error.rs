//! Why a transfer ends early. Texts are for operators: they name apps, never a subject.

use std::path::{Path, PathBuf};

use facegate_domain::AppId;
use facegate_gallery::StoreError;
use facegate_vault::VaultError;
use thiserror::Error;

/// A refusal or a fault.
#[derive(Debug, Error)]
pub enum TransferError {
    /// A store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key is missing, or something sealed does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not a file of facegate, or of another kind.
    #[error("this is not {0}")]
    Foreign(&'static str),
    /// A later version wrote it.
    #[error("a later version of facegate wrote this file: use that one, or a later one")]
    Newer,
    /// Changed, cut off, or put together from others.
    #[error("the file is damaged: {0}; nothing was changed")]
    Damaged(&'static str),
    /// The key file lacks the key of an app.
    #[error(
        "the key file has no key of {} of the archive's apps ({}): they were deleted since, or it is another archive's key \
         file; --without-deleted-apps leaves them out. Nothing was changed",
        .0.len(),
        .0.iter().map(AppId::as_str).collect::<Vec<_>>().join(", ")
    )]
    NoKey(Vec<AppId>),
    /// The target holds another app.
    #[error("the target holds the app {0}, which the source does not: choose an empty target. Nothing was changed")]
    OtherApp(AppId),
    /// The target holds an app of this id that is not the same one.
    #[error(
        "the target holds another app {0}: choose another target, or delete that app there. Nothing of it was changed"
    )]
    AnotherApp(AppId),
    /// The target has a subject that the source has not, or a later one.
    #[error(
        "the app {0} in the target has been changed since it was copied: delete it there and run this again, or choose \
         another target"
    )]
    Used(AppId),
    /// The copy is not what the source is.
    #[error("the app {0} is not the same in both: {1}. If one of them served meanwhile, stop it and run this again")]
    Differs(AppId, &'static str),
    /// There is no such app.
    #[error("there is no app {0}; `facegate app list` shows all")]
    UnknownApp(AppId),
    /// A file that would be lost is in the way.
    #[error("{0}")]
    InTheWay(String),
}

impl TransferError {
    /// For a file.
    pub(crate) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |error| Self::File { path: path.to_owned(), error }
    }
}
