//! An app: one tenant with its mode, its quotas and its keys.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::{ApiKey, AppId, KeyDigest, ModelId, Timestamp};

/// How an app behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppMode {
    /// Real models, no quotas.
    Live,
    /// Real models, quotas apply.
    Testing,
    /// No model runs: the image field names a scenario.
    Sandbox,
}

/// The text names no mode.
#[derive(Debug, Error)]
#[error("a mode is one of live, testing, sandbox")]
pub struct UnknownMode;

impl AppMode {
    /// The mode's name on the command line and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Testing => "testing",
            Self::Sandbox => "sandbox",
        }
    }
}

impl fmt::Display for AppMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AppMode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        match text {
            "live" => Ok(Self::Live),
            "testing" => Ok(Self::Testing),
            "sandbox" => Ok(Self::Sandbox),
            _ => Err(UnknownMode),
        }
    }
}

/// What a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuotaKind {
    /// Answered enrolments.
    Enroll,
    /// Answered requests that computed liveness.
    Liveness,
}

/// A limit and what has been used of it. `limit: None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Units granted in all.
    pub limit: Option<u64>,
    /// Units taken so far.
    pub used: u64,
}

impl Quota {
    /// Units left; `None` is unlimited.
    pub fn left(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(self.used))
    }

    /// Whether no unit is left.
    pub fn exhausted(&self) -> bool {
        self.left() == Some(0)
    }
}

/// One API key of an app, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// SHA-256 of the key.
    pub digest: KeyDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped being valid, if it did.
    pub revoked_at: Option<Timestamp>,
}

/// One tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Public id.
    pub id: AppId,
    /// The operator's name for it; may be empty.
    pub name: String,
    /// Mode.
    pub mode: AppMode,
    /// When it was made.
    pub created_at: Timestamp,
    /// Units for [`QuotaKind::Enroll`].
    pub enroll: Quota,
    /// Units for [`QuotaKind::Liveness`].
    pub liveness: Quota,
    /// Subjects that were not used for so many days are deleted; `None`: never.
    pub retention_days: Option<u32>,
    /// The model whose templates its faces are compared by. `None` until its first subject is enrolled, and in stores of
    /// before until the next one is.
    pub model: Option<ModelId>,
    /// The model to which its subjects are being moved.
    pub next_model: Option<ModelId>,
    /// Every key ever made for it, oldest first.
    pub keys: Vec<KeyRecord>,
}

impl KeyRecord {
    /// A new key, to be shown to its owner once, and what is stored of it.
    pub fn generate() -> (ApiKey, Self) {
        let key = ApiKey::generate();
        let record = Self { digest: key.digest(), created_at: Timestamp::now(), revoked_at: None };
        (key, record)
    }
}

impl App {
    /// Most characters of a name.
    pub const NAME_CHARS: usize = 100;

    /// Whether an app may be named so: at most [`App::NAME_CHARS`] characters, none a control character.
    pub fn may_be_named(name: &str) -> bool {
        name.chars().count() <= Self::NAME_CHARS && !name.chars().any(char::is_control)
    }

    /// A new app of this name with one key, which is to be shown to its owner once.
    pub fn create(mode: AppMode, name: &str, enroll: Quota, liveness: Quota) -> (Self, ApiKey) {
        let (key, record) = KeyRecord::generate();
        let (id, created_at, name) = (AppId::generate(), record.created_at, name.to_owned());
        let (retention_days, model, next_model, keys) = (None, None, None, vec![record]);
        (Self { id, name, mode, created_at, enroll, liveness, retention_days, model, next_model, keys }, key)
    }

    /// Whether the digest is that of a key in force. Looks at every key, whatever the outcome.
    pub fn accepts(&self, presented: &KeyDigest) -> bool {
        let in_force = |key: &KeyRecord| (key.digest == *presented) & key.revoked_at.is_none();
        self.keys.iter().fold(false, |found, key| found | in_force(key))
    }

    /// The quota of a kind.
    pub fn quota(&self, kind: QuotaKind) -> Quota {
        match kind {
            QuotaKind::Enroll => self.enroll,
            QuotaKind::Liveness => self.liveness,
        }
    }

    /// Whether quotas apply at all: in testing mode, and in sandbox apps, which behave as real ones do.
    pub fn is_metered(&self) -> bool {
        self.mode != AppMode::Live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_of_one_line() {
        let (longest, longer) = ("é".repeat(100), "e".repeat(101));
        for (name, may) in [("", true), ("Bank Ä", true), (&longest, true), (&longer, false), ("a\nb", false)] {
            assert_eq!(App::may_be_named(name), may, "{name:?}");
        }
    }
}
