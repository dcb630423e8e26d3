//! The store's traits and the conformance suite that every backend passes.
//!
//! Callers get only the rights they need: [`AppDirectory`] to authenticate, [`AppAdmin`] for the operator,
//! [`Gallery`] for the use cases, [`KeyAdmin`] to change the master key, [`Snapshots`] and [`Importer`] to copy a whole
//! store, [`Operators`] and [`Captures`] for what is shown in browsers. [`VectorSearch`] is for stores that also find templates by themselves.

pub mod audit;
mod captures;
mod error;
mod idempotency;
mod moves;
mod nearest;
mod operators;
mod page;
mod record;
mod row;
mod sealing;
mod terms;
mod transfer;

#[cfg(feature = "conformance")]
pub mod conformance;

use async_trait::async_trait;
use facegate_domain::{App, AppId, KeyDigest, KeyRecord, SessionId, SubjectId, Timestamp};

pub use audit::{Action, Actor, AuditEntry, AuditLog, Erasure};
pub use captures::{CAPTURES_KEPT, Capture, Captures};
pub use error::StoreError;
pub use idempotency::{IdempotencyKey, InvalidIdempotencyKey, Remember, Remembered};
pub use moves::{ModelMoves, MoveCounts, Moved, Switched, Unmoved};
pub use nearest::{Neighbour, Unlike, VectorSearch};
pub use operators::{
    AttemptSource, Entrant, FAILURES_KEPT, OperatorAccount, Operators, SESSION_IDLE, SESSION_LIFE, SessionTimes,
    Warrant,
};
pub use page::{AppTemplates, MAX_SUBJECTS, MAX_TEMPLATES, StoredTemplate, SubjectSummary, TemplateCursor};
pub use record::{Charge, Commit, Committed, Enrolment, QuotaChange, SubjectRecord};
pub use row::SubjectRow;
pub use sealing::{KeyAdmin, MasterKeyUse};
pub use terms::{Clock, DAY, Due, MAX_RETENTION_DAYS, Terms, USES_APART};
pub use transfer::{
    Importer, MAX_WHOLE_SUBJECTS, PAGE_BYTES, Snapshot, Snapshots, WholeApp, WholeSubject, is_same_app,
};

/// Reading apps, to authenticate a request and to see its quotas.
#[async_trait]
pub trait AppDirectory: Send + Sync {
    /// The app as it is now, with changes made by other processes.
    async fn app(&self, id: &AppId) -> Result<Option<App>, StoreError>;
}

/// The operator's rights over apps.
#[async_trait]
pub trait AppAdmin: AppDirectory {
    /// Adds an app with its keys. [`StoreError::AppExists`] if the id is taken.
    async fn create_app(&self, app: &App) -> Result<(), StoreError>;
    /// Every app, oldest first (by creation, then id).
    async fn apps(&self) -> Result<Vec<App>, StoreError>;
    /// Changes limits; what has been used stays. [`StoreError::UnknownApp`] if there is none.
    async fn set_quotas(&self, id: &AppId, change: QuotaChange) -> Result<(), StoreError>;
    /// Deletes subjects that were not used for so many days from now on; `None`: does not. Days without use before this
    /// do not count. [`StoreError::UnknownApp`] if there is none.
    async fn set_retention(&self, id: &AppId, days: Option<u32>) -> Result<(), StoreError>;
    /// Adds a key; the others stay valid. [`StoreError::UnknownApp`] if there is none.
    async fn add_key(&self, id: &AppId, key: &KeyRecord) -> Result<(), StoreError>;
    /// Revokes a key. [`StoreError::UnknownKey`] if the app has no such key in force.
    async fn revoke_key(&self, id: &AppId, key: &KeyDigest, at: Timestamp) -> Result<(), StoreError>;
    /// Removes the app, its keys, subjects, photos and kept answers. [`StoreError::UnknownApp`] if there is none.
    async fn delete_app(&self, id: &AppId) -> Result<(), StoreError>;
}

/// What the use cases need: subjects of one app at a time; no call reaches across apps, but for
/// [`Gallery::templates`], which is for filling an index.
#[async_trait]
pub trait Gallery: Send + Sync {
    /// Takes the quota units, writes the enrolment if there is one and keeps the answer if there is a key for it, in
    /// one durable transaction: when this returns `Ok`, all survive the loss of power; when it returns an error, none
    /// happened.
    ///
    /// An id that is already enrolled is updated: photo, template and metadata change together, `created_at` stays.
    /// If the app has an answer under the key of [`Commit::remember`] that has not expired, nothing is written and no
    /// unit taken, whatever is left of the quota: [`Committed::Replayed`]. Of racing commits with one key one writes.
    /// The first enrolment of an app decides its model ([`App::model`]).
    /// Errors: [`StoreError::QuotaExhausted`], [`StoreError::UnknownApp`] (deleted meanwhile), [`StoreError::OtherModel`]
    /// (the app was moved to another model meanwhile), or a fault of the store.
    async fn commit(&self, app: &AppId, commit: Commit) -> Result<Committed, StoreError>;
    /// One subject without its photo. Who has expired is not there, in this and every other call.
    async fn subject(&self, app: &AppId, id: &SubjectId) -> Result<Option<SubjectRecord>, StoreError>;
    /// The photo's bytes as they were sent; `None` if there is no such subject or photos are not kept.
    async fn photo(&self, app: &AppId, id: &SubjectId) -> Result<Option<Vec<u8>>, StoreError>;
    /// How many bytes that photo has, without reading it.
    async fn photo_bytes(&self, app: &AppId, id: &SubjectId) -> Result<Option<usize>, StoreError>;
    /// The answer kept under this key, unless it has expired by `now`: a look before doing the work of a repetition.
    async fn remembered(
        &self,
        app: &AppId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<Remembered>, StoreError>;
    /// A page of the app's subjects in the order of their ids' bytes: those after `after` (which need not exist any
    /// more), at most `limit` ([`MAX_SUBJECTS`]). Empty at the end, and for an app that does not exist.
    ///
    /// Pages that each start after the last id of the one before give every subject that is there throughout exactly
    /// once, whoever comes and goes meanwhile.
    async fn subjects(
        &self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectSummary>, StoreError>;
    /// A batch of the templates of all apps in an order of the store's own, at most `limit` ([`MAX_TEMPLATES`]), from
    /// the beginning or after a template given before (which need not exist any more). Empty at the end.
    ///
    /// Batches give every template that is there throughout exactly once, as it is when its batch is read. What is
    /// enrolled between them may be missing: a caller that lets enrolments go on must learn of them by itself.
    async fn templates(&self, after: Option<&TemplateCursor>, limit: usize) -> Result<Vec<StoredTemplate>, StoreError>;
    /// A batch of one app's templates, as [`Gallery::templates`] gives them, with the app's model of the same moment.
    async fn templates_of(
        &self,
        app: &AppId,
        after: Option<&TemplateCursor>,
        limit: usize,
    ) -> Result<AppTemplates, StoreError>;
    /// Removes subject, template and photo for good, and forgets the answers that name the subject, also when it is
    /// not enrolled. `false` if there was none. The audit log gets a row, unless there was nothing to remove.
    async fn erase(&self, app: &AppId, id: &SubjectId, how: &Erasure) -> Result<bool, StoreError>;
    /// Subjects whose time is over now, some at most `limit`: past their [`Terms::expires_at`], or not used for as long as
    /// the app keeps them. To be erased with [`Erasure::due`](audit::Erasure::due), which looks again.
    async fn due(&self, limit: usize) -> Result<Vec<Due>, StoreError>;
    /// The subjects were used, which counts for the app's retention; writes only if the last use known is
    /// [`USES_APART`] ago.
    async fn touch(&self, app: &AppId, ids: &[SubjectId]) -> Result<(), StoreError>;
    /// The time by which this store judges what has expired.
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    /// [`Gallery::erase`] by nobody in particular.
    async fn delete_subject(&self, app: &AppId, id: &SubjectId) -> Result<bool, StoreError> {
        self.erase(app, id, &Erasure::requested(Actor::Server, SessionId::generate(), Timestamp::now())).await
    }
    /// How many subjects the app has.
    async fn count(&self, app: &AppId) -> Result<u64, StoreError>;
    /// Whether the store can be read and written now; for the readiness probe.
    async fn check(&self) -> Result<(), StoreError>;
}

/// Everything a store does.
pub trait Store: AppAdmin + Gallery {}

impl<T: AppAdmin + Gallery> Store for T {}
