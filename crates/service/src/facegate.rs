//! The service: what it is made of, who may call it, whether it is ready.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use facegate_domain::{ApiKey, App, AppId, AppMode, KeyDigest, QuotaKind, SessionId};
use facegate_gallery::{AppDirectory, AuditLog, Captures, Charge, Commit, Gallery};
use facegate_inference::Load;
use facegate_metrics::{Levels, Metrics, Stage};
use tokio::task::JoinHandle;

use crate::limits::{Mismatches, Presented, WrongKeys};
use crate::models::Decided;
use crate::ready::Readiness;
use crate::refusals::Refusals;
use crate::{AttemptLimits, FaceEngine, ImageSource, Matcher, ServiceError, Tenant, times};

/// What the operator chooses about the use cases.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Keep the photo of each enrolment.
    pub keep_photos: bool,
    /// Most bytes of one photo.
    pub max_image_bytes: usize,
    /// How many attempts may fail.
    pub attempts: AttemptLimits,
}

/// What the use cases work with.
pub struct Parts {
    /// Apps, for authentication.
    pub apps: Arc<dyn AppDirectory>,
    /// Subjects.
    pub gallery: Arc<dyn Gallery>,
    /// Who did what.
    pub audit: Arc<dyn AuditLog>,
    /// Tokens of the capture page; `None`: there is no such page.
    pub captures: Option<Arc<dyn Captures>>,
    /// Photo to analysis.
    pub engine: Arc<dyn FaceEngine>,
    /// URL to photo.
    pub source: Arc<dyn ImageSource>,
    /// Templates.
    pub matcher: Arc<Matcher>,
    /// Where is counted and timed.
    pub metrics: Arc<Metrics>,
}

/// The use cases with everything they need. Passed around, never global.
pub struct Facegate {
    pub(crate) apps: Arc<dyn AppDirectory>,
    pub(crate) gallery: Arc<dyn Gallery>,
    pub(crate) engine: Arc<dyn FaceEngine>,
    pub(crate) source: Arc<dyn ImageSource>,
    pub(crate) matcher: Arc<Matcher>,
    pub(crate) audit: Arc<dyn AuditLog>,
    pub(crate) captures: Option<Arc<dyn Captures>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) options: Options,
    pub(crate) decided: Decided,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) readiness: Readiness,
    wrong_keys: WrongKeys,
    pub(crate) wrong_tokens: WrongKeys,
    pub(crate) mismatches: Mismatches,
    writing: JoinHandle<()>,
}

impl Facegate {
    /// Puts the parts together. Within a tokio runtime: refused requests are written down in the background.
    pub fn new(parts: Parts, options: Options) -> Self {
        let Parts { apps, gallery, audit, captures, engine, source, matcher, metrics } = parts;
        let refusals = Arc::new(Refusals::new(audit.clone()));
        let writing = tokio::spawn(refusals.clone().write());
        Self {
            apps,
            gallery,
            audit,
            captures,
            engine,
            source,
            matcher,
            metrics,
            options,
            decided: Decided::default(),
            refusals,
            readiness: Readiness::default(),
            wrong_keys: WrongKeys::new(&options.attempts),
            // Apart: a browser whose session is over must not keep a client behind the same address waiting.
            wrong_tokens: WrongKeys::new(&AttemptLimits { wrong_keys_per_app: None, ..options.attempts }),
            mismatches: Mismatches::new(options.attempts.mismatches_per_subject),
            writing,
        }
    }

    /// The app whose id and key a client presented, as it is now. [`ServiceError::Unauthorized`] for an unknown app and
    /// for a wrong or revoked key alike, after the same work; the audit log then tells that `session` was refused.
    /// [`ServiceError::TooManyFailures`] instead, for both alike, if there were too many: `from` is the network that failures
    /// are counted for.
    pub async fn authenticate(
        &self,
        session: SessionId,
        from: Option<IpAddr>,
        app_id: &str,
        key: &str,
    ) -> Result<Tenant, ServiceError> {
        let digest = ApiKey::presented(key).digest();
        let who = Presented { from, app: app_id, key: &digest };
        self.wrong_keys.admit(&who).inspect_err(|_| self.refusals.count(None, session))?;
        let found = match AppId::parse(app_id) {
            Ok(id) => self.apps.app(&id).await?,
            Err(_) => None,
        };
        match found {
            Some(app) if app.accepts(&digest) => {
                self.wrong_keys.right(&who);
                Ok(Tenant::new(self.with_model(app).await?, digest.fingerprint()))
            }
            Some(app) => {
                self.refusals.count(Some(app.id), session);
                Err(self.wrong_keys.wrong(&who))
            }
            None => {
                // The comparison that a known app would have cost; black_box keeps it from being optimised away.
                let _ = std::hint::black_box(std::hint::black_box(KeyDigest::NONE) == digest);
                self.refusals.count(None, session);
                Err(self.wrong_keys.wrong(&who))
            }
        }
    }

    /// Counts a request that presented no id or no key; what to answer.
    pub fn refuse(&self, session: SessionId, from: Option<IpAddr>) -> ServiceError {
        self.refusals.count(None, session);
        self.wrong_keys.missing(from)
    }

    /// Writes down what is only counted yet; for the end of a server.
    pub async fn finish(&self) {
        self.refusals.flush(true).await;
    }

    /// Where requests are counted and timed.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How full things are now.
    pub fn levels(&self) -> Levels {
        let Load { workers, busy, waiting } = self.engine.load();
        Levels { workers, busy, waiting, templates: self.matcher.held() }
    }

    /// Whether a photo of this app would be refused now for want of time: known before it is read.
    pub fn is_overloaded(&self, app: &App) -> bool {
        !Self::is_sandbox(app) && self.engine.is_overloaded()
    }

    /// The units that an answered request of this app takes.
    pub(crate) fn charge(app: &App, enroll: bool, liveness: bool) -> Charge {
        if !app.is_metered() {
            return Charge::default();
        }
        Charge { enroll: enroll.into(), liveness: liveness.into() }
    }

    /// Refuses early what would be refused in the end, before any work is done. The units are taken later, with the
    /// enrolment; a race lost in between is refused there.
    pub(crate) fn check_quotas(app: &App, charge: Charge) -> Result<(), ServiceError> {
        for (kind, units) in [(QuotaKind::Enroll, charge.enroll), (QuotaKind::Liveness, charge.liveness)] {
            if units > 0 && app.quota(kind).exhausted() {
                return Err(ServiceError::QuotaExhausted(kind));
            }
        }
        Ok(())
    }

    /// Takes the units of an answered request that writes nothing else.
    pub(crate) async fn take(&self, app: &App, charge: Charge) -> Result<(), ServiceError> {
        if charge != Charge::default() {
            let begun = Instant::now();
            let committed = self.gallery.commit(&app.id, Commit { charge, ..Commit::default() }).await;
            times::tell(&self.metrics, Stage::Store, begun.elapsed());
            committed?;
        }
        Ok(())
    }

    /// Whether the app runs scenarios instead of models.
    pub(crate) fn is_sandbox(app: &App) -> bool {
        app.mode == AppMode::Sandbox
    }
}

impl Drop for Facegate {
    fn drop(&mut self) {
        self.writing.abort();
    }
}
