//! Small photos of every kind, made on the spot.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::Write;

use facegate_image::{Limits, Photo, Pixels};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// A smooth, colourful picture that looks different from every side. Small ones are as smooth as large ones, so that
/// chroma subsampling does them no harm.
pub fn picture(width: u32, height: u32) -> Pixels {
    let data = (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| {
                let (u, v) = (x as f32 / width.max(100) as f32, y as f32 / height.max(100) as f32);
                let wave = 30.0 * (u * 9.0 + v * 5.0).sin();
                [220.0 * u, 40.0 + 170.0 * v * (1.0 - 0.5 * u), 128.0 - 80.0 * u + wave]
                    .map(|c| c.clamp(0.0, 255.0) as u8)
            })
        })
        .collect();
    Pixels::new(width, height, data).unwrap()
}

pub fn open(bytes: &[u8]) -> Photo {
    Photo::open(bytes.to_vec(), &Limits::default()).unwrap()
}

/// Mean absolute difference of two pictures of one size, in steps of 1/255.
pub fn difference(a: &Pixels, b: &Pixels) -> f64 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let sum: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.data().len() as f64
}

/// Means over boxes of `by` x `by` pixels, counted from the top left.
pub fn boxed(p: &Pixels, by: u32) -> Pixels {
    let (width, height) = (p.width().div_ceil(by), p.height().div_ceil(by));
    let mut data = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let (rows, columns) = (y * by..p.height().min((y + 1) * by), x * by..p.width().min((x + 1) * by));
        let count = (rows.len() * columns.len()) as u32;
        let mut sum = [0u32; 3];
        for (y, x) in rows.flat_map(|y| columns.clone().map(move |x| (y, x))) {
            rgb_at(p, x, y).into_iter().zip(&mut sum).for_each(|(v, s)| *s += u32::from(v));
        }
        data.extend(sum.map(|s| (s / count) as u8));
    }
    Pixels::new(width, height, data).unwrap()
}

/// An Exif block (TIFF) with an orientation only.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block
}

#[derive(Clone)]
pub struct Jpeg {
    pub colour: ColorType,
    pub sampling: SamplingFactor,
    pub progressive: bool,
    pub restart: u16,
    pub exif: Option<Vec<u8>>,
}

impl Default for Jpeg {
    fn default() -> Self {
        Self { colour: ColorType::Rgb, sampling: SamplingFactor::F_2_2, progressive: false, restart: 0, exif: None }
    }
}

impl Jpeg {
    pub fn encode(&self, samples: &[u8], width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 95);
        encoder.set_sampling_factor(self.sampling);
        encoder.set_progressive(self.progressive);
        encoder.set_restart_interval(self.restart);
        if let Some(exif) = &self.exif {
            encoder.add_exif_metadata(exif).unwrap();
        }
        encoder.encode(samples, width as u16, height as u16, self.colour).unwrap();
        file
    }

    pub fn of(&self, picture: &Pixels) -> Vec<u8> {
        self.encode(picture.data(), picture.width(), picture.height())
    }
}

pub fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(content);
    let mut out = (content.len() as u32).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(content);
    out.extend(crc.sum().to_be_bytes());
    out
}

pub fn deflated(raw: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(raw).unwrap();
    encoder.finish().unwrap()
}

pub struct Png {
    pub width: u32,
    pub height: u32,
    pub depth: u8,
    pub colour: u8,
    pub interlaced: bool,
    /// Chunks between the header and the data.
    pub before: Vec<u8>,
}

impl Png {
    pub fn new(width: u32, height: u32, colour: u8, depth: u8) -> Self {
        Self { width, height, depth, colour, interlaced: false, before: Vec::new() }
    }

    pub fn header(&self) -> Vec<u8> {
        let mut ihdr = [self.width.to_be_bytes(), self.height.to_be_bytes()].concat();
        ihdr.extend([self.depth, self.colour, 0, 0, u8::from(self.interlaced)]);
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &ihdr)].concat()
    }

    /// `samples(x, y)`: the samples of one pixel, each 0 to 2^depth - 1.
    pub fn encode(&self, samples: impl Fn(u32, u32) -> Vec<u16>) -> Vec<u8> {
        let passes: &[(u32, u32, u32, u32)] = match self.interlaced {
            true => &[(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)],
            false => &[(0, 0, 1, 1)],
        };
        let mut raw = Vec::new();
        for &(x0, y0, dx, dy) in passes {
            if x0 >= self.width {
                continue;
            }
            for y in (y0..self.height).step_by(dy as usize) {
                raw.push(0);
                let (mut bits, mut held) = (0u32, 0);
                for sample in (x0..self.width).step_by(dx as usize).flat_map(|x| samples(x, y)) {
                    bits = bits << self.depth | u32::from(sample);
                    held += self.depth;
                    while held >= 8 {
                        held -= 8;
                        raw.push((bits >> held) as u8);
                    }
                }
                if held > 0 {
                    raw.push((bits << (8 - held)) as u8);
                }
            }
        }
        [self.header(), self.before.clone(), chunk(b"IDAT", &deflated(&raw)), chunk(b"IEND", &[])].concat()
    }

    pub fn of(picture: &Pixels) -> Vec<u8> {
        Self::new(picture.width(), picture.height(), 2, 8).encode(|x, y| rgb_at(picture, x, y).map(u16::from).to_vec())
    }
}

pub fn rgb_at(picture: &Pixels, x: u32, y: u32) -> [u8; 3] {
    let at = x as usize * 3;
    picture.row(y)[at..at + 3].try_into().unwrap()
}

/// The picture at another size, without aliasing: what a reduced decode is compared with.
pub fn resized(pixels: &Pixels, width: u32, height: u32) -> Pixels {
    use fast_image_resize::images::{TypedImage, TypedImageRef};
    use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer, pixels::U8x3};
    let mut data = vec![0; width as usize * height as usize * 3];
    let source = TypedImageRef::<U8x3>::from_buffer(pixels.width(), pixels.height(), pixels.data()).unwrap();
    let mut target = TypedImage::<U8x3>::from_buffer(width, height, &mut data).unwrap();
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize_typed(&source, &mut target, &options).unwrap();
    Pixels::new(width, height, data).unwrap()
}
