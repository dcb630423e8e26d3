//! The console's operator, in SQL.

use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};
use facegate_domain::Timestamp;
use facegate_gallery::{
    AttemptSource, AuditEntry, Entrant, FAILURES_KEPT, OperatorAccount, Operators, SESSION_IDLE, SESSION_LIFE,
    SessionTimes, StoreError, Warrant,
};

use crate::audit::{self, NONE};
use crate::error::{Failure, Outcome};
use crate::retry::{Keeps, read, write};
use crate::{PostgresStore, Shared};

/// Until when a source has to wait.
#[derive(Clone)]
struct Until(Option<i64>);

impl Keeps for Until {
    fn keeps(&self) -> bool {
        self.0.is_none()
    }
}

#[async_trait]
impl Operators for PostgresStore {
    async fn operator(&self) -> Result<OperatorAccount, StoreError> {
        let row = read!(self.shared, |client| async {
            Ok(client.query_opt("SELECT password, setup_code FROM operator", &[]).await?)
        })?;
        let Some(row) = row else { return Ok(OperatorAccount::default()) };
        let read = || -> Outcome<OperatorAccount> {
            let code: Option<&[u8]> = row.try_get(1)?;
            let code = code.map(|code| code.try_into().map_err(|_| Failure::unreadable("set-up code"))).transpose()?;
            Ok(OperatorAccount { password: row.try_get(0)?, setup_code: code })
        };
        read().map_err(Failure::explain)
    }

    async fn offer_setup(&self, code: &[u8; 32]) -> Result<bool, StoreError> {
        let offer = "UPDATE operator SET setup_code = $1 WHERE password IS NULL";
        write!(self.shared, NONE, |transaction| async {
            Ok(transaction.execute(offer, &[&code.as_slice()]).await? == 1)
        })
    }

    async fn set_password(&self, hash: &str, warrant: Warrant<'_>, row: AuditEntry) -> Result<bool, StoreError> {
        write!(self.shared, NONE, |transaction| set_password(&transaction, &self.shared, hash, warrant, row.clone()))
    }

    async fn attempt(&self, sources: &[AttemptSource], now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        // Who has to wait holds up nobody: most are told so by a look that locks and writes nothing.
        let known = read!(self.shared, |client| waits(client, sources, now))?;
        if known.is_some() {
            return Ok(known.map(Timestamp));
        }
        let until = write!(self.shared, NONE, |transaction| attempt(&transaction, sources, now))?;
        Ok(until.0.map(Timestamp))
    }

    async fn sign_in(
        &self,
        who: Entrant<'_>,
        sources: &[AttemptSource],
        now: Timestamp,
        row: AuditEntry,
    ) -> Result<bool, StoreError> {
        let new = (who, sources, now);
        write!(self.shared, NONE, |transaction| sign_in(&transaction, &self.shared, new, row.clone()))
    }

    async fn session(&self, token: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
        let find = "SELECT created_at, seen_at FROM operator_sessions WHERE token = $1";
        let row = read!(self.shared, |client| async { Ok(client.query_opt(find, &[&token.as_slice()]).await?) })?;
        let times = row.map(|row| SessionTimes { created_at: Timestamp(row.get(0)), seen_at: Timestamp(row.get(1)) });
        let Some(times) = times.filter(|times| times.is_live(now)) else { return Ok(false) };
        if times.is_stale(now) {
            let touch = "UPDATE operator_sessions SET seen_at = greatest(seen_at, $2) WHERE token = $1";
            read!(self.shared, |client| async { Ok(client.execute(touch, &[&token.as_slice(), &now.0]).await?) })?;
        }
        Ok(true)
    }

    async fn sign_out(&self, token: &[u8; 32], row: AuditEntry) -> Result<bool, StoreError> {
        write!(self.shared, NONE, |transaction| async {
            let end = "DELETE FROM operator_sessions WHERE token = $1";
            let ended = transaction.execute(end, &[&token.as_slice()]).await? == 1;
            if ended {
                audit::append(&transaction, &self.shared.audit_key, NONE, row.clone()).await?;
            }
            Ok(ended)
        })
    }
}

async fn set_password(
    transaction: &Transaction<'_>,
    shared: &Shared,
    hash: &str,
    warrant: Warrant<'_>,
    row: AuditEntry,
) -> Outcome<bool> {
    let set = "UPDATE operator SET password = $1, setup_code = NULL
               WHERE ($2::bytea IS NULL OR (password IS NULL AND setup_code = $2))
                 AND ($3::text IS NULL OR password = $3)";
    let (code, before) = warrant.parts();
    if transaction.execute(set, &[&hash, &code.map(<[u8; 32]>::as_slice), &before]).await? != 1 {
        return Ok(false);
    }
    transaction.batch_execute("DELETE FROM operator_sessions; DELETE FROM operator_attempts").await?;
    audit::append(transaction, &shared.audit_key, NONE, row).await?;
    Ok(true)
}

/// Until when the sources have to wait, as it stands now.
async fn waits(client: &Client, sources: &[AttemptSource], now: Timestamp) -> Outcome<Option<i64>> {
    // Failures of a time when the clock was ahead were made now at the latest, or their wait would end at that date. This is
    // the only write, of one row at a time, and happens once after such a time.
    let find = "SELECT failures, last_at FROM operator_attempts WHERE source = $1";
    let mend = "UPDATE operator_attempts SET last_at = $2 WHERE source = $1 AND last_at > $2";
    let mut until = None;
    for source in sources {
        let Some(row) = client.query_opt(find, &[&source.key()]).await? else { continue };
        let (failures, last_at): (i32, i64) = (row.try_get(0)?, row.try_get(1)?);
        if last_at > now.0 {
            client.execute(mend, &[&source.key(), &now.0]).await?;
        }
        until = until.max(wait(source, failures, last_at.min(now.0), now));
    }
    Ok(until)
}

/// The end of one source's wait, if it is to come.
fn wait(source: &AttemptSource, failures: i32, last_at: i64, now: Timestamp) -> Option<i64> {
    let fresh = last_at >= now.0 - FAILURES_KEPT;
    let wait = source.wait(if fresh { failures.unsigned_abs() } else { 0 });
    Some(last_at.saturating_add(wait)).filter(|end| *end > now.0)
}

async fn attempt(transaction: &Transaction<'_>, sources: &[AttemptSource], now: Timestamp) -> Outcome<Until> {
    let forget = "DELETE FROM operator_attempts WHERE last_at < $1";
    // The account's row comes first and is held to the end: attempts are counted one after the other. What an attempt that has
    // to wait has written is rolled back.
    let hold = "INSERT INTO operator_attempts VALUES ($1, 0, $2)
                ON CONFLICT (source) DO UPDATE SET last_at = least(operator_attempts.last_at, excluded.last_at)
                RETURNING failures, last_at";
    let mut until = None;
    for source in sources {
        let row = transaction.query_one(hold, &[&source.key(), &now.0]).await?;
        let (failures, last_at): (i32, i64) = (row.try_get(0)?, row.try_get(1)?);
        until = until.max(wait(source, failures, last_at, now));
    }
    if until.is_none() {
        let count = "UPDATE operator_attempts
                     SET failures = CASE WHEN last_at < $3 THEN 1 ELSE failures + 1 END, last_at = $2 WHERE source = $1";
        for source in sources {
            transaction.execute(count, &[&source.key(), &now.0, &(now.0 - FAILURES_KEPT)]).await?;
        }
        transaction.execute(forget, &[&(now.0 - FAILURES_KEPT)]).await?;
    }
    Ok(Until(until))
}

async fn sign_in(
    transaction: &Transaction<'_>,
    shared: &Shared,
    (who, sources, now): (Entrant<'_>, &[AttemptSource], Timestamp),
    row: AuditEntry,
) -> Outcome<bool> {
    // Held to the end: a new password waits for this session and ends it, or is seen here.
    let hold = "SELECT 1 FROM operator WHERE password = $1 FOR SHARE";
    if transaction.query_opt(hold, &[&who.verified]).await?.is_none() {
        return Ok(false);
    }
    let forget = "DELETE FROM operator_attempts WHERE source = ANY($1)";
    let keys: Vec<String> = sources.iter().map(AttemptSource::key).collect();
    transaction.execute(forget, &[&keys]).await?;
    let over = "DELETE FROM operator_sessions WHERE created_at <= $1 OR seen_at <= $2";
    transaction.execute(over, &[&(now.0 - SESSION_LIFE), &(now.0 - SESSION_IDLE)]).await?;
    let begin = "INSERT INTO operator_sessions (token, created_at, seen_at) VALUES ($1, $2, $2)";
    transaction.execute(begin, &[&who.token.as_slice(), &now.0]).await?;
    audit::append(transaction, &shared.audit_key, NONE, row).await?;
    Ok(true)
}
