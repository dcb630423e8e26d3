//! The operator of the console: a password, who is signed in, how often signing in failed. In the store, since several
//! servers show one console.

use std::fmt;

use async_trait::async_trait;
use facegate_domain::Timestamp;

use crate::{AuditEntry, StoreError};

/// Without a request for this long a session is over, in microseconds: 30 minutes.
pub const SESSION_IDLE: i64 = 30 * MINUTE;
/// However much it is used, a session is over after this time, in microseconds: 12 hours.
pub const SESSION_LIFE: i64 = 12 * 60 * MINUTE;
/// Failures are forgotten after this time without another one, in microseconds: a day.
pub const FAILURES_KEPT: i64 = 24 * 60 * MINUTE;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// The operator's account. There is one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OperatorAccount {
    /// The password's hash in the PHC string format; `None` until it is set for the first time.
    pub password: Option<String>,
    /// SHA-256 of the set-up code in force, which may set the first password.
    pub setup_code: Option<[u8; 32]>,
}

impl fmt::Debug for OperatorAccount {
    /// Without the hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OperatorAccount({})", if self.password.is_some() { "password set" } else { "no password" })
    }
}

/// Where attempts to sign in come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptSource {
    /// Anywhere: the account as a whole.
    Account,
    /// One network address.
    Address(String),
}

impl AttemptSource {
    /// The store's name for it.
    pub fn key(&self) -> String {
        match self {
            Self::Account => "account".to_owned(),
            Self::Address(address) => format!("address {address}"),
        }
    }

    /// How long to wait after so many failures, in microseconds. It doubles with each, beyond a few that everybody may
    /// make: up to 15 minutes for an address. For the account up to a minute only, since the owner has to wait too.
    pub fn wait(&self, failures: u32) -> i64 {
        let (free, most) = match self {
            Self::Account => (20, MINUTE),
            Self::Address(_) => (5, 15 * MINUTE),
        };
        match failures.checked_sub(free) {
            None => 0,
            Some(beyond) => (5 * SECOND).saturating_mul(1 << beyond.min(16)).min(most),
        }
    }
}

/// Why somebody may set the password; looked at in the transaction that sets it.
#[derive(Clone, Copy)]
pub enum Warrant<'a> {
    /// They have the server's command line.
    CommandLine,
    /// They have the set-up code with this SHA-256, which must be in force, and no password is set.
    Code(&'a [u8; 32]),
    /// They have the password of this hash, which must be the one in force.
    Password(&'a str),
}

impl<'a> Warrant<'a> {
    /// The code and the hash that must be in force.
    pub fn parts(self) -> (Option<&'a [u8; 32]>, Option<&'a str>) {
        match self {
            Self::CommandLine => (None, None),
            Self::Code(code) => (Some(code), None),
            Self::Password(hash) => (None, Some(hash)),
        }
    }
}

/// Who begins a session: its token's SHA-256, and the hash of the password that was verified.
#[derive(Clone, Copy)]
pub struct Entrant<'a> {
    /// SHA-256 of the session's token.
    pub token: &'a [u8; 32],
    /// The hash that the password was held against, as [`OperatorAccount::password`] had it.
    pub verified: &'a str,
}

/// What the console keeps. Each change comes with its row of the audit log, in one transaction.
#[async_trait]
pub trait Operators: Send + Sync {
    /// The account as it is now.
    async fn operator(&self) -> Result<OperatorAccount, StoreError>;
    /// Puts a set-up code in force instead of one before it. `false`, and nothing, if there is a password.
    async fn offer_setup(&self, code: &[u8; 32]) -> Result<bool, StoreError>;
    /// Sets the password, ends every session and forgets failures, and uses up the set-up code. `false`, and nothing, if the
    /// warrant is not in force (any more).
    async fn set_password(&self, hash: &str, warrant: Warrant<'_>, row: AuditEntry) -> Result<bool, StoreError>;
    /// Counts an attempt to sign in for each of the sources, before its password is looked at; of racing attempts each is
    /// counted. If one of them has to wait: until when, and nothing is counted. Failures later than `now` count as of now.
    async fn attempt(&self, sources: &[AttemptSource], now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
    /// Begins a session, forgets the sources' failures and sessions that are over. `false`, and nothing, if the password that
    /// was verified is not the one in force any more: verifying takes a while, in which it may have been changed.
    async fn sign_in(
        &self,
        who: Entrant<'_>,
        sources: &[AttemptSource],
        now: Timestamp,
        row: AuditEntry,
    ) -> Result<bool, StoreError>;
    /// Whether there is such a session and it is not over; a use is written down about every minute.
    async fn session(&self, token: &[u8; 32], now: Timestamp) -> Result<bool, StoreError>;
    /// Ends a session. `false` if there is none.
    async fn sign_out(&self, token: &[u8; 32], row: AuditEntry) -> Result<bool, StoreError>;
}

/// A session's times, as stores keep them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// Its beginning.
    pub created_at: Timestamp,
    /// The latest use that was written down.
    pub seen_at: Timestamp,
}

impl SessionTimes {
    /// Whether it goes on at `now`. One that began later than that is of a time when the clock was wrong, and would go on
    /// until that date; servers' clocks may differ by a minute.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let begun = self.created_at.0 <= now.0 + MINUTE;
        begun && now.0 < self.created_at.0 + SESSION_LIFE && now.0 < self.seen_at.0 + SESSION_IDLE
    }

    /// Whether a use at `now` is to be written down.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now.0 >= self.seen_at.0 + MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_somewhere() {
        let address = AttemptSource::Address("192.0.2.1".into());
        assert_eq!([0, 4, 5, 6, 7].map(|n| address.wait(n) / SECOND), [0, 0, 5, 10, 20]);
        assert_eq!(address.wait(u32::MAX), 15 * MINUTE);
        assert_eq!([19, 20, 21].map(|n| AttemptSource::Account.wait(n) / SECOND), [0, 5, 10]);
        assert_eq!(AttemptSource::Account.wait(u32::MAX), MINUTE);
    }
}
