//! Finding every face of a photo: which sizes and orientations are looked at, in which order, and when that is enough.
//!
//! YuNet scores an upright face of fitting size 0.89 and more, the same face lying or upside down less (measured on
//! LFW: at most 0.91 and never as much as upright), and one that fills the frame less at a large input. So the first
//! pass decides alone when its best face is confident; only otherwise the other sizes and orientations are tried.

mod search;

use facegate_image::Pixels;
use facegate_inference::{Backend, InferenceError, Input};
use facegate_models::DetectorSettings;

use crate::report::{BoundingBox, Landmarks};
use crate::resample::{Filter, Resampler};
use crate::straighten::Straightener;
use crate::yunet::{Candidate, YuNet, suppress};

/// A turned photo must beat the unturned one by this much: both find the face when it lies at 45°.
const TURN_MARGIN: f32 = 0.03;

/// A photo whose face is seen at all as it is, is turned only for a score like this. Measured: bare faces score 0.91 and
/// more once they are upright; masked ones less and, turned, at times more than upright, because a mask looks like a
/// forehead. Of 698 upright masked faces 25 were turned without this and with a margin of 0.01, now 5 are.
const TURNED_SCORE: f32 = 0.88;

/// Faces that YuNet finds less surely than this count only if there are no others (occluded faces score so low).
pub(crate) const WEAK_SCORE: f32 = 0.5;

/// The faces of a photo, in the pixels of the photo turned by `turn`.
pub(crate) struct Found {
    /// Degrees clockwise: 0, 90, 180, 270.
    pub turn: u16,
    /// The face to enrol first; never empty.
    pub faces: Vec<Candidate>,
}

/// The detector with its settings.
pub(crate) struct Finder {
    yunet: YuNet,
    settings: DetectorSettings,
}

/// One look at the photo.
#[derive(Clone, Copy)]
struct Look {
    size: u32,
    margin: bool,
    turn: u16,
    mirror: bool,
}

impl Finder {
    pub fn new(backend: &dyn Backend, model: &[u8], settings: DetectorSettings) -> Result<Self, InferenceError> {
        Ok(Self { yunet: YuNet::new(backend.load(model, Input::Free)?), settings })
    }

    /// Long side in pixels below which a photo need not be decoded for detection.
    pub fn wanted_size(&self) -> u32 {
        self.settings.large_size
    }

    /// Every face that is not tiny, or `None`; for those see [`Finder::search`].
    pub fn find(&mut self, photo: &Pixels, resampler: &mut Resampler) -> Result<Option<Found>, InferenceError> {
        let base = self.settings.base_size;
        let first = self.first_size(photo);
        let upright = |size, margin| Look { size, margin, turn: 0, mirror: false };
        let mut faces = self.look(photo, upright(first, false), resampler)?;
        let mut turn = 0;
        if best(&faces) < self.settings.confident_score {
            // Most faces that are not seen surely only have an unfitting size: one cheap look tells.
            faces.extend(self.nearer(photo, &faces, resampler)?);
        }
        if best(&faces) < self.settings.confident_score {
            if first != base {
                faces.extend(self.look(photo, upright(base, false), resampler)?);
            }
            faces.extend(self.look(photo, upright(base / 2, true), resampler)?);
            (turn, faces) = self.turned(photo, faces, first, resampler)?;
        }
        Ok(self.found(turn, faces, photo))
    }

    /// The faces that count, once each, the one to enrol first.
    fn found(&self, turn: u16, faces: Vec<Candidate>, photo: &Pixels) -> Option<Found> {
        let mut faces = suppress(faces, self.settings.nms_iou);
        if best(&faces) >= self.settings.score_threshold {
            faces.retain(|face| face.score >= self.settings.score_threshold);
        }
        let size =
            if turn.is_multiple_of(180) { (photo.width(), photo.height()) } else { (photo.height(), photo.width()) };
        put_primary_first(&mut faces, size);
        (!faces.is_empty()).then_some(Found { turn, faces })
    }

    /// The face with better landmarks: of a leaning head straightened, and with `mirror` averaged with those that the
    /// mirrored picture gives, whose errors are partly different ones.
    pub fn refine(
        &mut self,
        photo: &Pixels,
        face: &Candidate,
        mirror: bool,
        resampler: &mut Resampler,
    ) -> Result<Candidate, InferenceError> {
        let (confident, nms_iou) = (self.settings.confident_score, self.settings.nms_iou);
        let mut straightener = Straightener { yunet: &mut self.yunet, photo, resampler, confident, nms_iou };
        match straightener.straighten(face, mirror)? {
            Some(straight) => Ok(straight),
            None if mirror => self.mirrored_too(photo, face, resampler),
            None => Ok(*face),
        }
    }

    /// The best of the faces as it is seen in the middle of a small picture of its own, if that is a confident look.
    fn nearer(
        &mut self,
        photo: &Pixels,
        faces: &[Candidate],
        resampler: &mut Resampler,
    ) -> Result<Option<Candidate>, InferenceError> {
        let Some(face) = faces.iter().max_by(|a, b| a.score.total_cmp(&b.score)) else { return Ok(None) };
        let (confident, nms_iou) = (self.settings.confident_score, self.settings.nms_iou);
        Straightener { yunet: &mut self.yunet, photo, resampler, confident, nms_iou }.nearer(face)
    }

    fn mirrored_too(
        &mut self,
        photo: &Pixels,
        face: &Candidate,
        resampler: &mut Resampler,
    ) -> Result<Candidate, InferenceError> {
        let look = Look { size: self.first_size(photo), margin: false, turn: 0, mirror: true };
        let seen = self.look(photo, look, resampler)?.into_iter();
        let overlap = |found: &Candidate| found.bounding_box.overlap(&face.bounding_box);
        let same = seen.filter(|found| overlap(found) > 0.5).max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        let both = |found: Candidate| Landmarks::mean([&face.landmarks, &found.landmarks].into_iter());
        Ok(Candidate { landmarks: same.map_or(face.landmarks, both), ..*face })
    }

    /// Long side of the detector's input for the first look.
    fn first_size(&self, photo: &Pixels) -> u32 {
        let (base, long) = (self.settings.base_size, photo.width().max(photo.height()));
        if long > base + base / 2 { self.settings.large_size } else { base }
    }

    /// The orientation in which the best face is clearly better than in the given faces of the unturned photo.
    fn turned(
        &mut self,
        photo: &Pixels,
        upright: Vec<Candidate>,
        first: u32,
        resampler: &mut Resampler,
    ) -> Result<(u16, Vec<Candidate>), InferenceError> {
        let (mut turn, mut faces) = (0, upright);
        let mut to_beat = best(&faces) + TURN_MARGIN;
        for candidate in [90, 270, 180] {
            let look = Look { size: self.settings.base_size, margin: false, turn: candidate, mirror: false };
            let seen = self.look(photo, look, resampler)?;
            let believable = faces.is_empty() || best(&seen) >= TURNED_SCORE;
            if best(&seen) > to_beat && believable {
                to_beat = best(&seen);
                (turn, faces) = (candidate, seen);
            }
        }
        if turn != 0 && first != self.settings.base_size {
            let larger = self.look(photo, Look { size: first, margin: false, turn, mirror: false }, resampler)?;
            // A face that both saw is the larger look's, which has the finer landmarks, if that is confident. One that fills
            // the frame may be in the smaller look only.
            if best(&larger) >= self.settings.confident_score {
                let nms_iou = self.settings.nms_iou;
                faces.retain(|face| {
                    larger.iter().all(|other| other.bounding_box.overlap(&face.bounding_box) <= nms_iou)
                });
            }
            faces.extend(larger);
        }
        Ok((turn, faces))
    }

    fn look(
        &mut self,
        photo: &Pixels,
        look: Look,
        resampler: &mut Resampler,
    ) -> Result<Vec<Candidate>, InferenceError> {
        let scale = look.size as f32 / photo.width().max(photo.height()) as f32;
        let side = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
        let small = resampler.resample(photo, None, side(photo.width()), side(photo.height()), Filter::Smooth);
        let small = if look.turn == 0 { small } else { small.turned(look.turn) };
        let shown = if look.mirror { &small.mirrored() } else { &small };
        let mut found = suppress(self.yunet.run(shown, look.margin, WEAK_SCORE)?, self.settings.nms_iou);
        if look.mirror {
            found.iter_mut().for_each(|face| *face = face.mirrored(small.width()));
        }
        let (full_w, full_h) = match look.turn % 180 {
            0 => (photo.width(), photo.height()),
            _ => (photo.height(), photo.width()),
        };
        let (sx, sy) = (full_w as f32 / small.width() as f32, full_h as f32 / small.height() as f32);
        Ok(found.iter().map(|face| face.scaled(sx, sy)).collect())
    }
}

fn best(faces: &[Candidate]) -> f32 {
    faces.iter().map(|face| face.score).fold(0.0, f32::max)
}

/// The largest and most central face first; the others follow by the same measure.
fn put_primary_first(faces: &mut [Candidate], (width, height): (u32, u32)) {
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let prominence = |b: &BoundingBox| {
        let (dx, dy) = ((b.left + b.right) / 2.0 - cx, (b.top + b.bottom) / 2.0 - cy);
        b.area().sqrt() * (1.0 - 0.5 * (dx.hypot(dy) / cx.hypot(cy)).min(1.0))
    };
    faces.sort_by(|a, b| prominence(&b.bounding_box).total_cmp(&prominence(&a.bounding_box)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_central_face_is_preferred_to_a_slightly_larger_one_at_the_edge() {
        let face = |left: f32, side: f32| Candidate {
            bounding_box: BoundingBox { left, top: 200.0, right: left + side, bottom: 200.0 + side },
            landmarks: Landmarks::default(),
            score: 0.9,
        };
        let mut faces = [face(0.0, 110.0), face(450.0, 100.0), face(900.0, 30.0)];
        put_primary_first(&mut faces, (1000, 500));
        assert_eq!(faces.map(|f| f.bounding_box.left), [450.0, 0.0, 900.0]);
    }
}
