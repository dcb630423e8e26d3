//! Box reduction of a picture while its rows arrive, so that the full picture is never held.

/// The strongest reduction: 256² pixels of 255 fit a `u32` sum with room to spare.
const MAX_FACTOR: u32 = 256;

/// The largest whole factor that leaves a long side of at least `min_long_side` pixels.
pub(crate) fn factor(width: u32, height: u32, min_long_side: u32) -> u32 {
    (width.max(height) / min_long_side.max(1)).clamp(1, MAX_FACTOR)
}

/// Collects RGB pixels into boxes of `factor` x `factor`; the boxes at the right and bottom edge may be smaller.
pub(crate) struct Shrink {
    factor: usize,
    width: usize,
    height: usize,
    out_width: usize,
    /// Sums per box and channel: of one row of boxes, or of all when rows come in any order.
    sums: Vec<u32>,
    scattered: bool,
    out: Vec<u8>,
}

impl Shrink {
    /// `scattered`: rows do not come from top to bottom and are incomplete (Adam7); feed with [`Shrink::pixel`].
    pub(crate) fn new(width: u32, height: u32, factor: u32, scattered: bool) -> Self {
        let (out_width, out_height) = (width.div_ceil(factor) as usize, height.div_ceil(factor) as usize);
        let out_len = out_width * out_height * 3;
        let sums = match (factor, scattered) {
            (1, _) => 0,
            (_, true) => out_len,
            (_, false) => out_width * 3,
        };
        Self {
            factor: factor as usize,
            width: width as usize,
            height: height as usize,
            out_width,
            sums: vec![0; sums],
            scattered,
            out: vec![0; out_len],
        }
    }

    /// The next row from the top; `y` counts from 0.
    pub(crate) fn row(&mut self, y: usize, rgb: &[u8]) {
        if self.factor == 1 {
            self.out[y * self.width * 3..][..self.width * 3].copy_from_slice(rgb);
            return;
        }
        for (sum, part) in self.sums.as_chunks_mut::<3>().0.iter_mut().zip(rgb.chunks(self.factor * 3)) {
            for pixel in part.as_chunks::<3>().0 {
                for (s, &v) in sum.iter_mut().zip(pixel) {
                    *s += u32::from(v);
                }
            }
        }
        if (y + 1).is_multiple_of(self.factor) || y + 1 == self.height {
            self.average(y / self.factor, 0);
            self.sums.fill(0);
        }
    }

    /// One pixel, anywhere; each exactly once.
    pub(crate) fn pixel(&mut self, x: usize, y: usize, rgb: [u8; 3]) {
        let at = (y / self.factor * self.out_width + x / self.factor) * 3;
        if self.factor == 1 {
            self.out[at..at + 3].copy_from_slice(&rgb);
            return;
        }
        for (s, v) in self.sums[at..at + 3].iter_mut().zip(rgb) {
            *s += u32::from(v);
        }
    }

    /// Writes the averages of the row of boxes `box_y`, whose sums start at `from`.
    fn average(&mut self, box_y: usize, from: usize) {
        let rows = self.factor.min(self.height - box_y * self.factor);
        let line = self.out_width * 3;
        let (out, sums) = (&mut self.out[box_y * line..][..line], &self.sums[from..][..line]);
        for (box_x, (out, sums)) in out.chunks_exact_mut(3).zip(sums.chunks_exact(3)).enumerate() {
            let columns = self.factor.min(self.width - box_x * self.factor);
            let count = (rows * columns) as u32;
            for (o, &s) in out.iter_mut().zip(sums) {
                *o = ((s + count / 2) / count) as u8;
            }
        }
    }

    /// Width, height and RGB8 of the reduced picture.
    pub(crate) fn finish(mut self) -> (u32, u32, Vec<u8>) {
        let out_height = self.height.div_ceil(self.factor);
        if self.scattered && self.factor > 1 {
            for box_y in 0..out_height {
                self.average(box_y, box_y * self.out_width * 3);
            }
        }
        (self.out_width as u32, out_height as u32, self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        for (long, min, expected) in [(100, 100, 1), (199, 100, 1), (200, 100, 2), (50, 100, 1), (65_500, 0, 256)] {
            assert_eq!(factor(long, 3, min), expected);
            assert_eq!(factor(3, long, min), expected);
        }
    }

    #[test]
    fn rows_and_pixels_average_alike() {
        for (width, height, by) in [(7u32, 5u32, 3u32), (1, 1, 1), (4, 4, 1), (1, 9, 4), (300, 2, 256)] {
            let value = |x: u32, y: u32| [(x * 31 + y * 17) as u8, (x * 3) as u8, 255];
            let mut rows = Shrink::new(width, height, by, false);
            let mut pixels = Shrink::new(width, height, by, true);
            for y in 0..height {
                let row: Vec<u8> = (0..width).flat_map(|x| value(x, y)).collect();
                rows.row(y as usize, &row);
            }
            for y in (0..height).rev() {
                for x in 0..width {
                    pixels.pixel(x as usize, y as usize, value(x, y));
                }
            }
            let (w, h, data) = rows.finish();
            assert_eq!((w, h), (width.div_ceil(by), height.div_ceil(by)));
            assert!(data.chunks(3).all(|p| p[2] == 255));
            let first: Vec<u32> =
                (0..by.min(height)).flat_map(|y| (0..by.min(width)).map(move |x| u32::from(value(x, y)[0]))).collect();
            let mean = first.iter().sum::<u32>() as f64 / first.len() as f64;
            assert!((f64::from(data[0]) - mean).abs() <= 0.5);
            assert_eq!(pixels.finish(), (w, h, data));
        }
    }
}
