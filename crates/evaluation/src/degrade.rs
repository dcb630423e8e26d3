//! Copies of a photo that ought to be refused: blurred, dark, grey.
//!
//! Blur is given in pixels of the aligned face, where the pipeline measures it, so that photos of all sizes are blurred
//! alike. The copy is a PNG: coding noise would pass for sharpness.

use bytes::Bytes;
use facegate_image::{ImageError, Limits, Photo, Pixels};

/// Eyes at least this far apart in the copy, if they are in the photo: twice what an aligned face has, so that nothing
/// that the pipeline sees is lost.
const EYES: f32 = 70.0;
/// Eyes of an aligned face.
const ALIGNED_EYES: f32 = 35.2;
/// Long side to which a copy is at least decoded, as the pipeline does.
const LONG_SIDE: f32 = 800.0;

/// What is done to a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Gaussian blur of this σ in aligned pixels.
    Gaussian(f32),
    /// Blur along the rows over this many aligned pixels.
    Motion(f32),
    /// The same along a diagonal, from top left to bottom right.
    Diagonal(f32),
    /// This much of the light (sRGB samples are turned into light and back).
    Exposure(f32),
    /// Luma only.
    Grayscale,
}

/// The copies that are made, and the flag that ought to catch each.
pub const KINDS: &[(Kind, &str)] = &[
    (Kind::Gaussian(1.5), "blur"),
    (Kind::Motion(8.0), "blur"),
    (Kind::Diagonal(8.0), "blur"),
    (Kind::Exposure(0.15), "dark"),
    (Kind::Exposure(0.2), "dark"),
    (Kind::Exposure(0.25), "dark"),
    (Kind::Grayscale, "grayscale"),
];

/// A change of a photo whose face is known.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is done.
    pub kind: Kind,
    /// Aligned pixels per pixel of the photo.
    pub aligned_scale: f32,
    /// Degrees clockwise that bring the face upright.
    pub rotation: u16,
}

impl Kind {
    /// In words, for tables and keys.
    pub fn name(&self) -> String {
        match self {
            Self::Gaussian(sigma) => format!("Gaussian blur, sigma {sigma} px"),
            Self::Motion(length) => format!("horizontal motion blur, {length} px"),
            Self::Diagonal(length) => format!("diagonal motion blur, {length} px"),
            Self::Exposure(factor) => format!("exposure x {factor}"),
            Self::Grayscale => "grayscale".to_owned(),
        }
    }
}

impl Change {
    /// In words.
    pub fn name(&self) -> String {
        self.kind.name()
    }

    /// The copy as a PNG file of at most the size that the server takes.
    pub fn apply(&self, photo: Bytes, limits: &Limits) -> Result<Vec<u8>, ImageError> {
        let photo = Photo::open(photo, limits)?;
        let full = photo.width().max(photo.height()) as f32;
        let mut wanted = (full * EYES / ALIGNED_EYES * self.aligned_scale).max(LONG_SIDE).min(full);
        loop {
            let pixels = photo.decode(wanted.ceil() as u32)?.turned(self.rotation);
            let factor = pixels.width().max(pixels.height()) as f32 / full;
            let file = png(&self.paint(&pixels, self.aligned_scale / factor))?;
            if file.len() <= limits.max_bytes || wanted < 64.0 {
                return Ok(file);
            }
            wanted /= 2.0;
        }
    }

    /// `scale`: aligned pixels per pixel.
    fn paint(&self, pixels: &Pixels, scale: f32) -> Pixels {
        match self.kind {
            Kind::Gaussian(sigma) => {
                let kernel = gaussian(sigma / scale);
                convolve(&convolve(pixels, &kernel, (1, 0)), &kernel, (0, 1))
            }
            Kind::Motion(length) => convolve(pixels, &bar(length / scale), (1, 0)),
            // A step along the diagonal is √2 long.
            Kind::Diagonal(length) => convolve(pixels, &bar(length / scale / std::f32::consts::SQRT_2), (1, 1)),
            Kind::Exposure(factor) => {
                let table: Vec<u8> = (0..=255).map(|v| exposed(v, factor)).collect();
                each(pixels, |p| p.map(|v| table.get(usize::from(v)).copied().unwrap_or_default()))
            }
            Kind::Grayscale => each(pixels, |[r, g, b]| {
                [(0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)).round() as u8; 3]
            }),
        }
    }
}

fn each(pixels: &Pixels, change: impl Fn([u8; 3]) -> [u8; 3]) -> Pixels {
    let data = pixels.data().as_chunks::<3>().0.iter().flat_map(|p| change(*p)).collect();
    Pixels::padded(pixels.width(), pixels.height(), data)
}

/// An sRGB sample with `factor` of its light (IEC 61966-2-1).
fn exposed(sample: u8, factor: f32) -> u8 {
    let v = f32::from(sample) / 255.0;
    let light = factor * if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
    let v = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (v * 255.0).round() as u8
}

fn gaussian(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    normalised((-radius..=radius).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect())
}

/// A bar of any length, its ends in part.
fn bar(length: f32) -> Vec<f32> {
    let radius = ((length - 1.0) / 2.0).max(0.0).ceil() as i32;
    normalised((-radius..=radius).map(|i| (length / 2.0 - i.abs() as f32 + 0.5).clamp(0.0, 1.0)).collect())
}

fn normalised(mut kernel: Vec<f32>) -> Vec<f32> {
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    kernel
}

/// Along the rows, the columns or a diagonal, as `(dx, dy)` of 0 and 1 says; the border is repeated.
fn convolve(pixels: &Pixels, kernel: &[f32], (dx, dy): (usize, usize)) -> Pixels {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let radius = kernel.len() / 2;
    let mut data = Vec::with_capacity(pixels.data().len());
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0.5f32; 3];
            for (tap, weight) in kernel.iter().enumerate() {
                let near = |at: usize, step: usize, length: usize| {
                    (at + step * tap).saturating_sub(step * radius).min(length - 1)
                };
                let (sx, sy) = (near(x, dx, width), near(y, dy, height));
                let start = (sy * width + sx) * 3;
                if let Some(pixel) = pixels.data().get(start..start + 3) {
                    sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += weight * f32::from(*v));
                }
            }
            data.extend(sum.map(|v| v as u8));
        }
    }
    Pixels::padded(pixels.width(), pixels.height(), data)
}

fn png(pixels: &Pixels) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels.data()));
    // Writing to memory fails on wrong sizes only.
    written.map_err(|error| ImageError::Damaged(error.to_string()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot() -> Pixels {
        let mut data = vec![0; 41 * 41 * 3];
        data[(20 * 41 + 20) * 3..(20 * 41 + 20) * 3 + 3].fill(250);
        Pixels::new(41, 41, data).unwrap()
    }

    fn change(kind: Kind) -> Change {
        Change { kind, aligned_scale: 0.5, rotation: 0 }
    }

    fn painted(kind: Kind) -> Pixels {
        let file = change(kind).apply(png(&dot()).unwrap().into(), &Limits::default()).unwrap();
        Photo::open(file, &Limits::default()).unwrap().decode(41).unwrap()
    }

    #[test]
    fn blur_is_in_aligned_pixels() {
        // σ 1 aligned pixel at scale ½ is 2 pixels: 250 ÷ (2π·4) at the centre.
        let centre = painted(Kind::Gaussian(1.0)).row(20)[60];
        assert!((9..=11).contains(&centre), "{centre}");
        let row: Vec<u8> = painted(Kind::Motion(2.0)).row(20).iter().step_by(3).copied().collect();
        // 4 pixels: three whole ones and two halves.
        assert_eq!(&row[17..24], &[0, 31, 63, 63, 63, 31, 0]);
        assert!(painted(Kind::Motion(2.0)).row(19).iter().all(|v| *v == 0));
        let diagonal = painted(Kind::Diagonal(2.0));
        assert_eq!((diagonal.row(19)[57], diagonal.row(21)[63], diagonal.row(19)[63]), (81, 81, 0));
    }

    #[test]
    fn darkness_and_grey() {
        // A fifth of the light of 250 of 255 is 121 of 255, not 50.
        assert_eq!(painted(Kind::Exposure(0.2)).row(20)[60], 121);
        assert_eq!((0..=255).map(|v| exposed(v, 1.0)).collect::<Vec<_>>(), (0..=255).collect::<Vec<u8>>());
        let red = Pixels::new(1, 1, vec![200, 0, 0]).unwrap();
        assert_eq!(change(Kind::Grayscale).paint(&red, 1.0).data(), [60; 3]);
    }

    #[test]
    fn a_copy_is_no_larger_than_what_the_server_takes() {
        let noise = (0..300 * 300 * 3u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let photo = png(&Pixels::new(300, 300, noise).unwrap()).unwrap();
        let limits = Limits { max_bytes: photo.len(), ..Limits::default() };
        let small = Limits { max_bytes: 100_000, ..limits };
        let opened = change(Kind::Exposure(1.0));
        assert!(opened.apply(photo.clone().into(), &limits).unwrap().len() <= limits.max_bytes);
        assert!(opened.apply(photo.into(), &small).is_err(), "the photo itself is too large");
    }
}
