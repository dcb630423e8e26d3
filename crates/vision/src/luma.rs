//! Brightness and colourfulness of a picture or an area of it: spans of its pixels, counted row by row.

use std::ops::Range;

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

    /// The values of an area.
    pub fn within<'a>(&'a self, area: &'a [Range<usize>]) -> impl Iterator<Item = f32> + 'a {
        area.iter().filter_map(|span| self.values.get(span.clone())).flatten().copied()
    }

    /// The value that 99 % of the area's pixels do not exceed; 0 if there are none.
    pub fn p99(&self, area: &[Range<usize>]) -> f32 {
        let mut histogram = [0u32; 256];
        self.within(area).for_each(|value| histogram[value.clamp(0.0, 255.0) as usize] += 1);
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

/// `mean(|R − G| + |G − B|)` over an area: 0 for black and white, 0..510.
pub(crate) fn colourfulness(picture: &Pixels, area: &[Range<usize>]) -> f32 {
    let (mut sum, mut count) = (0u64, 0u64);
    for span in area.iter().filter_map(|span| picture.data().as_chunks::<3>().0.get(span.clone())) {
        let colour = |p: &[u8; 3]| u32::from(p[0].abs_diff(p[1])) + u32::from(p[1].abs_diff(p[2]));
        sum += span.iter().map(|p| u64::from(colour(p))).sum::<u64>();
        count += span.len() as u64;
    }
    if count == 0 { 0.0 } else { sum as f32 / count as f32 }
}
