//! What a photo shows, without knowing whom: liveness and detection.

use facegate_domain::App;

use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError};

impl Facegate {
    /// Measures the first face of a photo. A liveness unit is taken if liveness is computed.
    pub async fn observe(&self, app: &App, image: ImageInput, checks: Checks) -> Result<Assessed, ServiceError> {
        let charge = Self::charge(app, false, checks.liveness);
        Self::check_quotas(app, charge)?;
        let (assessed, _) = self.assess(app, image, &checks, false).await?;
        self.take(app, charge).await?;
        Ok(assessed)
    }

    /// Measures every face of a photo; the gates look at the first one. A liveness unit is taken if liveness is
    /// computed, however many faces there are.
    pub async fn detect(&self, app: &App, image: ImageInput, checks: Checks) -> Result<Assessed, ServiceError> {
        let charge = Self::charge(app, false, checks.liveness);
        Self::check_quotas(app, charge)?;
        let wants = facegate_vision::Wants { every_face: true, ..checks.wants(false) };
        let (analysis, _) = self.analyze(app, image, wants).await?;
        let failed = checks.failed(&analysis);
        self.take(app, charge).await?;
        Ok(Assessed { analysis, failed })
    }
}
