//! Which model's templates of an app are in memory. Whoever searches or writes holds the app at one model meanwhile; another
//! process may have moved the app, which is learned from the next request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use facegate_domain::{AppId, ModelId};
use tokio::sync::{OwnedRwLockReadGuard, RwLock as Gate};

use crate::ServiceError;

/// As long as it is there the app's templates in memory are of one model.
pub(super) type Held = OwnedRwLockReadGuard<Option<ModelId>>;

/// A gate for each app; `None` behind it: nothing was read of the app yet.
#[derive(Default)]
pub(super) struct Gates(RwLock<HashMap<AppId, Arc<Gate<Option<ModelId>>>>>);

impl Gates {
    fn gate(&self, app: &AppId) -> Arc<Gate<Option<ModelId>>> {
        if let Some(gate) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(app) {
            return gate.clone();
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(app.clone()).or_default().clone()
    }

    /// Says that the app's templates of this model are in memory.
    pub(super) fn set(&self, app: &AppId, model: &ModelId) {
        let gate = Arc::new(Gate::new(Some(model.clone())));
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(app.clone(), gate);
    }

    /// Holds the app at whatever model it is.
    pub(super) async fn hold_any(&self, app: &AppId) -> Held {
        self.gate(app).read_owned().await
    }

    /// Holds the app at this model. If another one's templates are in memory `load` is called, while nobody else holds the
    /// app: it puts those of the app's present model there and says which that is. [`ServiceError::ModelChanged`] if
    /// it is another than `model`.
    pub(super) async fn hold<F>(
        &self,
        app: &AppId,
        model: &ModelId,
        load: impl FnOnce() -> F,
    ) -> Result<Held, ServiceError>
    where
        F: Future<Output = Result<ModelId, ServiceError>>,
    {
        let gate = self.gate(app);
        let held = gate.clone().read_owned().await;
        if held.as_ref() == Some(model) {
            return Ok(held);
        }
        drop(held);
        let mut known = gate.write_owned().await;
        if known.as_ref() != Some(model) {
            // Should loading fail in between, nothing is known.
            *known = None;
            *known = Some(load().await?);
        }
        if known.as_ref() == Some(model) { Ok(known.downgrade()) } else { Err(ServiceError::ModelChanged) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn model(name: &str) -> ModelId {
        ModelId::new(name, "0")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_app_is_loaded_once_for_each_model_and_held_at_it() {
        let (gates, app, loads) = (Gates::default(), AppId::parse("bank").unwrap(), AtomicUsize::new(0));
        let (gates, app, loads) = (&gates, &app, &loads);
        let load = |present: &'static str| {
            move || async move {
                loads.fetch_add(1, Ordering::Relaxed);
                Ok(model(present))
            }
        };
        let (a, wants_b) = (model("a"), model("b"));
        let (one, two) = tokio::join!(gates.hold(app, &a, load("a")), gates.hold(app, &a, load("a")));
        assert_eq!((one.unwrap().as_ref(), loads.load(Ordering::Relaxed)), (Some(&model("a")), 1));
        // Whoever wants another model waits for those who hold the app at this one.
        let held = two.unwrap();
        let moved = gates.hold(app, &wants_b, load("b"));
        tokio::pin!(moved);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), &mut moved).await.is_err());
        drop(held);
        assert_eq!(moved.await.unwrap().as_ref(), Some(&model("b")));
        // A request of before the move is told, and leaves the memory at what the app is.
        let late = gates.hold(app, &a, load("b")).await;
        assert_eq!(late.map(|_| ()).unwrap_err(), ServiceError::ModelChanged);
        assert_eq!(gates.hold_any(app).await.as_ref(), Some(&model("b")));
        // A store that fails is asked again.
        let failing = gates.hold(app, &a, || async { Err(ServiceError::Busy) }).await;
        assert_eq!(failing.map(|_| ()).unwrap_err(), ServiceError::Busy);
        assert!(gates.hold(app, &a, load("a")).await.is_ok());
    }
}
