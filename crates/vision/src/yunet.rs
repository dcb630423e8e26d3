//! YuNet: one pass over one picture at one size.

use facegate_image::Pixels;
use facegate_inference::{InferenceError, Network};

use crate::planar::{self, Order};
use crate::report::{BoundingBox, Landmarks, Point};

/// The network's strides; each has a grid of cells that predict one face each.
const STRIDES: [usize; 3] = [8, 16, 32];

const OUTPUTS: [&str; 12] = [
    "cls_8", "cls_16", "cls_32", "obj_8", "obj_16", "obj_32", "bbox_8", "bbox_16", "bbox_32", "kps_8", "kps_16",
    "kps_32",
];

/// A face in the pixels of the picture that was given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub bounding_box: BoundingBox,
    pub landmarks: Landmarks,
    /// √(class · objectness), 0..1.
    pub score: f32,
}

/// The detector of one worker.
pub(crate) struct YuNet {
    network: Box<dyn Network>,
    canvas: Vec<f32>,
}

/// Where a picture lies in the network's input.
struct Canvas {
    width: usize,
    height: usize,
    left: usize,
    top: usize,
}

impl YuNet {
    pub fn new(network: Box<dyn Network>) -> Self {
        Self { network, canvas: Vec::new() }
    }

    /// Every cell with a score ≥ `threshold`. With `margin`, the picture lies in the middle of black of half its size
    /// on each side: faces that fill the frame are found only so.
    pub fn run(&mut self, picture: &Pixels, margin: bool, threshold: f32) -> Result<Vec<Candidate>, InferenceError> {
        let canvas = Canvas::around(picture, margin);
        self.canvas.clear();
        self.canvas.resize(3 * canvas.width * canvas.height, 0.0);
        planar::write(picture, Order::Bgr, 0.0, 1.0, &mut self.canvas, canvas.width, (canvas.left, canvas.top));
        let outputs = self.network.run(&[1, 3, canvas.height, canvas.width], &self.canvas, &OUTPUTS)?;
        let (cls, rest) = outputs.split_at(3);
        let (obj, rest) = rest.split_at(3);
        let (boxes, points) = rest.split_at(3);
        let mut found = Vec::new();
        for (index, stride) in STRIDES.into_iter().enumerate() {
            let columns = canvas.width / stride;
            let scores =
                cls[index].iter().zip(&obj[index]).map(|(c, o)| (c.clamp(0.0, 1.0) * o.clamp(0.0, 1.0)).sqrt());
            let cells = scores.zip(boxes[index].as_chunks::<4>().0).zip(points[index].as_chunks::<10>().0).enumerate();
            for (cell, ((score, box_), kps)) in cells {
                if score >= threshold {
                    let origin = ((cell % columns) as f32, (cell / columns) as f32);
                    found.push(canvas.candidate(origin, stride as f32, score, box_, kps));
                }
            }
        }
        Ok(found)
    }
}

impl Canvas {
    fn around(picture: &Pixels, margin: bool) -> Self {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let (left, top) = if margin { (w / 2, h / 2) } else { (0, 0) };
        Self { width: (w + 2 * left).next_multiple_of(32), height: (h + 2 * top).next_multiple_of(32), left, top }
    }

    /// Decodes one cell (YuNet's parametrisation, as OpenCV's `FaceDetectorYN` does).
    fn candidate(&self, cell: (f32, f32), stride: f32, score: f32, b: &[f32; 4], k: &[f32; 10]) -> Candidate {
        let (left, top) = (self.left as f32, self.top as f32);
        let centre = Point { x: (cell.0 + b[0]) * stride - left, y: (cell.1 + b[1]) * stride - top };
        let (w, h) = (b[2].exp() * stride, b[3].exp() * stride);
        let point =
            |i: usize| Point { x: (k[2 * i] + cell.0) * stride - left, y: (k[2 * i + 1] + cell.1) * stride - top };
        Candidate {
            bounding_box: BoundingBox {
                left: centre.x - w / 2.0,
                top: centre.y - h / 2.0,
                right: centre.x + w / 2.0,
                bottom: centre.y + h / 2.0,
            },
            landmarks: Landmarks::from_points([point(0), point(1), point(2), point(3), point(4)]),
            score,
        }
    }
}

impl BoundingBox {
    /// Width × height, ≥ 0.
    pub fn area(&self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// Intersection over union, 0..1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let shared = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        let both = shared.area();
        both / (self.area() + other.area() - both).max(1e-6)
    }

    pub(crate) fn scaled(&self, sx: f32, sy: f32) -> Self {
        Self { left: self.left * sx, top: self.top * sy, right: self.right * sx, bottom: self.bottom * sy }
    }
}

impl Candidate {
    pub fn scaled(&self, sx: f32, sy: f32) -> Self {
        Self {
            bounding_box: self.bounding_box.scaled(sx, sy),
            landmarks: self.landmarks.scaled(sx, sy),
            score: self.score,
        }
    }

    /// Where it is when its picture begins at this place.
    pub fn moved(&self, left: f32, top: f32) -> Self {
        let b = self.bounding_box;
        let bounding_box =
            BoundingBox { left: b.left + left, top: b.top + top, right: b.right + left, bottom: b.bottom + top };
        let landmarks = self.landmarks.points().map(|p| Point { x: p.x + left, y: p.y + top });
        Self { bounding_box, landmarks: Landmarks::from_points(landmarks), ..*self }
    }

    /// Where it is in the mirrored picture of this width.
    pub fn mirrored(&self, width: u32) -> Self {
        let (edge, last) = (width as f32, width as f32 - 1.0);
        let [left_eye, right_eye, nose, mouth_left, mouth_right] =
            self.landmarks.points().map(|p| Point { x: last - p.x, y: p.y });
        let b = self.bounding_box;
        Self {
            bounding_box: BoundingBox { left: edge - b.right, right: edge - b.left, ..b },
            // What was on the left is on the right now.
            landmarks: Landmarks::from_points([right_eye, left_eye, nose, mouth_right, mouth_left]),
            score: self.score,
        }
    }

    fn is_finite(&self) -> bool {
        let b = &self.bounding_box;
        let numbers = [b.left, b.top, b.right, b.bottom, self.score];
        numbers.iter().all(|v| v.is_finite())
            && self.landmarks.points().iter().all(|p| p.x.is_finite() && p.y.is_finite())
    }
}

/// Cells that overlap the best one by more than this intersection over union have their say on its landmarks, …
const VOTE_IOU: f32 = 0.5;
/// … if they score at most this much less.
const VOTE_MARGIN: f32 = 0.1;

/// Non-maximum suppression: the best of each group of boxes that overlap by more than `iou`, best first. Its landmarks
/// are the mean of the group's sure ones: several cells see one face, each with an error of its own.
pub(crate) fn suppress(mut candidates: Vec<Candidate>, iou: f32) -> Vec<Candidate> {
    candidates.retain(Candidate::is_finite);
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in &candidates {
        if kept.iter().all(|better| better.bounding_box.overlap(&candidate.bounding_box) <= iou) {
            kept.push(candidate.agreed(&candidates));
        }
    }
    kept
}

impl Candidate {
    /// Itself with the mean landmarks of all that see the same face nearly as surely.
    fn agreed(&self, all: &[Self]) -> Self {
        let same = |other: &&Self| {
            other.score >= self.score - VOTE_MARGIN && self.bounding_box.overlap(&other.bounding_box) > VOTE_IOU
        };
        let votes: Vec<&Self> = all.iter().filter(same).collect();
        Self { landmarks: Landmarks::mean(votes.iter().map(|vote| &vote.landmarks)), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, side: f32, score: f32) -> Candidate {
        let bounding_box = BoundingBox { left, top: 0.0, right: left + side, bottom: side };
        Candidate { bounding_box, landmarks: Landmarks::default(), score }
    }

    #[test]
    fn landmarks_are_the_mean_of_the_cells_that_see_the_same_face_surely() {
        let at = |left: f32, score: f32, nose: f32| {
            let mut face = face(left, 100.0, score);
            face.landmarks.nose.x = nose;
            face
        };
        let kept =
            suppress(vec![at(0.0, 0.9, 50.0), at(4.0, 0.85, 54.0), at(4.0, 0.7, 90.0), at(60.0, 0.9, 99.0)], 0.3);
        assert_eq!(kept.iter().map(|c| c.landmarks.nose.x).collect::<Vec<_>>(), [52.0, 99.0]);
    }

    #[test]
    fn overlapping_boxes_are_one_face_and_the_best_one_stays() {
        let kept = suppress(vec![face(0.0, 100.0, 0.7), face(5.0, 100.0, 0.9), face(300.0, 50.0, 0.8)], 0.3);
        assert_eq!(kept.iter().map(|c| c.score).collect::<Vec<_>>(), [0.9, 0.8]);
    }

    #[test]
    fn what_is_not_a_number_is_dropped() {
        assert!(suppress(vec![face(f32::NAN, 1.0, 0.9), face(0.0, f32::INFINITY, 0.9)], 0.3).is_empty());
    }
}
