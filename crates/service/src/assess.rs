//! The step that all endpoints share: from the image field to an analysis and the gates it fails.

use std::time::Instant;

use bytes::Bytes;
use facegate_domain::{App, Gates, Template};
use facegate_metrics::Stage;
use facegate_vision::{Analysis, Wants};

use crate::sandbox::{self, Scenario};
use crate::{Analyzed, Checks, EngineError, Facegate, FetchFault, ImageFault, ImageInput, ServiceError, times};

/// A photo that was analysed and judged.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// What was found and measured.
    pub analysis: Analysis,
    /// The requested gates that it fails; empty is a pass.
    pub failed: Gates,
}

impl Facegate {
    /// Gets the photo, analyses it, evaluates the gates. Gives the photo's bytes too (for sandbox apps the scenario's).
    ///
    /// Codes come in the contract's order: size, timeout, format, no face.
    pub(crate) async fn assess(
        &self,
        app: &App,
        image: ImageInput,
        checks: &Checks,
        template: bool,
    ) -> Result<(Assessed, Bytes), ServiceError> {
        let (analysis, photo) = self.analyze(app, image, checks.wants(template)).await?;
        let failed = checks.failed(&analysis);
        Ok((Assessed { analysis, failed }, photo))
    }

    /// The photo's analysis, with the photo.
    pub(crate) async fn analyze(
        &self,
        app: &App,
        image: ImageInput,
        wants: Wants,
    ) -> Result<(Analysis, Bytes), ServiceError> {
        if Self::is_sandbox(app) {
            let text = scenario_text(image)?;
            let scenario: Scenario = text.parse().map_err(|_| ImageFault::Scenario)?;
            return Ok((sandbox::analysis(&scenario, wants)?, text.into()));
        }
        let (profile, _) = self.model_of(app)?;
        let photo = self.photo(image).await?;
        let Analyzed { analysis, waited } = self.engine.analyze(photo.clone(), Wants { profile, ..wants }).await?;
        let times = analysis.times;
        for (stage, took) in [
            (Stage::Wait, waited),
            (Stage::Decode, times.decode),
            (Stage::Detect, times.detect),
            (Stage::Embed, times.embed),
            (Stage::Measure, times.measure),
        ] {
            times::tell(&self.metrics, stage, took);
        }
        Ok((analysis, photo))
    }

    /// The same image, got once: a request that is worked on again does not fetch it again.
    pub(crate) async fn got(&self, app: &App, image: ImageInput) -> Result<ImageInput, ServiceError> {
        match image {
            image if Self::is_sandbox(app) => Ok(image),
            image => Ok(ImageInput::Bytes(self.photo(image).await?)),
        }
    }

    async fn photo(&self, image: ImageInput) -> Result<Bytes, ServiceError> {
        let photo = match image {
            ImageInput::Bytes(bytes) => bytes,
            ImageInput::TooLarge => return Err(ImageFault::TooLarge.into()),
            ImageInput::Url(url) => {
                let begun = Instant::now();
                let fetched = self.source.fetch(&url).await;
                times::tell(&self.metrics, Stage::Fetch, begun.elapsed());
                fetched?
            }
            ImageInput::Scenario(_) => return Err(ImageFault::Format.into()),
        };
        if photo.len() > self.options.max_image_bytes {
            return Err(ImageFault::TooLarge.into());
        }
        Ok(photo)
    }
}

fn scenario_text(image: ImageInput) -> Result<String, ImageFault> {
    match image {
        ImageInput::TooLarge => Err(ImageFault::TooLarge),
        ImageInput::Scenario(text) => Ok(text),
        ImageInput::Bytes(_) | ImageInput::Url(_) => Err(ImageFault::Scenario),
    }
}

impl Assessed {
    /// The first face's template, if it was computed.
    pub(crate) fn template(&self) -> Result<&Template, ServiceError> {
        let template = self.analysis.faces.first().and_then(|face| face.template.as_ref());
        template.ok_or_else(|| {
            tracing::error!("the engine gave no template");
            ServiceError::Internal
        })
    }
}

impl From<FetchFault> for ServiceError {
    fn from(fault: FetchFault) -> Self {
        match fault {
            FetchFault::Timeout => ImageFault::Timeout.into(),
            FetchFault::TooLarge => ImageFault::TooLarge.into(),
            FetchFault::Refused => ImageFault::Format.into(),
        }
    }
}

impl From<EngineError> for ServiceError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Format => ImageFault::Format.into(),
            EngineError::NoFace => ImageFault::NoFace.into(),
            EngineError::Busy => Self::Busy,
            EngineError::Failed => Self::Internal,
        }
    }
}
