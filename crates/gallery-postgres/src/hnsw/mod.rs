//! Indexes of large apps: which app has one, and making it.
//!
//! Each large app has an index of its own (HNSW, pgvector's graph) over its rows only, so its searches see no other app's
//! vectors, and small apps pay nothing. It is made in the background while everything goes on; until it is there, and for
//! small apps, a search looks at every vector.

mod make;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::GenericClient;
use facegate_domain::{AppId, ModelId};
use facegate_gallery::StoreError;
use tokio::sync::Notify;

use crate::apps::count;
use crate::error::{Failure, Outcome};
use crate::{PostgresStore, Shared};

use make::make;
pub(crate) use make::{distance, literal, name, names};

/// How long the choice between scan and index is kept; either gives right answers.
const CHOICE_FOR: Duration = Duration::from_secs(5);
/// How long the size of a large app is kept.
const SIZE_FOR: Duration = Duration::from_secs(60);
/// Pause after an index could not be made.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// How a search finds its candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Scan,
    Index,
}

/// An index that is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    app: AppId,
    model: i32,
    values: usize,
}

#[derive(Clone, Copy)]
struct Known {
    at: Instant,
    size: u64,
    indexed: bool,
}

/// What is known about sizes and indexes.
#[derive(Default)]
pub(crate) struct Indexes {
    known: Mutex<HashMap<(AppId, i32), Known>>,
    wanted: Mutex<BTreeSet<Wanted>>,
    wake: Notify,
}

impl PostgresStore {
    /// Makes the indexes that searches were in want of, and returns when they are there: minutes per million templates.
    /// A store that tidies up by itself ([`Options::tidy_every`](crate::Options::tidy_every)) does this by itself too.
    pub async fn make_indexes(&self) -> Result<(), StoreError> {
        self.shared.make_indexes().await
    }
}

impl Indexes {
    fn known(&self) -> MutexGuard<'_, HashMap<(AppId, i32), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeSet<Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets an app.
    pub(crate) fn forget(&self, app: &AppId) {
        self.known().retain(|(known, _), _| known != app);
        self.wanted().retain(|wanted| wanted.app != *app);
    }
}

impl Shared {
    /// How to search the app's templates of a model with this many values.
    pub(crate) async fn how(
        &self,
        client: &impl GenericClient,
        app: &AppId,
        model: i32,
        values: usize,
    ) -> Outcome<How> {
        let kept = self.indexes.known().get(&(app.clone(), model)).copied();
        let known = match kept.filter(|known| known.at.elapsed() < CHOICE_FOR) {
            Some(known) => known,
            None => self.survey(client, app, model).await?,
        };
        let large = known.size > self.options.exact_up_to;
        if large && !known.indexed {
            self.indexes.wanted().insert(Wanted { app: app.clone(), model, values });
            self.indexes.wake.notify_one();
        }
        Ok(if large && known.indexed { How::Index } else { How::Scan })
    }

    /// See [`VectorSearch::searchable`](facegate_gallery::VectorSearch::searchable).
    pub(crate) async fn size(&self, client: &impl GenericClient, app: &AppId, model: &ModelId) -> Outcome<u64> {
        let Some(model) = self.models.find(client, model).await? else { return Ok(0) };
        let kept = self.indexes.known().get(&(app.clone(), model)).copied();
        let large = |known: &Known| known.size > self.options.exact_up_to && known.at.elapsed() < SIZE_FOR;
        match kept.filter(large) {
            Some(known) => Ok(known.size),
            None => Ok(self.survey(client, app, model).await?.size),
        }
    }

    /// Counts small apps exactly; of a large one that has an index, the index knows its size well enough.
    async fn survey(&self, client: &impl GenericClient, app: &AppId, model: i32) -> Outcome<Known> {
        let statement = client
            .prepare_cached(
                "SELECT (SELECT count(*) FROM (SELECT FROM vectors WHERE app_id = $1 AND model_key = $2 LIMIT $3) AS counted),
                        (SELECT reltuples::bigint FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
                         WHERE relnamespace = 'facegate'::regnamespace AND relname = $4 AND indisvalid)",
            )
            .await?;
        let bound = i64::try_from(self.options.exact_up_to).unwrap_or(i64::MAX).saturating_add(1);
        let name = name(app, model);
        let row = client.query_one(&statement, &[&app.as_str(), &model, &bound, &name]).await?;
        let (bounded, estimate): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let size = match estimate {
            _ if bounded < bound => bounded,
            Some(estimate) => estimate.max(bounded),
            None => {
                let sql = "SELECT count(*) FROM vectors WHERE app_id = $1 AND model_key = $2";
                let statement = client.prepare_cached(sql).await?;
                client.query_one(&statement, &[&app.as_str(), &model]).await?.try_get(0)?
            }
        };
        let known = Known { at: Instant::now(), size: count(size)?, indexed: estimate.is_some() };
        self.indexes.known().insert((app.clone(), model), known);
        Ok(known)
    }

    /// Makes the indexes that searches were in want of. `Err` if one could not be made; it stays wanted.
    pub(crate) async fn make_indexes(&self) -> Result<(), StoreError> {
        while let Some(wanted) = { self.indexes.wanted().first().cloned() } {
            self.make_index(&wanted).await.map_err(Failure::explain)?;
            self.indexes.known().remove(&(wanted.app.clone(), wanted.model));
            self.indexes.wanted().remove(&wanted);
        }
        Ok(())
    }

    /// On a connection that is thrown away afterwards: it has no time limit, and a lock that ends with it.
    async fn make_index(&self, wanted: &Wanted) -> Outcome<()> {
        let mut lease = self.pool.lease().await?;
        let outcome = make(lease.client(), wanted).await;
        lease.discard();
        outcome
    }
}

/// Makes indexes whenever a search is in want of one.
pub(crate) async fn forever(store: Arc<Shared>) {
    loop {
        store.indexes.wake.notified().await;
        if let Err(error) = store.make_indexes().await {
            tracing::warn!(%error, "an index could not be made; searches scan, and it is tried again");
            tokio::time::sleep(AGAIN_AFTER).await;
            store.indexes.wake.notify_one();
        }
    }
}
