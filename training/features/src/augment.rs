//! Changes to a photo that an enrolment camera, an app or a chat program could have made.

use anyhow::{Context, Result};
use facegate_image::Pixels;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use jpeg_encoder::{ColorType, Encoder};
use serde::Deserialize;

/// What is done to the pixels, in this order; the result is a JPEG.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Left, top, right, bottom in pixels of the upright photo; what lies outside is cut off.
    crop: Option<[f32; 4]>,
    /// Factor for both sides, at most 1.
    scale: Option<f32>,
    /// Mirrored.
    #[serde(default)]
    flip: bool,
    /// Factor for every sample.
    exposure: Option<f32>,
    /// Standard deviation of a Gaussian blur in pixels, after scaling.
    blur: Option<f32>,
    /// JPEG quality, 1..100.
    quality: u8,
}

impl Change {
    /// The changed photo as a JPEG file.
    pub fn apply(&self, photo: &Pixels) -> Result<Vec<u8>> {
        let mut pixels = self.crop.map_or_else(|| photo.clone(), |edges| cropped(photo, edges));
        if let Some(scale) = self.scale.filter(|scale| *scale < 1.0) {
            let side = |length: u32| (length as f32 * scale).round() as u32;
            pixels = resized(&pixels, side(pixels.width()).max(1), side(pixels.height()).max(1))?;
        }
        if self.flip {
            pixels = flipped(&pixels);
        }
        if let Some(factor) = self.exposure {
            let data = pixels.data().iter().map(|v| (f32::from(*v) * factor).round() as u8).collect();
            pixels = Pixels::padded(pixels.width(), pixels.height(), data);
        }
        if let Some(sigma) = self.blur.filter(|sigma| *sigma > 0.0) {
            pixels = blurred(&pixels, sigma);
        }
        let side = |length: u32| u16::try_from(length).context("the photo is too large for a JPEG");
        let mut file = Vec::new();
        Encoder::new(&mut file, self.quality).encode(
            pixels.data(),
            side(pixels.width())?,
            side(pixels.height())?,
            ColorType::Rgb,
        )?;
        Ok(file)
    }
}

fn cropped(photo: &Pixels, [left, top, right, bottom]: [f32; 4]) -> Pixels {
    // `as` brings what is negative to 0; the far edges are limited to the photo's.
    let (x0, y0) = ((left as u32).min(photo.width() - 1), (top as u32).min(photo.height() - 1));
    let (x1, y1) = ((right as u32).clamp(x0 + 1, photo.width()), (bottom as u32).clamp(y0 + 1, photo.height()));
    let columns = x0 as usize * 3..x1 as usize * 3;
    let data = (y0..y1).flat_map(|y| photo.row(y).get(columns.clone()).unwrap_or_default()).copied().collect();
    Pixels::padded(x1 - x0, y1 - y0, data)
}

fn resized(photo: &Pixels, width: u32, height: u32) -> Result<Pixels> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
    let mut data = vec![0; width as usize * height as usize * 3];
    let source = TypedImageRef::<U8x3>::from_buffer(photo.width(), photo.height(), photo.data())?;
    let mut target = TypedImage::<U8x3>::from_buffer(width, height, &mut data)?;
    Resizer::new().resize_typed(&source, &mut target, &options)?;
    Ok(Pixels::padded(width, height, data))
}

fn flipped(photo: &Pixels) -> Pixels {
    let data =
        (0..photo.height()).flat_map(|y| photo.row(y).as_chunks::<3>().0.iter().rev().flatten()).copied().collect();
    Pixels::padded(photo.width(), photo.height(), data)
}

/// Gaussian blur; the border is repeated outwards.
fn blurred(photo: &Pixels, sigma: f32) -> Pixels {
    let radius = (3.0 * sigma).ceil() as i64;
    let kernel: Vec<f32> = (-radius..=radius).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect();
    let total: f32 = kernel.iter().sum();
    let (width, height) = (i64::from(photo.width()), i64::from(photo.height()));
    let pass = |source: &[f32], dx: i64, dy: i64| -> Vec<f32> {
        let sample = |x: i64, y: i64, c: i64| {
            let index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)) * 3 + c;
            source.get(index as usize).copied().unwrap_or_default()
        };
        let mean = |i: i64| {
            let (x, y, c) = (i / 3 % width, i / 3 / width, i % 3);
            let sum: f32 = kernel.iter().zip(-radius..).map(|(k, o)| k * sample(x + o * dx, y + o * dy, c)).sum();
            sum / total
        };
        (0..width * height * 3).map(mean).collect()
    };
    let source: Vec<f32> = photo.data().iter().map(|v| f32::from(*v)).collect();
    let data = pass(&pass(&source, 1, 0), 0, 1).into_iter().map(|v| v.round() as u8).collect();
    Pixels::padded(photo.width(), photo.height(), data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Pixels {
        let data = (0..6u8).flat_map(|y| (0..8u8).flat_map(move |x| [x * 10, y * 10, 200])).collect();
        Pixels::new(8, 6, data).unwrap()
    }

    #[test]
    fn crops_inside_the_photo_only() {
        let part = cropped(&picture(), [2.0, 1.0, 5.0, 3.0]);
        assert_eq!((part.width(), part.height()), (3, 2));
        assert_eq!(part.row(0)[..3], [20, 10, 200]);
        assert_eq!(cropped(&picture(), [-5.0, -5.0, 100.0, 100.0]), picture());
        let corner = cropped(&picture(), [50.0, 50.0, 60.0, 60.0]);
        assert_eq!((corner.width(), corner.height()), (1, 1));
    }

    #[test]
    fn flips_and_flips_back() {
        assert_eq!(flipped(&picture()).row(0)[..3], [70, 0, 200]);
        assert_eq!(flipped(&flipped(&picture())), picture());
    }

    #[test]
    fn blur_keeps_flat_areas_and_spreads_a_point() {
        let flat = Pixels::new(9, 9, vec![90; 9 * 9 * 3]).unwrap();
        assert_eq!(blurred(&flat, 1.2), flat);
        let mut data = vec![0; 9 * 9 * 3];
        data[(4 * 9 + 4) * 3] = 250;
        let spot = blurred(&Pixels::new(9, 9, data).unwrap(), 1.0);
        let (centre, beside) = (spot.row(4)[12], spot.row(4)[15]);
        // 250 / (2π σ²) at the centre, times e^(-1/2) one pixel beside it.
        assert!((38..=42).contains(&centre) && (22..=26).contains(&beside), "{centre} {beside}");
    }

    #[test]
    fn everything_together_is_a_smaller_jpeg() {
        let change = Change {
            crop: Some([0.0, 0.0, 8.0, 4.0]),
            scale: Some(0.5),
            flip: true,
            exposure: Some(2.0),
            blur: None,
            quality: 95,
        };
        let photo = facegate_image::Photo::open(change.apply(&picture()).unwrap(), &Default::default()).unwrap();
        assert_eq!((photo.width(), photo.height()), (4, 2));
        let pixels = photo.decode(8).unwrap();
        assert!(pixels.row(0)[0] > pixels.row(0)[9] + 40, "mirrored: red grows to the left");
        assert!(pixels.row(0)[2] > 240, "200 x 2 is cut off at 255");
    }
}
