//! Answers kept for repetitions of a request, in SQL.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{IdempotencyKey, Remember, Remembered};
use facegate_vault::{AppKeys, Vault};

use crate::error::Outcome;
use crate::keys;

/// The app's answer under this key, unless it has expired by `now`.
pub(crate) async fn find(
    client: &impl GenericClient,
    vault: &Vault,
    app: &AppId,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Outcome<Option<Remembered>> {
    let statement = client
        .prepare_cached(
            "SELECT answer, subject_id, answered_at, master_key_id, sealed_key
             FROM answers JOIN apps USING (app_id) LEFT JOIN app_keys USING (app_id)
             WHERE answers.app_id = $1 AND idempotency_key = $2 AND expires_at > $3 AND NOT deleted",
        )
        .await?;
    let Some(row) = client.query_opt(&statement, &[&app.as_str(), &key.as_str(), &now.0]).await? else {
        return Ok(None);
    };
    let keys = vault.open(app, &keys::from_row(&row)?)?;
    let (fingerprint, answer) = keys.open_answer(key.as_str(), row.try_get(1)?, row.try_get(0)?)?;
    Ok(Some(Remembered { fingerprint, answer, at: Timestamp(row.try_get(2)?) }))
}

/// Keeps the answer, in place of an expired one. `false` if one is kept under this key; waits for a transaction that is
/// about to keep one.
pub(crate) async fn keep(transaction: &Transaction<'_>, app: &AppId, keys: &AppKeys, new: &Remember) -> Outcome<bool> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO answers (app_id, idempotency_key, answer, subject_id, answered_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (app_id, idempotency_key) DO UPDATE SET
                 answer = excluded.answer, subject_id = excluded.subject_id, answered_at = excluded.answered_at,
                 expires_at = excluded.expires_at
             WHERE answers.expires_at <= excluded.answered_at",
        )
        .await?;
    let sealed = keys.seal_answer(new.key.as_str(), new.subject_id.as_ref(), &new.fingerprint, &new.answer)?;
    let kept = transaction
        .execute(
            &statement,
            &[
                &app.as_str(),
                &new.key.as_str(),
                &sealed,
                &new.subject_id.as_ref().map(SubjectId::as_str),
                &new.at.0,
                &new.expires_at.0,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// Removes the app's answers that name the subject; how many.
pub(crate) async fn forget(transaction: &Transaction<'_>, app: &AppId, subject: &SubjectId) -> Outcome<u64> {
    let statement = transaction.prepare_cached("DELETE FROM answers WHERE app_id = $1 AND subject_id = $2").await?;
    Ok(transaction.execute(&statement, &[&app.as_str(), &subject.as_str()]).await?)
}
