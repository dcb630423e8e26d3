//! Keeping an app as it is until a transaction ends.

use deadpool_postgres::{GenericClient, Transaction};
use facegate_domain::AppId;
use facegate_gallery::StoreError;

use crate::error::{Failure, Outcome};
use crate::keys::Held;

/// Keeps the app from being deleted until the transaction ends. [`StoreError::UnknownApp`] if there is none.
pub(crate) async fn hold(transaction: &Transaction<'_>, id: &AppId) -> Outcome<()> {
    let statement = transaction.prepare_cached("SELECT FROM apps WHERE app_id = $1 AND NOT deleted FOR SHARE").await?;
    match transaction.query_opt(&statement, &[&id.as_str()]).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::UnknownApp.into()),
    }
}

/// The same, for a transaction that sealed something with this key and wrote templates of these models: [`Failure::Again`] if
/// the app has another key by now, because it was made anew or sealed by another master key, or other models.
pub(crate) async fn hold_with(transaction: &Transaction<'_>, id: &AppId, held: &Held) -> Outcome<()> {
    let statement = transaction
        .prepare_cached(
            "SELECT (SELECT sealed_key FROM app_keys WHERE app_keys.app_id = $1), active_model_key, moving_to_key FROM apps
             WHERE app_id = $1 AND NOT deleted FOR SHARE",
        )
        .await?;
    let Some(row) = transaction.query_opt(&statement, &[&id.as_str()]).await? else {
        return Err(StoreError::UnknownApp.into());
    };
    let same_key = row.try_get::<_, Option<&[u8]>>(0)?.is_some_and(|stored| stored == held.sealed.bytes);
    let same_models = (row.try_get(1)?, row.try_get(2)?) == (held.active, held.next);
    if same_key && same_models { Ok(()) } else { Err(Failure::Again) }
}
