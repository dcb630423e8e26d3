//! How a subject is deleted, for the log.

use facegate_domain::{SessionId, Timestamp};

use super::{Action, Actor};

/// A deletion: by whom, in which request, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Who.
    pub by: Actor,
    /// The request; a deletion by a server itself has an id too.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
    /// Only if the subject's time is over by then.
    pub only_if_due: bool,
}

impl Erasure {
    /// Asked for by a client.
    pub fn requested(by: Actor, session: SessionId, at: Timestamp) -> Self {
        Self { by, session, at, only_if_due: false }
    }

    /// Because the subject's time is over.
    pub fn due(at: Timestamp) -> Self {
        Self { by: Actor::Server, session: SessionId::generate(), at, only_if_due: true }
    }

    /// What the log calls it.
    pub fn action(&self) -> Action {
        if self.only_if_due { Action::Expired } else { Action::Deleted }
    }
}
