//! Whole stores: copies from one to another, backups, and exports of one app.
//!
//! Everything goes the same way: a [`Source`] (a store at one moment, or an archive) gives apps and their subjects in
//! order; [`copy()`] writes them into a store, [`compare()`] reads both sides again. Archives are read to their end and found
//! sound before anything is written.

mod archive;
mod backup;
mod cards;
mod compare;
mod container;
mod copy;
mod error;
mod export;
mod files;
mod keyfile;
mod source;
#[cfg(feature = "stages")]
pub mod stages;
mod walk;

pub use archive::{Archive, ArchiveSource};
pub use backup::{backup, open_backup};
pub use compare::compare;
pub use copy::{Copied, copy, examine};
pub use error::TransferError;
pub use export::{export, open_export};
pub use source::{SnapshotSource, Source, SourceApp};

use facegate_gallery::{Importer, Snapshots};

/// A store to copy into.
pub trait Target: Snapshots + Importer {}

impl<T: Snapshots + Importer> Target for T {}

/// Called with how many subjects are done, and of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Subjects that are read and written at once.
const AT_ONCE: usize = 128;
