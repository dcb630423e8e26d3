//! Answers kept for repetitions of a request, in SQL.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{IdempotencyKey, Remember, Remembered};
use tokio_postgres::Row;

use crate::error::{Failure, Outcome};

/// The app's answer under this key, unless it has expired by `now`.
pub(crate) async fn find(
    client: &impl GenericClient,
    app: &AppId,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Outcome<Option<Remembered>> {
    let statement = client
        .prepare_cached(
            "SELECT fingerprint, answer, answered_at FROM answers
             WHERE app_id = $1 AND idempotency_key = $2 AND expires_at > $3
                   AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1 AND NOT deleted)",
        )
        .await?;
    let found = client.query_opt(&statement, &[&app.as_str(), &key.as_str(), &now.0]).await?;
    found.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &Row) -> Outcome<Remembered> {
    let fingerprint: &[u8] = row.try_get(0)?;
    Ok(Remembered {
        fingerprint: fingerprint.try_into().map_err(|_| Failure::unreadable("fingerprint"))?,
        answer: row.try_get(1)?,
        at: Timestamp(row.try_get(2)?),
    })
}

/// Keeps the answer, in place of an expired one. `false` if one is kept under this key; waits for a transaction that is
/// about to keep one.
pub(crate) async fn keep(transaction: &Transaction<'_>, app: &AppId, new: &Remember) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO answers
                 (app_id, idempotency_key, fingerprint, answer, subject_id, answered_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (app_id, idempotency_key) DO UPDATE SET
                 fingerprint = excluded.fingerprint, answer = excluded.answer, subject_id = excluded.subject_id,
                 answered_at = excluded.answered_at, expires_at = excluded.expires_at
             WHERE answers.expires_at <= excluded.answered_at",
        )
        .await?;
    let kept = transaction
        .execute(
            &statement,
            &[
                &app.as_str(),
                &new.key.as_str(),
                &new.fingerprint.as_slice(),
                &new.answer,
                &new.subject_id.as_ref().map(SubjectId::as_str),
                &new.at.0,
                &new.expires_at.0,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// Removes the app's answers that name the subject.
pub(crate) async fn forget(transaction: &Transaction<'_>, app: &AppId, subject: &SubjectId) -> Outcome<()> {
    let statement = transaction.prepare_cached("DELETE FROM answers WHERE app_id = $1 AND subject_id = $2").await?;
    transaction.execute(&statement, &[&app.as_str(), &subject.as_str()]).await?;
    Ok(())
}
