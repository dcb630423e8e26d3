//! One worker's way from a photo to its analysis.

use std::time::Instant;

use facegate_image::{Photo, Pixels};
use facegate_inference::Backend;
use facegate_models::Pack;

use crate::align;
use crate::attributes::AttributeNet;
use crate::error::VisionError;
use crate::find::{Finder, Found};
use crate::liveness::LivenessNet;
use crate::quality::{self, Scene};
use crate::report::{Analysis, FaceReport, Times, Wants};
use crate::resample::{Filter, Resampler};
use crate::template::{Embedded, TemplateMaker};
use crate::turns::{Turn, Turns};
use crate::yunet::Candidate;

/// Long side to which a photo is at least decoded: more than the detector needs, so that the face is sharp too.
const DECODE_SIZE: u32 = 800;
/// Eyes nearer than this in the decoded pixels ask for more pixels, if the photo has them: they are 35 apart in an
/// aligned face.
const WANTED_EYE_DISTANCE: f32 = 50.0;
/// Long side at which brightness and colour of the whole picture are measured.
const PICTURE_SIZE: u32 = 160;

/// Every network of one worker. Not shared between threads.
pub struct Analyzer {
    finder: Finder,
    templates: TemplateMaker,
    attributes: AttributeNet,
    liveness: LivenessNet,
    resampler: Resampler,
    turns: Turns,
}

impl Analyzer {
    /// Loads the pack's networks. Errors if a file is missing, damaged or not what the code expects.
    pub fn load(pack: &Pack, backend: &dyn Backend) -> Result<Self, VisionError> {
        Self::load_profiles(std::slice::from_ref(pack), backend)
    }

    /// The same for several profiles of one manifest, which are chosen by their number among these ([`Wants::profile`]); at
    /// least one.
    pub fn load_profiles(packs: &[Pack], backend: &dyn Backend) -> Result<Self, VisionError> {
        let pack = packs.first().ok_or(VisionError::Profile)?;
        let m = pack.manifest();
        let (context, heads) = (pack.read(&m.attributes.context_network)?, pack.read(&m.attributes.heads)?);
        Ok(Self {
            finder: Finder::new(backend, &pack.read(&m.detector.network)?, m.detector.clone())?,
            templates: TemplateMaker::load(packs, backend)?,
            attributes: AttributeNet::new(backend, &context, &heads, m.attributes.thresholds)?,
            liveness: LivenessNet::new(backend, &pack.read(&m.liveness.network)?, m.liveness.clone())?,
            resampler: Resampler::default(),
            turns: Turns::default(),
        })
    }

    /// Takes turns with the other analyzers of these turns where a photo needs much memory.
    pub fn taking(self, turns: Turns) -> Self {
        Self { turns, ..self }
    }

    /// Finds the faces and measures what is wanted of the first one (or of every one).
    pub fn analyze(&mut self, photo: &Photo, wants: Wants) -> Result<Analysis, VisionError> {
        let (turns, begun) = (self.turns.clone(), Instant::now());
        let mut turn = turns.begin();
        let view = self.view(photo, wants.profile, &mut turn)?;
        let detect = begun.elapsed().saturating_sub(turn.decoding);
        let mut times = Times { decode: turn.decoding, detect, ..Times::default() };
        let picture = wants.quality.then(|| self.thumbnail(&view.pixels));
        let mut faces = Vec::with_capacity(view.faces.len());
        for (index, face) in view.faces.iter().enumerate() {
            let measured = if index == 0 || wants.every_face { wants } else { Wants::default() };
            faces.push(self.report(&view, face, measured, picture.as_ref(), &mut times)?);
        }
        let (width, height) =
            if view.turn % 180 == 0 { (photo.width(), photo.height()) } else { (photo.height(), photo.width()) };
        times.measure = begun.elapsed().saturating_sub(times.decode + times.detect + times.embed);
        Ok(Analysis { width, height, rotation: view.turn, faces, times })
    }

    /// The numbers that the attribute heads see for the first face; training reads them here so that it sees exactly
    /// what the server sees.
    pub fn attribute_features(&mut self, photo: &Photo) -> Result<Vec<f32>, VisionError> {
        let turns = self.turns.clone();
        let view = self.view(photo, 0, &mut turns.begin())?;
        let face = view.faces.first().ok_or(VisionError::NoFace)?;
        let aligned = align::align(&view.pixels, &face.landmarks, &mut self.resampler).ok_or(VisionError::NoFace)?;
        let embedded = self.templates.embed(&aligned, 0, false, true)?;
        Ok(self.attributes.features(embedded.inner, &view.pixels, &face.bounding_box, &mut self.resampler)?)
    }

    /// The first face as the embedding sees it, 112×112: for making what is measured on many faces, such as a mean
    /// template.
    pub fn aligned_face(&mut self, photo: &Photo) -> Result<Pixels, VisionError> {
        let turns = self.turns.clone();
        let view = self.view(photo, 0, &mut turns.begin())?;
        let face = view.faces.first().ok_or(VisionError::NoFace)?;
        align::align(&view.pixels, &face.landmarks, &mut self.resampler).ok_or(VisionError::NoFace)
    }

    /// The first face's unit vectors before centring, one for each part of the profile: for making the mean templates.
    pub fn template_parts(&mut self, photo: &Photo) -> Result<Vec<Vec<f32>>, VisionError> {
        let aligned = self.aligned_face(photo)?;
        self.templates.units(&aligned, 0, false, &mut Embedded::default())
    }

    /// The upright pixels with the faces in them, decoded as finely as the first face needs.
    fn view(&mut self, photo: &Photo, profile: usize, turn: &mut Turn) -> Result<View, VisionError> {
        let (pixels, found) = self.found(photo, turn)?;
        let decoded = f64::from(pixels.width().max(pixels.height()));
        let mut view = View::new(pixels, photo, found);
        if let Some(first) = view.faces.first_mut() {
            let mirror = self.templates.mirrors(profile)?;
            *first = self.finder.refine(&view.pixels, first, mirror, &mut self.resampler)?;
        }
        let eyes = view.faces.first().map_or(f32::MAX, |face| face.landmarks.eye_distance());
        let full = f64::from(photo.width().max(photo.height()));
        if eyes >= WANTED_EYE_DISTANCE || decoded >= full {
            return Ok(view);
        }
        let wanted = (decoded * f64::from(WANTED_EYE_DISTANCE / eyes.max(1.0))).min(full);
        view.refined(photo, turn.decode(photo, wanted.ceil() as u32)?)
    }

    /// The faces, and the pixels in which they were found: more of them if no face was seen in few.
    fn found(&mut self, photo: &Photo, turn: &mut Turn) -> Result<(Pixels, Found), VisionError> {
        let mut pixels = turn.decode(photo, DECODE_SIZE.max(self.finder.wanted_size()))?;
        let mut found = self.finder.find(&pixels, &mut self.resampler)?;
        for size in self.finder.search_sizes(photo.width().max(photo.height())) {
            if !self.finder.wants_search(found.as_ref()) {
                break;
            }
            // Finer pixels and larger inputs of the detector at once.
            turn.take_all();
            let finer = if size > pixels.width().max(pixels.height()) { Some(turn.decode(photo, size)?) } else { None };
            let seen = finer.as_ref().unwrap_or(&pixels);
            if let Some(surer) = self.finder.search(seen, size, found.as_ref(), &mut self.resampler)? {
                (pixels, found) = (finer.unwrap_or(pixels), Some(surer));
            }
        }
        turn.settle(&pixels);
        Ok((pixels, found.ok_or(VisionError::NoFace)?))
    }

    fn thumbnail(&mut self, pixels: &Pixels) -> Pixels {
        let scale = (f64::from(PICTURE_SIZE) / f64::from(pixels.width().max(pixels.height()))).min(1.0);
        let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        self.resampler.resample(pixels, None, side(pixels.width()), side(pixels.height()), Filter::Smooth)
    }

    fn report(
        &mut self,
        view: &View,
        face: &Candidate,
        wants: Wants,
        picture: Option<&Pixels>,
        times: &mut Times,
    ) -> Result<FaceReport, VisionError> {
        let mut report = FaceReport {
            bounding_box: face.bounding_box.scaled(view.sx, view.sy),
            landmarks: face.landmarks.scaled(view.sx, view.sy),
            confidence: face.score,
            quality: None,
            attributes: None,
            liveness: None,
            template: None,
        };
        if wants.quality || wants.attributes || wants.template {
            let begun = Instant::now();
            let aligned =
                align::align(&view.pixels, &face.landmarks, &mut self.resampler).ok_or(VisionError::NoFace)?;
            // The unified quality comes from the template, so quality wants one too.
            let embedded =
                self.templates.embed(&aligned, wants.profile, wants.template || wants.quality, wants.attributes)?;
            times.embed += begun.elapsed();
            report.quality = picture.filter(|_| wants.quality).map(|picture| {
                let (landmarks, strength) = (&report.landmarks, embedded.strength);
                quality::measure(&Scene { face: &aligned, picture, landmarks, size: view.full_size(), strength })
            });
            report.template = embedded.template.filter(|_| wants.template);
            if wants.attributes {
                let features =
                    self.attributes.features(embedded.inner, &view.pixels, &face.bounding_box, &mut self.resampler)?;
                report.attributes = Some(self.attributes.judge(&features));
            }
        }
        if wants.liveness {
            let mut liveness = self.liveness.judge(&view.pixels, &face.bounding_box, &mut self.resampler)?;
            liveness.concerns.covered = report.attributes.is_some_and(|attributes| attributes.mask);
            report.liveness = Some(liveness);
        }
        Ok(report)
    }
}

/// A decoded photo, turned so that its faces are upright.
struct View {
    pixels: Pixels,
    turn: u16,
    faces: Vec<Candidate>,
    /// Full-size pixels per decoded pixel.
    sx: f32,
    sy: f32,
}

impl View {
    fn new(pixels: Pixels, photo: &Photo, found: Found) -> Self {
        let (turn, faces) = (found.turn, found.faces);
        let pixels = if turn == 0 { pixels } else { pixels.turned(turn) };
        let (w, h) = if turn % 180 == 0 { (photo.width(), photo.height()) } else { (photo.height(), photo.width()) };
        let (sx, sy) = (w as f32 / pixels.width() as f32, h as f32 / pixels.height() as f32);
        Self { pixels, turn, faces, sx, sy }
    }

    /// Width and height of the upright photo.
    fn full_size(&self) -> (f32, f32) {
        (self.pixels.width() as f32 * self.sx, self.pixels.height() as f32 * self.sy)
    }

    /// The same faces in finer pixels.
    fn refined(self, photo: &Photo, pixels: Pixels) -> Result<Self, VisionError> {
        let (width, height) = (self.pixels.width() as f32, self.pixels.height() as f32);
        let mut view = Self::new(pixels, photo, Found { turn: self.turn, faces: self.faces });
        let (sx, sy) = (view.pixels.width() as f32 / width, view.pixels.height() as f32 / height);
        view.faces.iter_mut().for_each(|face| *face = face.scaled(sx, sy));
        Ok(view)
    }
}
