//! Who is this? A search of the app's whole gallery.

use async_trait::async_trait;
use bytes::Bytes;
use facegate_domain::{DEFAULT_THRESHOLD, Gates, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Action, AuditEntry, Neighbour};

use crate::limits::Way;
use crate::models::once_more;
use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError, Tenant};

/// Subjects that a search may have to leave out and find others for. In an app where more were used up, a place that stays
/// empty may tell that somebody ranks among so many.
const MOST_HIDDEN: usize = 1000;

/// A parsed request to search.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// The probe.
    pub image: ImageInput,
    /// What to compute and which gates to apply.
    pub checks: Checks,
    /// Most candidates to answer with.
    pub limit: usize,
    /// Least similarity of a candidate, 0..100.
    pub threshold: f64,
    /// Answer with the candidates' photos too, of at most so many bytes together: the best candidate's first, and one that does
    /// not fit is left out. Photos are somebody's uploads: ten of the largest would be more than an answer should take of the
    /// server's memory.
    pub photo_bytes: usize,
}

/// Where an answer holds photos.
#[async_trait]
pub trait PhotoRoom: Send + Sync {
    /// Makes room for photos of so many bytes together, instead of what was made before; waits a little for it.
    /// [`ServiceError::Busy`] if there is none.
    async fn make(&self, bytes: usize) -> Result<(), ServiceError>;
}

/// A subject that resembles the probe.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The subject.
    pub subject_id: SubjectId,
    /// Calibrated, 0..100.
    pub similarity: f64,
    /// The photo it was enrolled with, if it was asked for, is kept, and there was room for it.
    pub photo: Option<Bytes>,
}

/// An answered search.
#[derive(Clone, Debug)]
pub struct SearchAnswer {
    /// What was found in the probe.
    pub assessed: Assessed,
    /// Candidates, best first; empty if a gate failed, since a probe that was refused identifies nobody. Without those below
    /// the similarity of a match that were shown too often.
    pub candidates: Vec<Candidate>,
    /// The similarity that a gallery of this size asks for, so that of 100 strangers at most one is taken for somebody.
    pub recommended_threshold: f64,
}

impl Facegate {
    /// Finds the subjects most like the probe: the true best, ties in the order of their ids. (A shared store answers for
    /// large apps from an index, which may miss a few; see docs/SCALING.md.) Photos are read when there is `room` for them.
    pub async fn search(
        &self,
        app: &Tenant,
        session: SessionId,
        request: SearchRequest,
        room: &dyn PhotoRoom,
    ) -> Result<SearchAnswer, ServiceError> {
        Self::check_quotas(app, Self::charge(app, false, request.checks.liveness))?;
        let request = SearchRequest { image: self.got(app, request.image).await?, ..request };
        once_more!(self, app, self.search_with(app, session, &request, room))
    }

    /// By the model that the app has at the moment.
    async fn search_with(
        &self,
        app: &Tenant,
        session: SessionId,
        request: &SearchRequest,
        room: &dyn PhotoRoom,
    ) -> Result<SearchAnswer, ServiceError> {
        let SearchRequest { image, checks, limit, threshold, photo_bytes } = request;
        let charge = Self::charge(app, false, checks.liveness);
        let (assessed, _) = self.assess(app, image.clone(), checks, true).await?;
        let (gallery, template) = (&*self.gallery, assessed.template()?);
        // First: the search refuses a model that the app has left meanwhile.
        let recommended_threshold = self.matcher.recommended(gallery, &app.id, template.model()).await?;
        let mut candidates = Vec::new();
        if assessed.failed == Gates::empty() {
            candidates = self.like(app, session, template, (*limit, *threshold)).await?;
            self.add_photos(app, &mut candidates, *photo_bytes, room).await?;
        }
        self.note_shown(app, session, &candidates).await?;
        let found: Vec<SubjectId> = candidates.iter().map(|found| found.subject_id.clone()).collect();
        self.note_use(app, &found).await;
        self.take(app, charge).await?;
        Ok(SearchAnswer { assessed, candidates, recommended_threshold })
    }

    /// The best that may be told of. Who may not takes no place: that somebody is missing would tell that they rank there. One
    /// search, whatever it finds: a second one where somebody is hidden would tell it by its time.
    async fn like(
        &self,
        app: &Tenant,
        session: SessionId,
        probe: &Template,
        (limit, threshold): (usize, f64),
    ) -> Result<Vec<Candidate>, ServiceError> {
        let calibration = self.matcher.models().calibration(probe.model());
        let hidden = if threshold < DEFAULT_THRESHOLD { self.mismatches.full(app).min(MOST_HIDDEN) } else { 0 };
        let found = self.matcher.search(&*self.gallery, &app.id, probe, limit + hidden, threshold).await?;
        let mut shown = Vec::with_capacity(limit);
        for Neighbour { subject_id, score } in found {
            let similarity = calibration.similarity(score);
            if similarity >= DEFAULT_THRESHOLD || self.may_show(app, session, &subject_id).await? {
                shown.push(Candidate { subject_id, similarity, photo: None });
            }
            if shown.len() == limit {
                break;
            }
        }
        Ok(shown)
    }

    async fn add_photos(
        &self,
        app: &Tenant,
        shown: &mut [Candidate],
        most: usize,
        room: &dyn PhotoRoom,
    ) -> Result<(), ServiceError> {
        let (mut left, mut fitting) = (most, Vec::new());
        for candidate in shown {
            if left == 0 {
                break;
            }
            let bytes = self.gallery.photo_bytes(&app.id, &candidate.subject_id).await?;
            if let Some(bytes) = bytes.filter(|bytes| *bytes <= left) {
                left -= bytes;
                fitting.push((candidate, bytes));
            }
        }
        if fitting.is_empty() {
            return Ok(());
        }
        room.make(most - left).await?;
        for (candidate, bytes) in fitting {
            // One that was replaced by a larger one meanwhile has no room.
            let photo = self.photo_of(app, &candidate.subject_id).await?.filter(|photo| photo.len() <= bytes);
            candidate.photo = photo.map(Bytes::from);
        }
        Ok(())
    }

    /// Whether a candidate that is no match may be told of: its similarity can be climbed as verify's can.
    async fn may_show(&self, app: &Tenant, session: SessionId, subject: &SubjectId) -> Result<bool, ServiceError> {
        match self.mismatched(app, session, subject, Way::Search).await {
            Err(ServiceError::TooManyMismatches(_)) => Ok(false),
            counted => counted.map(|()| true),
        }
    }

    /// Photos are given out only when the audit log says so.
    async fn note_shown(&self, app: &Tenant, session: SessionId, shown: &[Candidate]) -> Result<(), ServiceError> {
        let mut rows = Vec::new();
        for candidate in shown.iter().filter(|candidate| candidate.photo.is_some()) {
            let row = AuditEntry::done(Timestamp::now(), &app.actor(), Action::PhotoShown).in_session(Some(session));
            let pseudonym = self.audit.pseudonym(&app.id, &candidate.subject_id).await?;
            rows.extend(pseudonym.map(|pseudonym| row.about(pseudonym)));
        }
        if !rows.is_empty() {
            self.audit.note(Some(&app.id), &rows).await?;
        }
        Ok(())
    }
}
