//! Landmarks of heads that lean. YuNet finds a face that leans by 30° and puts its landmarks as if it hardly leaned; the
//! template of such an alignment is worthless. So a face that seems to lean, or is not seen surely, is looked at again in a
//! small picture turned about it, until it is upright: then the landmarks are nearly as good as any. How good is in
//! docs/accuracy/awkward.md (`facegate eval detect --degrade`); tests/leaning.rs fails without this.

use facegate_image::Pixels;
use facegate_inference::InferenceError;

use crate::align::{self, ALIGNED_EYES};
use crate::find::WEAK_SCORE;
use crate::geometry::Similarity;
use crate::report::{Landmarks, Point};
use crate::resample::Resampler;
use crate::yunet::{Candidate, YuNet, suppress};

/// Side of the small picture.
const SIDE: u32 = 192;
/// Distance between the eyes in it: a face of a third of the side, where YuNet is at its best.
const EYES: f32 = 32.0;
/// Landmarks that lean by less are believed, in degrees; almost all upright photos are below.
const LEANS: f32 = 5.0;
/// The landmarks follow the head's lean by less than half, so each step goes this much further than they say.
const GAIN: f32 = 2.5;
/// Where to look, in degrees, when a face is not seen surely: at 45° the landmarks may tell no lean at all.
const TRIED: [f32; 2] = [40.0, -40.0];
/// Looks after the first ones.
const STEPS: usize = 3;
/// A step that is smaller is the last, in degrees.
const SETTLED: f32 = 1.5;
/// How much surer a look must be to be believed.
const SURER: f32 = 0.005;
/// Only faces in the middle are the one that is looked for: at most this share of the side away.
const MIDDLE: f32 = 0.2;

/// One look at a face: turned about it by some degrees.
struct Look {
    angle: f32,
    face: Candidate,
}

/// Looks at one photo.
pub(crate) struct Straightener<'a> {
    pub yunet: &'a mut YuNet,
    pub photo: &'a Pixels,
    pub resampler: &'a mut Resampler,
    /// A face that scores more and does not lean needs no look.
    pub confident: f32,
    pub nms_iou: f32,
}

impl Straightener<'_> {
    /// The face with better landmarks and their score, or `None` if it is fine as it is.
    pub fn straighten(&mut self, face: &Candidate, mirror: bool) -> Result<Option<Candidate>, InferenceError> {
        let Some(pose) = align::pose(&face.landmarks) else { return Ok(None) };
        let lean = pose.lean();
        if lean.abs() <= LEANS && face.score >= self.confident {
            return Ok(None);
        }
        let scale = pose.scale() * EYES / ALIGNED_EYES;
        let unsure = if face.score < self.confident { &TRIED[..] } else { &[] };
        let mut seen: Option<Look> = None;
        for angle in [lean * GAIN].iter().chain(unsure) {
            let look = self.look(&face.landmarks, *angle, scale, false)?;
            seen = surest(seen, look);
        }
        let mut best: Option<Look> = None;
        for _ in 0..STEPS {
            let Some(look) = seen.take() else { break };
            let turned = align::pose(&look.face.landmarks).map(|pose| (pose.lean() - look.angle, pose.scale()));
            let (angle, landmarks) = (look.angle, look.face.landmarks);
            best = surest(best, Some(look));
            match turned {
                Some((step, size)) if step.abs() >= SETTLED => {
                    let scale = size * EYES / ALIGNED_EYES;
                    seen = self.look(&landmarks, angle + step * GAIN, scale, false)?;
                }
                _ => break,
            }
        }
        let Some(best) = surest(best, seen).filter(|best| best.face.score > face.score + SURER) else {
            return Ok(None);
        };
        let mut landmarks = best.face.landmarks;
        if mirror {
            let scale = align::pose(&landmarks).map_or(scale, |pose| pose.scale() * EYES / ALIGNED_EYES);
            if let Some(too) = self.look(&landmarks, best.angle, scale, true)? {
                landmarks = Landmarks::mean([&landmarks, &too.face.landmarks].into_iter());
            }
        }
        Ok(Some(Candidate { landmarks, score: best.face.score, ..*face }))
    }

    /// The face looked at as it stands, if that look is a confident one.
    pub fn nearer(&mut self, face: &Candidate) -> Result<Option<Candidate>, InferenceError> {
        let Some(pose) = align::pose(&face.landmarks) else { return Ok(None) };
        let seen = self.look(&face.landmarks, 0.0, pose.scale() * EYES / ALIGNED_EYES, false)?;
        let seen = seen.filter(|look| look.face.score >= self.confident);
        Ok(seen.map(|look| Candidate { landmarks: look.face.landmarks, score: look.face.score, ..*face }))
    }

    /// The face in the middle of a picture that is turned by `angle` about the landmarks, and mirrored if so wished.
    fn look(
        &mut self,
        about: &Landmarks,
        angle: f32,
        scale: f32,
        mirror: bool,
    ) -> Result<Option<Look>, InferenceError> {
        let centre = about.centre();
        let forward = Similarity::about(centre, -angle, scale, SIDE as f32 / 2.0);
        let mut picture = align::extract(self.photo, &forward, SIDE, self.resampler);
        if mirror {
            picture = picture.mirrored();
        }
        let found = suppress(self.yunet.run(&picture, false, WEAK_SCORE)?, self.nms_iou);
        let upright = found.into_iter().map(|face| if mirror { face.mirrored(SIDE) } else { face });
        let middle = Point { x: SIDE as f32 / 2.0, y: SIDE as f32 / 2.0 };
        let near = upright.filter(|face| face.landmarks.centre().distance(&middle) < SIDE as f32 * MIDDLE);
        let backward = forward.inverse();
        Ok(near.max_by(|a, b| a.score.total_cmp(&b.score)).map(|face| {
            let landmarks = Landmarks::from_points(face.landmarks.points().map(|point| backward.apply(point)));
            Look { angle, face: Candidate { landmarks, ..face } }
        }))
    }
}

/// The look with the higher score.
fn surest(a: Option<Look>, b: Option<Look>) -> Option<Look> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.face.score > a.face.score { b } else { a }),
        (a, b) => a.or(b),
    }
}
