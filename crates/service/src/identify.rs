//! Who is this? A search of the app's whole gallery.

use bytes::Bytes;
use facegate_domain::{DEFAULT_THRESHOLD, Gates, SessionId, SubjectId, Timestamp};
use facegate_gallery::{Action, AuditEntry};

use crate::limits::Way;
use crate::models::once_more;
use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError, Tenant};

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
    /// Answer with the candidates' photos too.
    pub return_image: bool,
}

/// A subject that resembles the probe.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The subject.
    pub subject_id: SubjectId,
    /// Calibrated, 0..100.
    pub similarity: f64,
    /// The photo it was enrolled with, if it was asked for and is kept.
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
    /// large apps from an index, which may miss a few; see docs/SCALING.md.)
    pub async fn search(
        &self,
        app: &Tenant,
        session: SessionId,
        request: SearchRequest,
    ) -> Result<SearchAnswer, ServiceError> {
        Self::check_quotas(app, Self::charge(app, false, request.checks.liveness))?;
        let request = SearchRequest { image: self.got(app, request.image).await?, ..request };
        once_more!(self, app, self.search_with(app, session, &request))
    }

    /// By the model that the app has at the moment.
    async fn search_with(
        &self,
        app: &Tenant,
        session: SessionId,
        request: &SearchRequest,
    ) -> Result<SearchAnswer, ServiceError> {
        let SearchRequest { image, checks, limit, threshold, return_image } = request;
        let charge = Self::charge(app, false, checks.liveness);
        let (assessed, _) = self.assess(app, image.clone(), checks, true).await?;
        let (gallery, template) = (&*self.gallery, assessed.template()?);
        // First: the search refuses a model that the app has left meanwhile.
        let recommended_threshold = self.matcher.recommended(gallery, &app.id, template.model()).await?;
        let mut candidates = Vec::new();
        if assessed.failed == Gates::empty() {
            for found in self.matcher.search(gallery, &app.id, template, *limit, *threshold).await? {
                let similarity = self.matcher.models().calibration(template.model()).similarity(found.score);
                if similarity < DEFAULT_THRESHOLD && !self.may_show(app, session, &found.subject_id).await? {
                    continue;
                }
                let photo = if *return_image { self.photo_of(app, &found.subject_id).await? } else { None };
                candidates.push(Candidate { subject_id: found.subject_id, similarity, photo: photo.map(Bytes::from) });
            }
        }
        self.note_shown(app, session, &candidates).await?;
        let found: Vec<SubjectId> = candidates.iter().map(|found| found.subject_id.clone()).collect();
        self.note_use(app, &found).await;
        self.take(app, charge).await?;
        Ok(SearchAnswer { assessed, candidates, recommended_threshold })
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
