//! Moving an app's subjects to another model while it is used.
//!
//! Beside its template each subject has room for one of the app's next model. When everybody has one the app is switched
//! in one step: from then on the next template is the subject's, whatever place it is kept in; [`ModelMoves::settle`] tidies that up.

use std::fmt;

use async_trait::async_trait;
use facegate_domain::{AppId, ModelId, SessionId, SubjectId, Template};

use crate::StoreError;

/// A subject that has a photo and no template of the next model yet.
#[derive(Clone)]
pub struct Unmoved {
    /// The subject.
    pub subject_id: SubjectId,
    /// The request that wrote what it is now.
    pub session_id: SessionId,
    /// See [`SubjectRecord::photo_sha256`](crate::SubjectRecord::photo_sha256).
    pub photo_sha256: [u8; 32],
    /// The photo.
    pub photo: Vec<u8>,
}

impl fmt::Debug for Unmoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unmoved({}, photo of {} bytes)", self.session_id, self.photo.len())
    }
}

/// What was made of one.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The subject.
    pub subject_id: SubjectId,
    /// As in [`Unmoved`]: who has been enrolled anew since is left alone.
    pub session_id: SessionId,
    /// As in [`Unmoved`].
    pub photo_sha256: [u8; 32],
    /// Its template of the next model; `None` if no face is found in the photo.
    pub template: Option<Template>,
}

/// How far a move is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoveCounts {
    /// Subjects with a template of the model.
    pub ready: u64,
    /// Those without one that have a photo.
    pub waiting: u64,
    /// Those that cannot have one: without a photo, or with one in which no face is found.
    pub stuck: u64,
}

/// Whether an app was switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// It uses the next model now.
    Done,
    /// Not yet: so many subjects wait for their template.
    Waiting(u64),
    /// Not yet: so many would be left behind, and that was not allowed.
    Stuck(u64),
}

/// The operator's rights over models of apps.
#[async_trait]
pub trait ModelMoves: Send + Sync {
    /// Makes this the app's next model; servers that can compute it write templates of it too from now on. The same again
    /// changes nothing. `uses`: what to take for the app's model if it is not decided yet.
    ///
    /// [`StoreError::UnknownApp`]; [`StoreError::OtherModel`] if it uses this one already, or is being moved to another;
    /// [`StoreError::Busy`] if an earlier move is not settled yet.
    async fn begin_move(&self, app: &AppId, uses: &ModelId, next: &ModelId) -> Result<(), StoreError>;
    /// How far a move to this model is, or would be.
    async fn count_moved(&self, app: &AppId, next: &ModelId) -> Result<MoveCounts, StoreError>;
    /// Subjects that wait for their template of the next model, in the order of their ids after `after`, at most `limit`
    /// ([`MAX_WHOLE_SUBJECTS`](crate::MAX_WHOLE_SUBJECTS)). Empty at the end, and without a next model.
    async fn unmoved(&self, app: &AppId, after: Option<&SubjectId>, limit: usize) -> Result<Vec<Unmoved>, StoreError>;
    /// Writes templates of the next model beside the present ones, where the subject is still as it was; how many.
    /// [`StoreError::OtherModel`] if this is not the app's next model.
    async fn put_next(&self, app: &AppId, next: &ModelId, moved: Vec<Moved>) -> Result<u64, StoreError>;
    /// Subjects that a move to this model would leave behind, in the order of their ids after `after`, at most `limit`
    /// ([`MAX_SUBJECTS`](crate::MAX_SUBJECTS)).
    async fn stuck(
        &self,
        app: &AppId,
        next: &ModelId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError>;
    /// Switches the app to its next model, in one transaction, if nobody waits and (unless it is allowed) nobody is left
    /// behind. Who is left behind stays, and matches nothing until enrolled again. [`StoreError::OtherModel`] if this is not the
    /// app's next model.
    async fn switch_model(&self, app: &AppId, next: &ModelId, leave_behind: bool) -> Result<Switched, StoreError>;
    /// Gives the move up; whether there was one.
    async fn abort_move(&self, app: &AppId) -> Result<bool, StoreError>;
    /// Tidies up some of what a switch or an abortion left; `false` if there is no more. Answers are the same before and
    /// after.
    async fn settle(&self, app: &AppId) -> Result<bool, StoreError>;
}
