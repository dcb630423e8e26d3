//! Who is this? A search of the app's whole gallery.

use bytes::Bytes;
use facegate_domain::{App, Gates, SubjectId};

use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError};

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
    /// Candidates, best first; empty if a gate failed, since a probe that was refused identifies nobody.
    pub candidates: Vec<Candidate>,
    /// The similarity that a gallery of this size asks for, so that of 100 strangers at most one is taken for somebody.
    pub recommended_threshold: f64,
}

impl Facegate {
    /// Finds the subjects most like the probe: the true best, ties in the order of their ids. (A shared store answers for
    /// large apps from an index, which may miss a few; see docs/SCALING.md.)
    pub async fn search(&self, app: &App, request: SearchRequest) -> Result<SearchAnswer, ServiceError> {
        let SearchRequest { image, checks, limit, threshold, return_image } = request;
        let charge = Self::charge(app, false, checks.liveness);
        Self::check_quotas(app, charge)?;
        let (assessed, _) = self.assess(app, image, &checks, true).await?;
        let mut candidates = Vec::new();
        if assessed.failed == Gates::empty() {
            for found in self.matcher.search(&app.id, assessed.template()?, limit, threshold).await? {
                let photo = if return_image { self.photo_of(app, &found.subject_id).await? } else { None };
                let similarity = self.matcher.calibration().similarity(found.score);
                candidates.push(Candidate { subject_id: found.subject_id, similarity, photo: photo.map(Bytes::from) });
            }
        }
        let recommended_threshold = self.matcher.recommended(&app.id, assessed.template()?.model()).await?;
        self.take(app, charge).await?;
        Ok(SearchAnswer { assessed, candidates, recommended_threshold })
    }
}
