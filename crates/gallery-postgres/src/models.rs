//! The short numbers that stand for models. They never change, so they are kept while the connections hold.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use deadpool_postgres::{Client, GenericClient};
use facegate_domain::ModelId;
use facegate_gallery::StoreError;

use crate::Shared;
use crate::error::{Failure, Outcome};
use crate::retry::read;

/// What is known of the table `models`.
#[derive(Default)]
pub(crate) struct Models(RwLock<HashMap<ModelId, i32>>);

impl Models {
    /// The model's number; `None` if nothing was ever stored of it.
    pub(crate) async fn find(&self, client: &impl GenericClient, model: &ModelId) -> Outcome<Option<i32>> {
        if let Some(known) = self.known(model) {
            return Ok(Some(known));
        }
        let statement = client.prepare_cached("SELECT model_key FROM models WHERE model = $1").await?;
        let found = client.query_opt(&statement, &[&model.as_str()]).await?.map(|row| row.get(0));
        if let Some(number) = found {
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(model.clone(), number);
        }
        Ok(found)
    }

    /// The model's number, given to it now if need be. Not in a transaction: a number that is known must stay.
    pub(crate) async fn number(&self, client: &Client, model: &ModelId) -> Outcome<i32> {
        if let Some(found) = self.find(client, model).await? {
            return Ok(found);
        }
        let statement = client.prepare_cached("INSERT INTO models (model) VALUES ($1) ON CONFLICT DO NOTHING").await?;
        client.execute(&statement, &[&model.as_str()]).await?;
        self.find(client, model).await?.ok_or(Failure::Again)
    }

    /// Forgets all numbers; they are read again when they are needed.
    pub(crate) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn known(&self, model: &ModelId) -> Option<i32> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(model).copied()
    }
}

impl Shared {
    /// The number of a model, given to it now if need be; on a connection of its own.
    pub(crate) async fn number_of(&self, model: Option<&ModelId>) -> Result<Option<i32>, StoreError> {
        let Some(model) = model else { return Ok(None) };
        read!(self, |client| self.models.number(client, model)).map(Some)
    }
}
