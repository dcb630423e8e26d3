//! The store at one moment: a connection that stays in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::ClientWrapper;
use facegate_domain::{App, AppId, SubjectId};
use facegate_gallery::{MAX_WHOLE_SUBJECTS, PAGE_BYTES, Snapshot, Snapshots, StoreError, WholeApp, WholeSubject};
use facegate_vault::Vault;
use tokio_postgres::Row;

use crate::error::{Failure, Outcome};
use crate::moves::{JOIN_PRESENT_MODEL, PRESENT_TEMPLATE};
use crate::{PostgresStore, apps, keys, subjects};

/// The pages of a snapshot follow each other when the reader has written the one before, which may take a while.
const SESSION: &str = "SET statement_timeout = '10min'; SET idle_in_transaction_session_timeout = '30min';
                       BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[async_trait]
impl Snapshots for PostgresStore {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let begin = async {
            // A connection of its own: the pool's others go on serving.
            let client = self.shared.pool.lease().await?.take();
            client.batch_execute(SESSION).await?;
            // The moment is that of the first statement.
            client.query("SELECT FROM store", &[]).await?;
            Ok(client)
        };
        let client = begin.await.map_err(Failure::explain)?;
        Ok(Box::new(Moment { client, vault: self.shared.vault.clone() }))
    }
}

/// The store at one moment. Closing the connection ends its transaction.
struct Moment {
    client: ClientWrapper,
    vault: Arc<Vault>,
}

#[async_trait]
impl Snapshot for Moment {
    async fn apps(&mut self) -> Result<Vec<WholeApp>, StoreError> {
        self.read_apps().await.map_err(Failure::explain)
    }

    async fn subjects(
        &mut self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<WholeSubject>, StoreError> {
        self.read_subjects(app, after, limit).await.map_err(Failure::explain)
    }
}

/// Begins a statement about the app `$1` with the relation `page`: subjects after `$2`, at most `$3`, and how many bytes of
/// photos those `before` each have, so that no more photos are read than fit. `which`: a condition, ending in AND.
pub(crate) fn page_of_photos(which: &str) -> String {
    format!(
        "WITH candidates AS (
             SELECT subject_id, octet_length(photo) AS bytes FROM subjects
             WHERE {which} app_id = $1 AND subject_id > $2 ORDER BY subject_id LIMIT $3
         ), page AS (
             SELECT subject_id, coalesce(sum(bytes) OVER (ORDER BY subject_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
             FROM candidates
         )"
    )
}

impl Moment {
    async fn read_apps(&self) -> Outcome<Vec<WholeApp>> {
        let apps = apps::from_rows(&self.client.query(&apps::select(""), &[]).await?)?;
        let sql = "SELECT app_id, master_key_id, sealed_key,
                          (SELECT count(*) FROM subjects WHERE subjects.app_id = apps.app_id) AS subjects
                   FROM apps LEFT JOIN app_keys USING (app_id) WHERE NOT deleted";
        let mut others = HashMap::new();
        for row in self.client.query(sql, &[]).await? {
            let key = keys::from_row(&row)?;
            let id: String = row.try_get("app_id")?;
            others.insert(id, (key, apps::count(row.try_get("subjects")?)?));
        }
        let whole = |app: App| {
            let (key, subjects) = others.remove(app.id.as_str()).ok_or_else(|| Failure::unreadable("app"))?;
            Ok(WholeApp { app, key, subjects })
        };
        apps.into_iter().map(whole).collect()
    }

    /// The sizes first, so that no more photos are read than fit into a page.
    async fn read_subjects(&self, app: &AppId, after: Option<&SubjectId>, limit: usize) -> Outcome<Vec<WholeSubject>> {
        let statement = self
            .client
            .prepare_cached(&format!(
                "{}
                 SELECT subjects.subject_id, subjects.created_at, updated_at, session_id, model, {PRESENT_TEMPLATE}, nface,
                        rotation, photo IS NOT NULL AS has_photo, consent_reference, expires_at, master_key_id, sealed_key,
                        photo
                 FROM page JOIN subjects ON subjects.app_id = $1 AND subjects.subject_id = page.subject_id
                      JOIN apps USING (app_id) {JOIN_PRESENT_MODEL} LEFT JOIN app_keys USING (app_id)
                 WHERE NOT deleted AND before < $4 ORDER BY page.subject_id",
                page_of_photos("")
            ))
            .await?;
        // Every id is longer than none.
        let after = after.map_or("", SubjectId::as_str);
        let limit = i64::try_from(limit.clamp(1, MAX_WHOLE_SUBJECTS)).unwrap_or(i64::MAX);
        let most = i64::try_from(PAGE_BYTES).unwrap_or(i64::MAX);
        let rows = self.client.query(&statement, &[&app.as_str(), &after, &limit, &most]).await?;
        rows.iter().map(|row| subject(row, &self.vault, app)).collect()
    }
}

fn subject(row: &Row, vault: &Vault, app: &AppId) -> Outcome<WholeSubject> {
    let record = subjects::from_row(row, vault, app)?;
    let keys = vault.open(app, &keys::from_row(row)?)?;
    let sealed: Option<&[u8]> = row.try_get("photo")?;
    let photo = sealed.map(|sealed| keys.open_photo(&record.subject_id, sealed)).transpose()?;
    Ok(WholeSubject { record, photo })
}
