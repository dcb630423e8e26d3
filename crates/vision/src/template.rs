//! A template of an aligned face, made as a profile says: one or more networks, mirrored or not, centred, joined.

use facegate_domain::{ModelId, Template};
use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError};
use facegate_models::{Pack, PartSettings};

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

/// The embedding networks of one worker, and the profiles that use them.
pub(crate) struct TemplateMaker {
    /// Each once, whatever number of profiles share it.
    embedders: Vec<Embedder>,
    profiles: Vec<Recipe>,
}

/// How one profile makes templates.
struct Recipe {
    parts: Vec<Part>,
    mirror: bool,
    model: ModelId,
}

struct Part {
    /// Number of its network among the embedders.
    embedder: usize,
    /// Subtracted from unit templates; empty without centring.
    mean: Vec<f32>,
    /// Square root of the share in the joined cosine.
    factor: f32,
}

impl TemplateMaker {
    /// Loads the networks of each pack's profile, and the means of those that centre.
    pub fn load(packs: &[Pack], backend: &dyn Backend) -> Result<Self, VisionError> {
        let mut maker = Self { embedders: Vec::new(), profiles: Vec::with_capacity(packs.len()) };
        for pack in packs {
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
                let embedder = maker.embedder(pack, backend, settings)?;
                parts.push(Part { embedder, mean, factor: (settings.weight / total).sqrt() });
            }
            maker.profiles.push(Recipe { parts, mirror: profile.mirror, model: pack.template_model()? });
        }
        Ok(maker)
    }

    /// The number of a network, which is loaded now unless another profile uses it in the same way.
    fn embedder(&mut self, pack: &Pack, backend: &dyn Backend, settings: &PartSettings) -> Result<usize, VisionError> {
        if let Some(known) = self.embedders.iter().position(|embedder| embedder.runs(settings)) {
            return Ok(known);
        }
        self.embedders.push(Embedder::load(pack, backend, settings)?);
        Ok(self.embedders.len() - 1)
    }

    /// Whether this profile wants the mirrored photo to be looked at too.
    pub fn mirrors(&self, profile: usize) -> Result<bool, VisionError> {
        Ok(self.profiles.get(profile).ok_or(VisionError::Profile)?.mirror)
    }

    /// Runs on an aligned face for what is wanted; nothing runs if nothing is.
    pub fn embed(
        &mut self,
        face: &Pixels,
        profile: usize,
        template: bool,
        inner: bool,
    ) -> Result<Embedded, VisionError> {
        let mut embedded = Embedded::default();
        if !template {
            let first = self.profiles.get(profile).and_then(|recipe| recipe.parts.first());
            if let Some(embedder) = first.filter(|_| inner).and_then(|part| self.embedders.get_mut(part.embedder)) {
                let (order, offset, scale) = embedder.input();
                embedded.inner = embedder.run(&planar::tensor(face, order, offset, scale), false, true)?.inner;
            }
            return Ok(embedded);
        }
        let units = self.units(face, profile, inner, &mut embedded)?;
        let recipe = self.profiles.get(profile).ok_or(VisionError::Profile)?;
        let mut joined: Vec<f32> = Vec::new();
        for (unit, part) in units.into_iter().zip(&recipe.parts) {
            let centred = match part.mean.is_empty() {
                true => unit,
                false => normalised(unit.iter().zip(&part.mean).map(|(v, m)| v - m).collect()),
            };
            joined.extend(centred.iter().map(|v| v * part.factor));
        }
        let made = Template::new(recipe.model.clone(), joined);
        embedded.template = Some(made.map_err(|error| InferenceError::Run(error.to_string()))?);
        Ok(embedded)
    }

    /// Each part's unit vector before centring.
    pub fn units(
        &mut self,
        face: &Pixels,
        profile: usize,
        inner: bool,
        embedded: &mut Embedded,
    ) -> Result<Vec<Vec<f32>>, VisionError> {
        let recipe = self.profiles.get(profile).ok_or(VisionError::Profile)?;
        let mut units = Vec::with_capacity(recipe.parts.len());
        let (mut strength, mut passes) = (0.0, 0.0);
        for (index, part) in recipe.parts.iter().enumerate() {
            let embedder = self.embedders.get_mut(part.embedder).ok_or(VisionError::Profile)?;
            let (order, offset, scale) = embedder.input();
            let mut input = planar::tensor(face, order, offset, scale);
            let pass = embedder.run(&input, true, inner && index == 0)?;
            (strength, passes) = (strength + pass.strength, passes + 1.0);
            if index == 0 {
                embedded.inner = pass.inner;
            }
            let mut unit = pass.unit;
            if recipe.mirror {
                planar::mirror(&mut input, SIDE as usize);
                let mirrored = embedder.run(&input, true, false)?;
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
