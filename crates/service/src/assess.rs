//! The step that all endpoints share: from the image field to an analysis and the gates it fails.

use bytes::Bytes;
use facegate_domain::{App, Gates};
use facegate_vision::Analysis;

use crate::sandbox::{self, Scenario};
use crate::{Checks, EngineError, Facegate, FetchFault, ImageFault, ImageInput, ServiceError};

/// A photo that was analysed and judged.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// What was found and measured.
    pub analysis: Analysis,
    /// The requested gates that it fails; empty is a pass.
    pub failed: Gates,
}

impl Facegate {
    /// Gets the photo, analyses it, evaluates the gates. The photo is `None` for sandbox apps.
    ///
    /// Codes come in the contract's order: size, timeout, format, no face.
    pub(crate) async fn assess(
        &self,
        app: &App,
        image: ImageInput,
        checks: &Checks,
        template: bool,
    ) -> Result<(Assessed, Option<Bytes>), ServiceError> {
        let wants = checks.wants(template);
        let (analysis, photo) = if Self::is_sandbox(app) {
            (sandbox::analysis(&scenario(image)?, wants)?, None)
        } else {
            let photo = self.photo(image).await?;
            (self.engine.analyze(photo.clone(), wants).await?, Some(photo))
        };
        let failed = checks.failed(&analysis);
        Ok((Assessed { analysis, failed }, photo))
    }

    async fn photo(&self, image: ImageInput) -> Result<Bytes, ServiceError> {
        let photo = match image {
            ImageInput::Bytes(bytes) => bytes,
            ImageInput::TooLarge => return Err(ImageFault::TooLarge.into()),
            ImageInput::Url(url) => self.source.fetch(&url).await?,
            ImageInput::Scenario(_) => return Err(ImageFault::Format.into()),
        };
        if photo.len() > self.options.max_image_bytes {
            return Err(ImageFault::TooLarge.into());
        }
        Ok(photo)
    }
}

fn scenario(image: ImageInput) -> Result<Scenario, ImageFault> {
    match image {
        ImageInput::TooLarge => Err(ImageFault::TooLarge),
        ImageInput::Scenario(text) => text.parse().map_err(|_| ImageFault::Scenario),
        ImageInput::Bytes(_) | ImageInput::Url(_) => Err(ImageFault::Scenario),
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
