//! Attempts at one subject's face. Answers tell a similarity, so whoever may ask without end can change a picture bit by bit
//! until it passes. A failure is a face below the similarity of a match, whatever threshold the request has set: with
//! threshold 0 everything matches and tells as much.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use facegate_domain::{AppId, DEFAULT_THRESHOLD, SessionId, SubjectId, Timestamp};
use facegate_gallery::{Action, AuditEntry};

use super::meter::{Full, Meter};
use crate::refusals::Kind;
use crate::{Facegate, Resemblance, ServiceError, Tenant};

const HOUR: Duration = Duration::from_secs(3600);
/// Subjects of one app whose failures are counted at once, some 2 MB: who names many pushes out those with few. An app has
/// a count of its own, so that its clients cannot touch another's.
const ROOM: usize = 32_768;

/// By which way a score was learnt. Each has a count of its own: searches with a low threshold show the same strangers
/// again and again, and must not keep those from being verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// The subject was named.
    Verify,
    /// It was found.
    Search,
}

/// A meter for each app that has had a failure; apps are made by the operator only.
pub(crate) struct Mismatches {
    most: Option<NonZeroU32>,
    apps: Mutex<HashMap<AppId, Arc<Meter>>>,
}

impl Mismatches {
    pub fn new(most: Option<NonZeroU32>) -> Self {
        Self { most, apps: Mutex::default() }
    }

    /// How many of the app's subjects are refused now, of both ways together.
    pub fn full(&self, app: &Tenant) -> usize {
        self.of(app).map_or(0, |meter| meter.full())
    }

    fn of(&self, app: &Tenant) -> Option<Arc<Meter>> {
        // A sandbox has no faces, and the operator has all of them.
        let most = self.most.filter(|_| !Facegate::is_sandbox(app) && !app.is_operator())?;
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Meter::new(most, HOUR, ROOM));
        Some(apps.entry(app.id.clone()).or_insert_with(new).clone())
    }
}

impl Facegate {
    /// Before a face is held against a subject, whether there is one or not: [`ServiceError::TooManyMismatches`] if too many
    /// were not its own.
    pub(crate) async fn may_try(
        &self,
        app: &Tenant,
        session: SessionId,
        subject: &SubjectId,
    ) -> Result<(), ServiceError> {
        let Some(meter) = self.mismatches.of(app) else { return Ok(()) };
        let looked = meter.look((Way::Verify, subject));
        self.judged(app, session, subject, Way::Verify, looked).await
    }

    /// A face was not the subject's, or there is no subject. The same error instead of an answer if it was one too many:
    /// of attempts at the same time no more are answered than one after the other.
    pub(crate) async fn mismatched(
        &self,
        app: &Tenant,
        session: SessionId,
        subject: &SubjectId,
        way: Way,
    ) -> Result<(), ServiceError> {
        let Some(meter) = self.mismatches.of(app) else { return Ok(()) };
        let counted = meter.count((way, subject));
        self.judged(app, session, subject, way, counted).await
    }

    async fn judged(
        &self,
        app: &Tenant,
        session: SessionId,
        subject: &SubjectId,
        way: Way,
        judged: Result<(), Full>,
    ) -> Result<(), ServiceError> {
        let Err(Full { seconds, news }) = judged else { return Ok(()) };
        if news {
            let pseudonym = self.audit.pseudonym(&app.id, subject).await?.ok_or(ServiceError::Unauthorized)?;
            let row = AuditEntry::done(Timestamp::now(), &app.actor(), Action::GuessingLimited);
            let row = row.in_session(Some(session)).about(pseudonym).with("by", way.as_str());
            self.refusals.note(Kind::Guess, Some(app.id.clone()), row);
        }
        Err(ServiceError::TooManyMismatches(seconds))
    }
}

impl Way {
    fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Search => "search",
        }
    }
}

impl Resemblance {
    /// It is a match, by the request's measure and by the contract's.
    pub(crate) fn is_sure(&self) -> bool {
        self.matches && self.similarity >= DEFAULT_THRESHOLD
    }
}
