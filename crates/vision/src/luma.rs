//! Brightness and colourfulness of a picture.

use facegate_image::Pixels;

/// Luma (ITU-R BT.601) of a picture, 0..255, row by row.
pub(crate) struct Luma {
    pub width: usize,
    pub values: Vec<f32>,
}

impl Luma {
    pub fn of(picture: &Pixels) -> Self {
        let luma = |p: &[u8; 3]| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]);
        Self { width: picture.width() as usize, values: picture.data().as_chunks::<3>().0.iter().map(luma).collect() }
    }

    /// The value that 99 % of the pixels chosen by `wanted(x, y)` do not exceed; 0 if there are none.
    pub fn p99(&self, wanted: impl Fn(usize, usize) -> bool) -> f32 {
        let mut histogram = [0u32; 256];
        for (i, value) in self.values.iter().enumerate() {
            if wanted(i % self.width, i / self.width) {
                histogram[value.clamp(0.0, 255.0) as usize] += 1;
            }
        }
        let total: u32 = histogram.iter().sum();
        let mut above = total / 100;
        for (value, count) in histogram.iter().enumerate().rev() {
            if *count > above {
                return value as f32;
            }
            above -= count;
        }
        0.0
    }
}

/// `mean(|R − G| + |G − B|)` over the pixels chosen by `wanted(x, y)`: 0 for black and white, 0..510.
pub(crate) fn colourfulness(picture: &Pixels, wanted: impl Fn(usize, usize) -> bool) -> f32 {
    let width = picture.width() as usize;
    let (mut sum, mut count) = (0u64, 0u64);
    for (i, p) in picture.data().as_chunks::<3>().0.iter().enumerate() {
        if wanted(i % width, i / width) {
            sum += u64::from(p[0].abs_diff(p[1])) + u64::from(p[1].abs_diff(p[2]));
            count += 1;
        }
    }
    if count == 0 { 0.0 } else { sum as f32 / count as f32 }
}
