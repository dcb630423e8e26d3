//! Do two photos show the same person?

use facegate_domain::App;

use crate::verify::{Resemblance, with_match};
use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError};

/// A parsed request to compare.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// The two photos.
    pub images: [ImageInput; 2],
    /// What to compute and which gates to apply, of both.
    pub checks: Checks,
    /// Similarity from which the faces match, 0..100.
    pub threshold: f64,
}

/// An answered comparison.
#[derive(Clone, Debug)]
pub struct CompareAnswer {
    /// What was found in each photo; each has its own failed gates.
    pub assessed: [Assessed; 2],
    /// Every gate that either photo fails, or [`facegate_domain::Gates::MATCH`] if none and the faces do not match.
    pub failed: facegate_domain::Gates,
    /// One against the other.
    pub resemblance: Resemblance,
}

impl Facegate {
    /// Compares two photos, which are analysed at the same time. A fault of the first one is told first.
    pub async fn compare(&self, app: &App, request: CompareRequest) -> Result<CompareAnswer, ServiceError> {
        let CompareRequest { images: [first, second], checks, threshold } = request;
        let charge = Self::charge(app, false, checks.liveness);
        Self::check_quotas(app, charge)?;
        let assess = |image| self.assess(app, image, &checks, true);
        let (first, second) = tokio::join!(assess(first), assess(second));
        let of = |number: u8| {
            move |error| match error {
                ServiceError::Image(fault) => ServiceError::ImageOf(number, fault),
                other => other,
            }
        };
        let assessed = [first.map_err(of(1))?.0, second.map_err(of(2))?.0];
        let resemblance = self.resemblance(assessed[0].template()?, assessed[1].template()?, threshold)?;
        let failed = with_match(assessed[0].failed | assessed[1].failed, resemblance);
        self.take(app, charge).await?;
        Ok(CompareAnswer { assessed, failed, resemblance })
    }
}
