//! The audit log in SQL: several chains for each app, so that writers need not wait for each other.

mod read;
mod verify;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, SessionId, SubjectId, Timestamp};
use facegate_gallery::audit::{AuditCursor, AuditEntry, AuditFilter, AuditReport, AuditRow, Head, next};
use facegate_gallery::{Action, Actor, AuditLog, StoreError};
use facegate_vault::{AuditKey, Vault};
use tokio_postgres::Row;

use crate::error::{Failure, Outcome};
use crate::migrate::LOCK;
use crate::pool::Pool;
use crate::retry::{read, write};
use crate::{PostgresStore, keys};

/// Chains of each app. A writer takes one that nobody is writing to: with as many as this, waits are rare.
pub(crate) const LANES: i16 = 8;
/// The app that stands for none.
pub(crate) const NONE: &str = "";

#[async_trait]
impl AuditLog for PostgresStore {
    async fn note(&self, app: Option<&AppId>, entries: &[AuditEntry]) -> Result<(), StoreError> {
        // The receipt of the write needs an app; it is the chain's, whatever that is.
        let chain = match app {
            Some(app) if read!(self.shared, |client| read::has_chains(client, app))? => app.as_str(),
            _ => NONE,
        };
        write!(self.shared, chain, |transaction| async {
            for entry in entries {
                append(&transaction, &self.shared.audit_key, chain, entry.clone()).await?;
            }
            Ok(())
        })
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        verify::all(&self.shared).await.map_err(Failure::explain)
    }

    async fn audit_rows(
        &self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError> {
        read!(self.shared, |client| read::page(client, filter, after, limit))
    }

    async fn pseudonym(&self, app: &AppId, subject: &SubjectId) -> Result<Option<[u8; 32]>, StoreError> {
        let keys = read!(self.shared, |client| keys::read(&*client, &self.shared.vault, app))?;
        keys.map(|held| held.keys.pseudonym(subject)).transpose().map_err(|error| Failure::from(error).explain())
    }

    async fn erasure(&self, app: &AppId, session: SessionId) -> Result<Option<AuditEntry>, StoreError> {
        read!(self.shared, |client| read::erasure(client, app, session))
    }
}

/// The log's key: see [`settle`].
pub(crate) async fn open(pool: &Pool, vault: &Vault) -> Outcome<AuditKey> {
    let mut lease = pool.lease().await?;
    let outcome = async {
        let transaction = lease.client().transaction().await?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
        let audit_key = settle(&transaction, vault).await?;
        transaction.commit().await?;
        Ok(audit_key)
    };
    let outcome = outcome.await;
    lease.settle(Ok(outcome))
}

/// Makes or opens the log's key, and begins the chains that are not there yet: of no app, and of apps that an earlier
/// version made. One server at a time.
async fn settle(transaction: &Transaction<'_>, vault: &Vault) -> Outcome<AuditKey> {
    let find = "SELECT master_key_id, sealed_key FROM audit_key";
    if let Some(row) = transaction.query_opt(find, &[]).await? {
        return Ok(vault.open_audit_key(&keys::from_row(&row)?)?);
    }
    let (sealed, audit_key) = vault.create_audit_key()?;
    let insert = "INSERT INTO audit_key (master_key_id, sealed_key) VALUES ($1, $2)";
    transaction.execute(insert, &[&sealed.master.to_string(), &sealed.bytes]).await?;
    begin(transaction, &audit_key, NONE).await?;
    for row in transaction.query("SELECT app_id FROM apps WHERE NOT deleted ORDER BY created_at", &[]).await? {
        let app = AppId::parse(row.try_get(0)?).map_err(|_| Failure::unreadable("App-ID"))?;
        app_created(transaction, &audit_key, &app, &Actor::Server).await?;
    }
    Ok(audit_key)
}

/// Seals the log's key with the current master key.
pub(crate) async fn rewrap(client: &impl GenericClient, vault: &Vault) -> Outcome<()> {
    let row = client.query_one("SELECT master_key_id, sealed_key FROM audit_key", &[]).await?;
    let stored = keys::from_row(&row)?;
    if let Some(sealed) = vault.rewrap_audit_key(&stored)? {
        let update = "UPDATE audit_key SET master_key_id = $1, sealed_key = $2 WHERE sealed_key = $3";
        client.execute(update, &[&sealed.master.to_string(), &sealed.bytes, &stored.bytes]).await?;
    }
    Ok(())
}

async fn begin(transaction: &Transaction<'_>, audit_key: &AuditKey, app: &str) -> Outcome<()> {
    let insert = "INSERT INTO audit_heads (app_id, lane, count, last, mac) VALUES ($1, $2, 0, $3, $4)
                  ON CONFLICT DO NOTHING";
    let statement = transaction.prepare_cached(insert).await?;
    for lane in 0..LANES {
        let head = Head::empty(audit_key, app, lane.unsigned_abs());
        transaction.execute(&statement, &[&app, &lane, &head.last.as_slice(), &head.mac]).await?;
    }
    Ok(())
}

/// Begins the chains of an app, or goes on with those of one that had this id before.
pub(crate) async fn app_created(
    transaction: &Transaction<'_>,
    audit_key: &AuditKey,
    app: &AppId,
    by: &Actor,
) -> Outcome<()> {
    begin(transaction, audit_key, app.as_str()).await?;
    let row = || AuditEntry::done(Timestamp::now(), by, Action::AppCreated);
    append(transaction, audit_key, app.as_str(), row()).await?;
    // The chains about no app tell which apps must have chains of their own.
    append(transaction, audit_key, NONE, row().with("app", app)).await
}

/// An app's last row.
pub(crate) async fn app_deleted(transaction: &Transaction<'_>, audit_key: &AuditKey, app: &AppId) -> Outcome<()> {
    let row = || AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::AppDeleted);
    append(transaction, audit_key, app.as_str(), row()).await?;
    append(transaction, audit_key, NONE, row().with("app", app)).await
}

/// Adds a row to a chain that nobody is writing to, or to any. Last in a transaction: the chain is held from here on.
pub(crate) async fn append(
    transaction: &Transaction<'_>,
    audit_key: &AuditKey,
    app: &str,
    entry: AuditEntry,
) -> Outcome<()> {
    let wish = rand::random_range(0..LANES);
    let free = "SELECT app_id, lane, count, last, mac FROM audit_heads WHERE app_id = $1
                ORDER BY (lane + $2) % 8 LIMIT 1 FOR UPDATE SKIP LOCKED";
    let any = "SELECT app_id, lane, count, last, mac FROM audit_heads WHERE app_id = $1 AND lane = $2 FOR UPDATE";
    let free = transaction.prepare_cached(free).await?;
    let row = match transaction.query_opt(&free, &[&app, &wish]).await? {
        Some(row) => Some(row),
        None => {
            let any = transaction.prepare_cached(any).await?;
            transaction.query_opt(&any, &[&app, &wish]).await?
        }
    };
    let lost = || StoreError::Corrupt("the audit log lacks a chain: run facegate audit verify".to_owned());
    let (row, head) = next(audit_key, &head(&row.ok_or_else(lost)?)?, entry)?;
    let AuditRow { number, entry, mac, .. } = row;
    let insert = "WITH moved AS (UPDATE audit_heads SET count = $3, last = $11, mac = $12
                                 WHERE app_id = $1 AND lane = $2)
                  INSERT INTO audit
                      (app_id, lane, number, at, actor, action, outcome, session_id, pseudonym, details, mac)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let insert = transaction.prepare_cached(insert).await?;
    transaction
        .execute(
            &insert,
            &[
                &app,
                &i16::try_from(head.lane).unwrap_or(i16::MAX),
                &crate::apps::stored(number),
                &entry.at.0,
                &entry.actor,
                &entry.action,
                &entry.outcome,
                &entry.session,
                &entry.pseudonym,
                &entry.details.as_str(),
                &mac,
                &head.mac,
            ],
        )
        .await?;
    Ok(())
}

pub(crate) fn head(row: &Row) -> Outcome<Head> {
    let last: &[u8] = row.try_get(3)?;
    Ok(Head {
        app: row.try_get(0)?,
        lane: row.try_get::<_, i16>(1)?.unsigned_abs(),
        count: crate::apps::count(row.try_get(2)?)?,
        // One of another length is none that was written: verification says so.
        last: last.try_into().unwrap_or([0xff; 32]),
        mac: row.try_get(4)?,
    })
}
