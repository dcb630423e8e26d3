//! A template of an aligned face, made as the chosen profile says: one or more networks, mirrored or not, centred, joined.

use facegate_domain::{ModelId, Template};
use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError};
use facegate_models::Pack;

use crate::align::SIDE;
use crate::embedding::Embedder;
use crate::error::VisionError;
use crate::{planar, weights};

/// What the networks gave of one face.
#[derive(Default)]
pub(crate) struct Embedded {
    pub template: Option<Template>,
    /// Mean length of the networks' outputs before normalisation, as a share of what is typical: about 1 for good
    /// photos, less the less of a face the networks see.
    pub strength: f32,
    /// SFace's inner maps; empty unless wanted.
    pub inner: Vec<f32>,
}

/// The embedding networks of one worker.
pub(crate) struct TemplateMaker {
    parts: Vec<Part>,
    mirror: bool,
    model: ModelId,
}

struct Part {
    embedder: Embedder,
    /// Subtracted from unit templates; empty without centring.
    mean: Vec<f32>,
    /// Square root of the share in the joined cosine.
    factor: f32,
}

impl TemplateMaker {
    /// Loads the profile's networks, and its means if it centres.
    pub fn load(pack: &Pack, backend: &dyn Backend) -> Result<Self, VisionError> {
        let profile = pack.profile();
        let means = profile.means.as_ref().map(|file| pack.read(file)).transpose()?;
        let total: f32 = profile.parts.iter().map(|part| part.weight).sum();
        let mut parts = Vec::with_capacity(profile.parts.len());
        for settings in &profile.parts {
            let mean = match &means {
                Some(file) => {
                    let key = format!("{}.{}", pack.profile_name(), settings.network);
                    weights::f32_values(&weights::open(file)?, &key, settings.dimension)?
                }
                None => Vec::new(),
            };
            let embedder = Embedder::load(pack, backend, settings)?;
            parts.push(Part { embedder, mean, factor: (settings.weight / total).sqrt() });
        }
        Ok(Self { parts, mirror: profile.mirror, model: pack.template_model()? })
    }

    /// Whether the mirrored photo is to be looked at too.
    pub fn mirrors(&self) -> bool {
        self.mirror
    }

    /// Runs on an aligned face for what is wanted; nothing runs if nothing is.
    pub fn embed(&mut self, face: &Pixels, template: bool, inner: bool) -> Result<Embedded, InferenceError> {
        let mut embedded = Embedded::default();
        if !template {
            if let Some(first) = self.parts.first_mut().filter(|_| inner) {
                let (order, offset, scale) = first.embedder.input();
                embedded.inner = first.embedder.run(&planar::tensor(face, order, offset, scale), false, true)?.inner;
            }
            return Ok(embedded);
        }
        let mut joined: Vec<f32> = Vec::new();
        for (unit, part) in self.units(face, inner, &mut embedded)?.into_iter().zip(&self.parts) {
            let centred = match part.mean.is_empty() {
                true => unit,
                false => normalised(unit.iter().zip(&part.mean).map(|(v, m)| v - m).collect()),
            };
            joined.extend(centred.iter().map(|v| v * part.factor));
        }
        let made = Template::new(self.model.clone(), joined);
        embedded.template = Some(made.map_err(|error| InferenceError::Run(error.to_string()))?);
        Ok(embedded)
    }

    /// Each part's unit vector before centring.
    pub fn units(
        &mut self,
        face: &Pixels,
        inner: bool,
        embedded: &mut Embedded,
    ) -> Result<Vec<Vec<f32>>, InferenceError> {
        let mut units = Vec::with_capacity(self.parts.len());
        let (mut strength, mut passes) = (0.0, 0.0);
        for (index, part) in self.parts.iter_mut().enumerate() {
            let (order, offset, scale) = part.embedder.input();
            let mut input = planar::tensor(face, order, offset, scale);
            let pass = part.embedder.run(&input, true, inner && index == 0)?;
            (strength, passes) = (strength + pass.strength, passes + 1.0);
            if index == 0 {
                embedded.inner = pass.inner;
            }
            let mut unit = pass.unit;
            if self.mirror {
                planar::mirror(&mut input, SIDE as usize);
                let mirrored = part.embedder.run(&input, true, false)?;
                (strength, passes) = (strength + mirrored.strength, passes + 1.0);
                unit = normalised(unit.iter().zip(&mirrored.unit).map(|(a, b)| a + b).collect());
            }
            units.push(unit);
        }
        embedded.strength = strength / passes;
        Ok(units)
    }
}

fn normalised(values: Vec<f32>) -> Vec<f32> {
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    values.into_iter().map(|v| v / norm).collect()
}
