//! Upright RGB pixels: what the face pipeline works on.

use crate::orient::Orientation;

/// A picture: RGB, 8 bits, row after row from the top, no padding. Width and height are at least 1.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

impl Pixels {
    /// `None` if a side is 0 or `data` is not `width` x `height` x 3 long.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Option<Self> {
        // `u128`: the product of two `u32` and 3 does not fit `u64`.
        let fits = u128::from(width) * u128::from(height) * 3 == data.len() as u128;
        (fits && !data.is_empty()).then_some(Self { width, height, data })
    }

    /// The same for data that was made for this size: zero sides count as 1, missing pixels are black.
    pub fn padded(width: u32, height: u32, mut data: Vec<u8>) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        data.resize(width as usize * height as usize * 3, 0);
        Self { width, height, data }
    }

    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// R, G, B of every pixel, row after row.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// R, G, B of the pixels of row `y`; empty if there is no such row.
    pub fn row(&self, y: u32) -> &[u8] {
        let stride = self.width as usize * 3;
        self.data.get(y as usize * stride..).and_then(|rest| rest.get(..stride)).unwrap_or_default()
    }

    /// The picture turned by whole quarter turns clockwise: 0, 90, 180 or 270. Other angles are rounded down to one.
    pub fn turned(&self, degrees_clockwise: u16) -> Self {
        let orientation = match degrees_clockwise / 90 % 4 {
            1 => Orientation::Turn90,
            2 => Orientation::Turn180,
            3 => Orientation::Turn270,
            _ => Orientation::Upright,
        };
        self.clone().oriented(orientation)
    }

    /// The picture with left and right exchanged.
    pub fn mirrored(&self) -> Self {
        self.clone().oriented(Orientation::FlipHorizontal)
    }

    pub(crate) fn oriented(self, orientation: Orientation) -> Self {
        let (width, height) = orientation.size(self.width, self.height);
        let data = orientation.apply(self.data, self.width as usize, self.height as usize);
        Self { width, height, data }
    }
}

impl std::fmt::Debug for Pixels {
    /// The size only: pixels of a face belong in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pixels({} x {})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(width: u32, height: u32) -> Pixels {
        let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 7])).collect();
        Pixels::new(width, height, data).unwrap()
    }

    #[test]
    fn checks_its_size() {
        assert!(Pixels::new(2, 2, vec![0; 12]).is_some());
        assert!(Pixels::new(2, 2, vec![0; 11]).is_none());
        assert!(Pixels::new(0, 2, vec![]).is_none());
        assert!(Pixels::new(u32::MAX, u32::MAX, vec![]).is_none());
    }

    #[test]
    fn rows_and_turns() {
        let p = gradient(5, 3);
        assert_eq!(p.row(2)[..6], [0, 2, 7, 1, 2, 7]);
        assert!(p.row(3).is_empty() && p.row(u32::MAX).is_empty());
        let quarter = p.turned(90);
        assert_eq!((quarter.width(), quarter.height()), (3, 5));
        assert_eq!(quarter.row(0)[..3], [0, 2, 7], "bottom left comes to the top left");
        assert_eq!(quarter.turned(270), p);
        assert_eq!(p.turned(180).turned(180), p);
        assert_eq!(quarter.turned(90), p.turned(180));
        assert_eq!(p.mirrored().row(1)[..3], [4, 1, 7]);
        assert_eq!(p.mirrored().mirrored(), p);
    }
}
