//! One row of the audit log.

use std::fmt;

use facegate_domain::{SessionId, Timestamp};

use super::AuditCursor;

/// Who did it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// The operator, at the command line or in the console.
    Operator,
    /// A server by itself.
    #[default]
    Server,
    /// A client of the app, by the key with this fingerprint.
    Key(String),
    /// Somebody before the capture page, by a token that an app has ordered.
    Capture,
    /// Somebody who was refused.
    Stranger,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Server => f.write_str("server"),
            Self::Key(fingerprint) => write!(f, "key {fingerprint}"),
            Self::Capture => f.write_str("capture"),
            Self::Stranger => f.write_str("stranger"),
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An app was made, or the log began when it was there already.
    AppCreated,
    /// Its limits or its retention were changed.
    AppChanged,
    /// It was deleted with all that it had.
    AppDeleted,
    /// A key was added to it.
    KeyAdded,
    /// A key of it was revoked.
    KeyRevoked,
    /// A subject was enrolled.
    Enrolled,
    /// A subject was replaced.
    Updated,
    /// A subject was deleted.
    Deleted,
    /// A subject was deleted since its time was over.
    Expired,
    /// A kept photo was given out.
    PhotoShown,
    /// A request had no valid key.
    Refused,
    /// So many more had none, without a row of their own.
    RefusedMore,
    /// Too many faces were held against a subject that were not its own; from here on they are refused for a while.
    GuessingLimited,
    /// Subjects were copied from another store, a backup or an export.
    Imported,
    /// Somebody began to copy a whole store, or an app, out of it.
    BackupBegun,
    /// A backup or an export was made.
    BackedUp,
    /// The app's key was sealed with another master key.
    Rewrapped,
    /// The console's password was set.
    PasswordSet,
    /// Somebody signed in to the console.
    SignedIn,
    /// Somebody signed out of the console.
    SignedOut,
    /// Somebody gave the console a wrong password or set-up code.
    SignInRefused,
    /// A token of the capture page was made.
    CaptureOrdered,
    /// The app's subjects are being moved to another model.
    MoveBegun,
    /// The app uses another model.
    ModelSwitched,
    /// A move to another model was given up.
    MoveAborted,
}

impl Action {
    /// The name in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppCreated => "app_created",
            Self::AppChanged => "app_changed",
            Self::AppDeleted => "app_deleted",
            Self::KeyAdded => "key_added",
            Self::KeyRevoked => "key_revoked",
            Self::Enrolled => "enrolled",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
            Self::PhotoShown => "photo_shown",
            Self::Refused => "refused",
            Self::RefusedMore => "refused_more",
            Self::GuessingLimited => "guessing_limited",
            Self::Imported => "imported",
            Self::BackupBegun => "backup_begun",
            Self::BackedUp => "backed_up",
            Self::Rewrapped => "rewrapped",
            Self::PasswordSet => "password_set",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::SignInRefused => "sign_in_refused",
            Self::CaptureOrdered => "capture_ordered",
            Self::MoveBegun => "move_begun",
            Self::ModelSwitched => "model_switched",
            Self::MoveAborted => "move_aborted",
        }
    }
}

/// Small facts about what was done: names and values without white space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details(String);

impl Details {
    /// With one more fact. White space in it becomes `_`.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value: String =
            value.to_string().chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect();
        let space = if self.0.is_empty() { "" } else { " " };
        self.0.push_str(&format!("{space}{name}={value}"));
        self
    }

    /// As the store keeps it.
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As the store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every fact.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split(' ').filter_map(|fact| fact.split_once('='))
    }

    /// One fact.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all().find(|fact| fact.0 == name).map(|fact| fact.1)
    }
}

/// What is written: texts, so that a row which somebody has changed can still be read and shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// [`Actor`].
    pub actor: String,
    /// [`Action`].
    pub action: String,
    /// The outcome's code: `SUCCESS`, or an error code of the API.
    pub outcome: String,
    /// The request, if it was one.
    pub session: Option<String>,
    /// The subject's pseudonym under the app's key, if it is about one.
    pub pseudonym: Option<Vec<u8>>,
    /// Anything else.
    pub details: Details,
}

impl AuditEntry {
    /// Something that was done.
    pub fn done(at: Timestamp, actor: &Actor, action: Action) -> Self {
        Self {
            at,
            actor: actor.to_string(),
            action: action.as_str().to_owned(),
            outcome: "SUCCESS".to_owned(),
            session: None,
            pseudonym: None,
            details: Details::default(),
        }
    }

    /// In this request.
    pub fn in_session(mut self, session: Option<SessionId>) -> Self {
        self.session = session.map(|session| session.to_string());
        self
    }

    /// About this subject.
    pub fn about(mut self, pseudonym: [u8; 32]) -> Self {
        self.pseudonym = Some(pseudonym.to_vec());
        self
    }

    /// With a fact.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.details = self.details.with(name, value);
        self
    }

    /// Every byte of it, unambiguously.
    pub(super) fn encode(&self) -> Vec<u8> {
        let session = self.session.as_deref().unwrap_or_default();
        let texts = [&self.actor, &self.action, &self.outcome, session, self.details.as_str()];
        let pseudonym = self.pseudonym.as_deref().unwrap_or_default();
        let mut bytes = self.at.0.to_le_bytes().to_vec();
        for part in texts.iter().map(|text| text.as_bytes()).chain([pseudonym]) {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
        // An empty value is none: both are stored alike.
        bytes
    }
}

impl fmt::Debug for AuditEntry {
    /// Without the pseudonym, which is of use to whoever has the app's key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditEntry({} by {} at {}, {})", self.action, self.actor, self.at.0, self.outcome)
    }
}

/// An entry at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The app's id; empty for none.
    pub app: String,
    /// The chain.
    pub lane: u16,
    /// From 1 on without gaps.
    pub number: u64,
    /// What was written.
    pub entry: AuditEntry,
    /// MAC of the row and the MAC before it.
    pub mac: Vec<u8>,
}

impl AuditRow {
    /// Where the page after this row begins.
    pub fn cursor(&self) -> AuditCursor {
        AuditCursor { at: self.entry.at, app: self.app.clone(), lane: self.lane, number: self.number }
    }
}
