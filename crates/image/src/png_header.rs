//! A PNG's chunks, read without decoding: size, colour type, orientation, and whether the data can hold the picture.

use crate::orient::Orientation;
use crate::{ImageError, Limits};

pub(crate) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// No deflate stream grows more than this (258 bytes from 2 bits).
const MAX_DEFLATE_RATIO: u64 = 1032;

/// Adam7: first column, first row, column step, row step of each pass (PNG 8.2).
pub(crate) const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

/// What the decoder needs to know.
#[derive(Clone, Debug)]
pub(crate) struct PngHeader {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 1, 2, 4, 8, 16, 24, 32, 48 or 64.
    pub(crate) bits_per_pixel: u8,
    pub(crate) interlaced: bool,
    pub(crate) orientation: Orientation,
}

impl PngHeader {
    /// Walks over all chunks, inflating none, and checks size and plausibility.
    pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ImageError> {
        let mut chunks = Chunks(bytes.get(SIGNATURE.len()..).unwrap_or_default());
        let Some((b"IHDR", ihdr, true)) = chunks.next() else { return Err(ImageError::damaged("no PNG header")) };
        let mut header = Self::from_ihdr(ihdr, limits)?;
        let mut data = 0;
        for (name, content, whole) in chunks {
            match name {
                b"IDAT" => data += content.len() as u64,
                // Whole RGB entries, 256 at most (PNG 11.2.2); the decoder panics at anything else.
                b"PLTE" if content.is_empty() || content.len() > 768 || !content.len().is_multiple_of(3) => {
                    return Err(ImageError::damaged("broken palette"));
                }
                b"eXIf" if whole => header.orientation = Orientation::from_exif(content),
                b"IEND" => break,
                _ => {}
            }
        }
        if data * MAX_DEFLATE_RATIO < header.raw_bytes() {
            return Err(ImageError::damaged("less data than the header promises"));
        }
        Ok(header)
    }

    fn from_ihdr(ihdr: &[u8], limits: &Limits) -> Result<Self, ImageError> {
        let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, compression, filter, interlace] = ihdr else {
            return Err(ImageError::damaged("PNG header of a wrong length"));
        };
        let (width, height) = (u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
        limits.check_size(width, height)?;
        let channels = match (colour, depth) {
            (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) => 1,
            (2, 8 | 16) => 3,
            (4, 8 | 16) => 2,
            (6, 8 | 16) => 4,
            _ => return Err(ImageError::damaged("impossible PNG colour type")),
        };
        if compression != 0 || filter != 0 || interlace > 1 {
            return Err(ImageError::damaged("impossible PNG header"));
        }
        let bits_per_pixel = channels * depth;
        Ok(Self { width, height, bits_per_pixel, interlaced: interlace == 1, orientation: Orientation::default() })
    }

    /// Bytes of one row of `width` pixels before unpacking, the filter byte included.
    pub(crate) fn row_bytes(&self, width: u32) -> u64 {
        (u64::from(width) * u64::from(self.bits_per_pixel)).div_ceil(8) + 1
    }

    /// Width and number of the rows of each Adam7 pass.
    pub(crate) fn pass_sizes(&self) -> impl Iterator<Item = (u32, u32)> {
        let (width, height) = (self.width, self.height);
        let count = |side: u32, first: u32, step: u32| side.saturating_sub(first).div_ceil(step);
        PASSES.iter().map(move |&(x, y, dx, dy)| (count(width, x, dx), count(height, y, dy)))
    }

    fn raw_bytes(&self) -> u64 {
        if !self.interlaced {
            return self.row_bytes(self.width) * u64::from(self.height);
        }
        self.pass_sizes().filter(|&(w, _)| w > 0).map(|(w, h)| self.row_bytes(w) * u64::from(h)).sum()
    }
}

/// Name, content, and whether the content is complete, of each chunk; ends where the file ends.
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8], bool);

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let content = rest.get(..length).unwrap_or(rest);
        self.0 = rest.get(length..).and_then(|r| r.get(4..)).unwrap_or_default();
        Some((name, content, content.len() == length))
    }
}
