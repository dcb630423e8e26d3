//! Similarity transforms of the plane.

use crate::report::{Landmarks, Point};

/// `x' = a·x − b·y + tx`, `y' = b·x + a·y + ty`: rotation, uniform scale, translation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Similarity {
    pub a: f32,
    pub b: f32,
    pub tx: f32,
    pub ty: f32,
}

impl Similarity {
    /// The least-squares similarity that takes `from` to `to` (Umeyama 1991; in the plane it has this closed form).
    /// `None` if the points of `from` coincide.
    pub fn fit(from: &[Point; 5], to: &[Point; 5]) -> Option<Self> {
        let (mf, mt) = (mean(from), mean(to));
        let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py, qx, qy) = (p.x - mf.x, p.y - mf.y, q.x - mt.x, q.y - mt.y);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            spread += px * px + py * py;
        }
        if spread < 1e-6 || !spread.is_finite() {
            return None;
        }
        let (a, b) = (dot / spread, cross / spread);
        let scaled = Self { a, b, tx: mt.x - a * mf.x + b * mf.y, ty: mt.y - b * mf.x - a * mf.y };
        (scaled.scale() > 1e-6).then_some(scaled)
    }

    /// Turns by `degrees` clockwise about `centre`, scales, and takes the centre to (`to`, `to`).
    pub fn about(centre: Point, degrees: f32, scale: f32, to: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (a, b) = (scale * cos, scale * sin);
        Self { a, b, tx: to - a * centre.x + b * centre.y, ty: to - b * centre.x - a * centre.y }
    }

    /// Degrees clockwise by which what it takes to upright leans.
    pub fn lean(&self) -> f32 {
        -self.b.atan2(self.a).to_degrees()
    }

    /// Length of the image of a unit vector, > 0.
    pub fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The inverse transform.
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        Self { a, b, tx: -(a * self.tx - b * self.ty), ty: -(b * self.tx + a * self.ty) }
    }

    /// The image of a point.
    pub fn apply(&self, p: Point) -> Point {
        Point { x: self.a * p.x - self.b * p.y + self.tx, y: self.b * p.x + self.a * p.y + self.ty }
    }
}

impl Point {
    /// Distance in pixels.
    pub(crate) fn distance(&self, other: &Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

impl Landmarks {
    /// Left eye, right eye, nose, left and right corner of the mouth.
    pub fn points(&self) -> [Point; 5] {
        [self.left_eye, self.right_eye, self.nose, self.mouth_left, self.mouth_right]
    }

    /// Mean of the five points.
    pub(crate) fn centre(&self) -> Point {
        let points = self.points();
        let sum = points.iter().fold(Point::default(), |s, p| Point { x: s.x + p.x, y: s.y + p.y });
        Point { x: sum.x / points.len() as f32, y: sum.y / points.len() as f32 }
    }

    /// The mean of some; of none, all zeros.
    pub(crate) fn mean<'a>(some: impl Iterator<Item = &'a Self>) -> Self {
        let (mut sums, mut count) = ([Point::default(); 5], 0.0f32);
        for landmarks in some {
            count += 1.0;
            for (sum, point) in sums.iter_mut().zip(landmarks.points()) {
                *sum = Point { x: sum.x + point.x, y: sum.y + point.y };
            }
        }
        let share = 1.0 / count.max(1.0);
        Self::from_points(sums.map(|sum| Point { x: sum.x * share, y: sum.y * share }))
    }

    /// From the order of [`Landmarks::points`].
    pub fn from_points(p: [Point; 5]) -> Self {
        Self { left_eye: p[0], right_eye: p[1], nose: p[2], mouth_left: p[3], mouth_right: p[4] }
    }

    /// Distance between the eyes in pixels.
    pub fn eye_distance(&self) -> f32 {
        (self.right_eye.x - self.left_eye.x).hypot(self.right_eye.y - self.left_eye.y)
    }

    pub(crate) fn scaled(&self, sx: f32, sy: f32) -> Self {
        Self::from_points(self.points().map(|p| Point { x: p.x * sx, y: p.y * sy }))
    }
}

fn mean(points: &[Point; 5]) -> Point {
    let sum = points.iter().fold(Point::default(), |s, p| Point { x: s.x + p.x, y: s.y + p.y });
    Point { x: sum.x / 5.0, y: sum.y / 5.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_known_similarity_is_found_again(angle in -3.1f32..3.1, scale in 0.05f32..20.0, tx in -500f32..500.0, ty in -500f32..500.0) {
            let known = Similarity { a: scale * angle.cos(), b: scale * angle.sin(), tx, ty };
            let from = [(0.0, 0.0), (10.0, 1.0), (5.0, 6.0), (1.0, 11.0), (9.0, 12.0)].map(|(x, y)| Point { x, y });
            let to = from.map(|p| known.apply(p));
            let found = Similarity::fit(&from, &to).unwrap();
            for p in from {
                let (q, back) = (found.apply(p), found.inverse().apply(known.apply(p)));
                prop_assert!((q.x - known.apply(p).x).abs() < 0.05 && (q.y - known.apply(p).y).abs() < 0.05);
                prop_assert!((back.x - p.x).abs() < 0.05 && (back.y - p.y).abs() < 0.05);
            }
        }
    }

    #[test]
    fn coinciding_points_have_no_similarity() {
        let same = [Point { x: 3.0, y: 3.0 }; 5];
        assert_eq!(Similarity::fit(&same, &same), None);
    }
}
