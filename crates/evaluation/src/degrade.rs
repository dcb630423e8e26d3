//! Copies of a photo made worse: blurred, dark and grey ones ought to be refused, leaning, frame-filling and tiny faces
//! ought to be found all the same.
//!
//! Blur is given in pixels of the aligned face, where the pipeline measures it, so that photos of all sizes are blurred
//! alike. The copy is a PNG: coding noise would pass for sharpness.

use bytes::Bytes;
use facegate_image::{ImageError, Limits, Photo, Pixels};
use facegate_vision::ALIGNED_EYES;

use crate::Measurement;
use crate::measurement::{ALIGNED_SCALE, BOX};
use paint::{convolve, each, exposed, gaussian, line, smear};

mod copies;
mod frame;
mod paint;

pub use copies::{AWKWARD, COPIES};

/// Eyes at least this far apart in the copy, if they are in the photo: twice what an aligned face has, so that nothing
/// that the pipeline sees is lost.
const EYES: f32 = 70.0;
/// Long side to which a copy is at least decoded, as the pipeline does.
const LONG_SIDE: f32 = 800.0;

/// What is done to a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Gaussian blur of this σ in aligned pixels.
    Gaussian(f32),
    /// Blur along a straight line.
    Motion {
        /// Of the line, aligned pixels.
        length: f32,
        /// Of the line, clockwise from the rows of the upright picture.
        degrees: f32,
    },
    /// This much of the light (sRGB samples are turned into light and back).
    Exposure(f32),
    /// Luma only.
    Grayscale,
    /// The picture turned clockwise by these degrees about the face, its borders repeated.
    Leaning(f32),
    /// Only this many times the face's box is left, so that the face fills the picture.
    Filling(f32),
    /// The picture so small that the face is this many pixels wide, in the middle of a grey one of 12 megapixels.
    Small(u16),
}

/// A change of a photo whose face is known.
#[derive(Clone, Debug)]
pub struct Change {
    kind: Kind,
    /// Aligned pixels per pixel of the photo.
    aligned_scale: f32,
    /// Left, top, right and bottom of the face's box in pixels of the upright photo.
    face: [f32; 4],
    /// Degrees clockwise that bring the face upright.
    rotation: u16,
}

impl Kind {
    /// In words, for tables and keys.
    pub fn name(&self) -> String {
        match self {
            Self::Gaussian(sigma) => format!("Gaussian blur, sigma {sigma} px"),
            Self::Motion { length, degrees } => format!("motion blur, {length} px at {degrees} degrees"),
            Self::Exposure(factor) => format!("exposure x {factor}"),
            Self::Grayscale => "grayscale".to_owned(),
            Self::Leaning(degrees) => format!("turned by {degrees} degrees"),
            Self::Filling(times) => format!("cropped to the face's box x {times}"),
            Self::Small(width) => format!("face {width} px wide in 12 megapixels"),
        }
    }
}

impl Change {
    /// `None` if there is no face in the photo.
    pub fn new(kind: Kind, photo: &Measurement) -> Option<Self> {
        let score = |name: &str| photo.scores.get(name).copied();
        let [left, top, right, bottom] = BOX;
        let face = [score(left)?, score(top)?, score(right)?, score(bottom)?];
        Some(Self { kind, aligned_scale: score(ALIGNED_SCALE)?, face, rotation: photo.rotation })
    }

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
            let file = png(&self.paint(&pixels, factor))?;
            if file.len() <= limits.max_bytes || wanted < 64.0 {
                return Ok(file);
            }
            wanted /= 2.0;
        }
    }

    /// `factor`: of these pixels per pixel of the photo.
    fn paint(&self, pixels: &Pixels, factor: f32) -> Pixels {
        let scale = self.aligned_scale / factor;
        let face = self.face.map(|edge| edge * factor);
        match self.kind {
            Kind::Gaussian(sigma) => {
                let kernel = gaussian(sigma / scale);
                convolve(&convolve(pixels, &kernel, (1, 0)), &kernel, (0, 1))
            }
            Kind::Motion { length, degrees } => smear(pixels, &line(length / scale, degrees)),
            Kind::Exposure(factor) => {
                let table: Vec<u8> = (0..=255).map(|v| exposed(v, factor)).collect();
                each(pixels, |p| p.map(|v| table.get(usize::from(v)).copied().unwrap_or_default()))
            }
            Kind::Grayscale => each(pixels, |[r, g, b]| {
                [(0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)).round() as u8; 3]
            }),
            Kind::Leaning(degrees) => frame::leaning(pixels, frame::centre(face), degrees),
            Kind::Filling(times) => frame::around(pixels, face, times),
            Kind::Small(width) => frame::pasted(pixels, face, width),
        }
    }
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
        Change { kind, aligned_scale: 0.5, face: [10.0, 8.0, 30.0, 32.0], rotation: 0 }
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
    }

    #[test]
    fn motion_is_a_line_of_its_length_and_direction() {
        // 2 aligned pixels are 4 pixels: three whole ones and two halves.
        let row = |kind| painted(kind).row(20).iter().step_by(3).copied().collect::<Vec<u8>>();
        assert_eq!(&row(Kind::Motion { length: 2.0, degrees: 0.0 })[17..24], &[0, 31, 63, 63, 63, 31, 0]);
        for degrees in (0..180).step_by(15) {
            let (sin, cos) = (degrees as f32).to_radians().sin_cos();
            let spread = painted(Kind::Motion { length: 8.0, degrees: degrees as f32 });
            let (mut along, mut across, mut sum) = (0.0f32, 0.0f32, 0.0f32);
            for (i, value) in spread.data().iter().step_by(3).enumerate() {
                let (x, y, v) = ((i % 41) as f32 - 20.0, (i / 41) as f32 - 20.0, f32::from(*value));
                along += v * (x * cos + y * sin).powi(2);
                across += v * (x * sin - y * cos).powi(2);
                sum += v;
            }
            // A line of 16 pixels: variance 16² ÷ 12 along, next to nothing across.
            let (along, across) = (along / sum, across / sum);
            assert!((20.0..23.5).contains(&along) && across < 0.6, "{degrees} degrees: {along} {across}");
        }
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
    fn the_face_is_where_it_was_measured() {
        // The dot is the middle of the box, so it stays in the middle however the picture is framed.
        let leaning = painted(Kind::Leaning(45.0));
        assert_eq!((leaning.width(), leaning.height(), leaning.row(20)[60]), (41, 41, 250));
        let filling = painted(Kind::Filling(1.1));
        assert_eq!((filling.width(), filling.height()), (22, 26));
        assert_eq!(filling.row(13)[33], 250);
        let small = change(Kind::Small(50)).apply(png(&dot()).unwrap().into(), &Limits::default()).unwrap();
        let small = Photo::open(small, &Limits::default()).unwrap();
        assert_eq!(u64::from(small.width()) * u64::from(small.height()), 12_000_000);
        let pixels = small.decode(u32::MAX).unwrap();
        assert!(pixels.row(1501)[2001 * 3] > 200, "2.5 times as large: still the dot");
        assert!(Change::new(Kind::Leaning(1.0), &Measurement::without(crate::Outcome::NoFace)).is_none());
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
