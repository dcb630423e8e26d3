//! The index of a large app's next model, which is there when it is needed, and those that are not needed any more.

use deadpool_postgres::GenericClient;
use facegate_domain::AppId;
use facegate_gallery::StoreError;

use crate::error::{Failure, Outcome};
use crate::retry::read;
use crate::{Shared, hnsw};

impl Shared {
    /// Makes the index of the app's templates of a model, if it has so many that searches will want one.
    pub(super) async fn index_before_switch(&self, app: &AppId, model: i32) -> Result<(), StoreError> {
        // Counted anew: it was growing until now.
        self.indexes.forget(app);
        read!(self, |client| async {
            let sql = "SELECT vector_dims(embedding) FROM vectors WHERE app_id = $1 AND model_key = $2 LIMIT 1";
            let statement = client.prepare_cached(sql).await?;
            let Some(row) = client.query_opt(&statement, &[&app.as_str(), &model]).await? else { return Ok(()) };
            let values = usize::try_from(row.try_get::<_, i32>(0)?).map_err(|_| Failure::unreadable("vector"))?;
            self.how(&*client, app, model, values).await.map(drop)
        })?;
        self.make_indexes().await
    }

    /// Drops the app's indexes of models that it does not use, on a connection without time limits.
    pub(super) async fn drop_idle_indexes(&self, app: &AppId) -> Result<(), StoreError> {
        let idle = read!(self, |client| async {
            let sql = "SELECT active_model_key, moving_to_key FROM apps WHERE app_id = $1";
            let statement = client.prepare_cached(sql).await?;
            let Some(row) = client.query_opt(&statement, &[&app.as_str()]).await? else { return Ok(Vec::new()) };
            let used: [Option<i32>; 2] = [row.try_get(0)?, row.try_get(1)?];
            let used: Vec<String> = used.into_iter().flatten().map(|model| hnsw::name(app, model)).collect();
            let mut names = hnsw::names(client, app).await?;
            names.retain(|name| !used.contains(name));
            Ok(names)
        })?;
        if idle.is_empty() {
            return Ok(());
        }
        self.indexes.forget(app);
        self.drop_indexes_named(&idle).await.map_err(Failure::explain)
    }

    async fn drop_indexes_named(&self, names: &[String]) -> Outcome<()> {
        let mut lease = self.pool.lease().await?;
        let client = lease.client();
        client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await?;
        for name in names {
            client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS facegate.{name}")).await?;
        }
        lease.discard();
        Ok(())
    }
}
