//! Whole stores, read at one moment and written as they were: for moving a store, backups and exports.
//!
//! Answers kept for repetitions are not part of it: they last for a day, and the store that gave them may serve on.

use std::fmt;

use async_trait::async_trait;
use facegate_domain::{App, AppId, SubjectId};
use facegate_vault::SealedAppKey;

use crate::{StoreError, SubjectRecord};

/// Bytes of photos after which a page ends, however many subjects were asked for. At least one subject is in it.
pub const PAGE_BYTES: usize = 8 << 20;

/// Subjects in a page at most; a larger limit counts as this, 0 counts as 1.
pub const MAX_WHOLE_SUBJECTS: usize = 256;

/// One app at the moment of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeApp {
    /// The app with its API keys and quotas, and what is used of them.
    pub app: App,
    /// Its sealed key.
    pub key: SealedAppKey,
    /// How many subjects it has.
    pub subjects: u64,
}

/// Everything that is kept of one subject.
#[derive(Clone, PartialEq)]
pub struct WholeSubject {
    /// All but the photo. `has_photo` says what `photo` says.
    pub record: SubjectRecord,
    /// The photo's bytes as they were sent, if they are kept.
    pub photo: Option<Vec<u8>>,
}

impl fmt::Debug for WholeSubject {
    /// Without subject, template and photo: they belong in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let photo = self.photo.as_ref().map(Vec::len);
        write!(f, "WholeSubject({:?}, {:?}, photo of {photo:?} bytes)", self.record.template, self.record.updated_at)
    }
}

/// A store that can be read as it is at one moment, while it serves.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// The store as it is now, whatever is written while it is read. Give it up soon: it keeps what is deleted meanwhile
    /// on the disk.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;
}

/// A store at one moment.
#[async_trait]
pub trait Snapshot: Send {
    /// Every app, oldest first (by creation, then id).
    async fn apps(&mut self) -> Result<Vec<WholeApp>, StoreError>;
    /// A page of the app's subjects in the order of their ids' bytes: those after `after`, at most `limit`
    /// ([`MAX_WHOLE_SUBJECTS`]) and about [`PAGE_BYTES`]. Empty at the end only. [`StoreError::Corrupt`] if a sealed
    /// value does not open.
    async fn subjects(
        &mut self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<WholeSubject>, StoreError>;
}

/// Writing apps and subjects as they were elsewhere. Takes no quota units.
#[async_trait]
pub trait Importer: Send + Sync {
    /// Adds an app with its API keys and quotas; `true` if it was added now.
    ///
    /// With a key (sealed by a master key that this store's vault has) it gets that one, else a new one. An app that is
    /// there already is left as it is and gives `false` if it is the same one: id, mode, time of creation, API keys
    /// and, if given, key. Else [`StoreError::AppExists`].
    async fn import_app(&self, app: &App, key: Option<&SealedAppKey>) -> Result<bool, StoreError>;
    /// Writes the subjects of an app as they are given, times included, in one transaction, and makes them found by
    /// searches of the store; what the store had of them is replaced. The same again changes nothing.
    /// [`StoreError::UnknownApp`] if there is none.
    async fn import_subjects(&self, app: &AppId, subjects: Vec<WholeSubject>) -> Result<(), StoreError>;
}

/// Whether an app that is there may be the one that is imported, as far as the two tell without their keys.
pub fn is_same_app(there: &App, imported: &App) -> bool {
    // The order of keys of one microsecond is the store's own.
    let keys = |app: &App| {
        let mut digests: Vec<_> = app.keys.iter().map(|key| (key.created_at, key.digest.0)).collect();
        digests.sort_unstable();
        digests
    };
    there.id == imported.id
        && there.mode == imported.mode
        && there.created_at == imported.created_at
        && keys(there) == keys(imported)
}
