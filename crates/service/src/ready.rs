//! Whether requests can be served.

use std::sync::Arc;
use std::time::Duration;

use facegate_gallery::Gallery;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::{FaceEngine, Facegate, ServiceError};

/// An answer holds for so long: probes may come from anybody, and often.
const HOLDS: Duration = Duration::from_secs(1);
/// A look that takes longer has found that requests cannot be served.
const AT_MOST: Duration = Duration::from_secs(3);

/// What was found last, and when. Who asks meanwhile waits for the same answer.
#[derive(Default)]
pub(crate) struct Readiness(Arc<Mutex<Option<(Instant, bool)>>>);

impl Readiness {
    /// What was found, or what `look` finds now. It finds it whether or not who asked stays: a probe that goes away decides
    /// nothing, and costs no second look.
    async fn known_or(&self, look: impl Future<Output = bool> + Send + 'static) -> bool {
        let mut last = self.0.clone().lock_owned().await;
        if let Some((_, ready)) = last.filter(|(at, _)| at.elapsed() < HOLDS) {
            return ready;
        }
        let look = tokio::spawn(async move {
            let ready = timeout(AT_MOST, look).await.unwrap_or(false);
            *last = Some((Instant::now(), ready));
            ready
        });
        look.await.unwrap_or(false)
    }
}

impl Facegate {
    /// Whether requests can be served: the store can be written and the engine works. Looked at once a second.
    ///
    /// # Errors
    /// [`ServiceError::Busy`]: not now.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        let (gallery, engine) = (self.gallery.clone(), self.engine.clone());
        let ready = self.readiness.known_or(async move { looks_ready(&*gallery, &*engine).await }).await;
        if ready { Ok(()) } else { Err(ServiceError::Busy) }
    }
}

async fn looks_ready(gallery: &dyn Gallery, engine: &dyn FaceEngine) -> bool {
    if let Err(error) = gallery.check().await {
        tracing::warn!(%error, "the store is not ready");
        return false;
    }
    if let Err(error) = engine.check().await {
        tracing::warn!(%error, "the engine is not ready");
        return false;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A look that takes so long.
    async fn look(looks: Arc<AtomicU32>, takes: Duration) -> bool {
        looks.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(takes).await;
        true
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_goes_away_decides_nothing() {
        let (readiness, looks) = (Readiness::default(), Arc::new(AtomicU32::new(0)));
        let slow = || look(looks.clone(), Duration::from_millis(100));
        for _ in 0..5 {
            assert!(timeout(Duration::from_millis(10), readiness.known_or(slow())).await.is_err());
        }
        assert!(readiness.known_or(slow()).await);
        assert_eq!(looks.load(Ordering::Relaxed), 1);
        tokio::time::sleep(HOLDS).await;
        assert!(readiness.known_or(slow()).await);
        assert_eq!(looks.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_not_ready_and_is_asked_once() {
        let (readiness, looks) = (Arc::new(Readiness::default()), Arc::new(AtomicU32::new(0)));
        let probes: Vec<_> = (0..100)
            .map(|_| {
                let (readiness, hangs) = (readiness.clone(), look(looks.clone(), Duration::from_secs(3600)));
                tokio::spawn(async move { readiness.known_or(hangs).await })
            })
            .collect();
        for probe in probes {
            assert!(!probe.await.unwrap());
        }
        assert_eq!(looks.load(Ordering::Relaxed), 1);
    }
}
