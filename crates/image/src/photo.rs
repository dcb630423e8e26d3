//! A photo whose header has been read and found acceptable.

use bytes::Bytes;

use crate::jpeg_header::JpegHeader;
use crate::limits::check_memory;
use crate::orient::Orientation;
use crate::png_header::{PngHeader, SIGNATURE};
use crate::{ImageError, Limits, Pixels, jpeg, png, shrink};

/// The kind of file, decided by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Baseline, extended or progressive Huffman-coded JPEG of 8 bits.
    Jpeg,
    /// PNG, or the first picture of an APNG.
    Png,
}

/// A photo whose header has been read and whose limits have been checked; nothing is decoded yet. Cheap to clone.
#[derive(Clone)]
pub struct Photo {
    bytes: Bytes,
    header: Header,
    max_memory: u64,
}

#[derive(Clone)]
enum Header {
    Jpeg(JpegHeader),
    Png(PngHeader),
}

impl Photo {
    /// Reads the header and checks bytes, pixels and memory; decodes nothing. What follows a JPEG or PNG in the file is
    /// ignored.
    ///
    /// # Errors
    /// Every kind of [`ImageError`]. A photo that opens can still be `Damaged` inside, and can still need too much
    /// memory at a large size; [`Photo::decode`] tells.
    pub fn open(bytes: impl Into<Bytes>, limits: &Limits) -> Result<Self, ImageError> {
        let bytes = bytes.into();
        limits.check_bytes(bytes.len())?;
        let header = if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Header::Jpeg(JpegHeader::read(&bytes, limits)?)
        } else if bytes.starts_with(&SIGNATURE) {
            Header::Png(PngHeader::read(&bytes, limits)?)
        } else {
            return Err(ImageError::UnknownFormat);
        };
        let photo = Self { bytes, header, max_memory: limits.max_memory };
        // The strongest reduction needs the least: if that is too much, no decode can work.
        check_memory(photo.memory_for(1), limits.max_memory)?;
        Ok(photo)
    }

    /// JPEG or PNG.
    pub fn format(&self) -> Format {
        match self.header {
            Header::Jpeg(_) => Format::Jpeg,
            Header::Png(_) => Format::Png,
        }
    }

    /// Pixels from left to right of the upright photo at full size.
    pub fn width(&self) -> u32 {
        self.orientation().size(self.stored_size().0, self.stored_size().1).0
    }

    /// Pixels from top to bottom of the upright photo at full size.
    pub fn height(&self) -> u32 {
        self.orientation().size(self.stored_size().0, self.stored_size().1).1
    }

    /// The file as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Estimated bytes that `decode(min_long_side)` allocates at its peak, the file itself not counted. A caller that
    /// decodes several photos at once can keep the sum within bounds with it. While all processors are busy, the decoder of
    /// progressive JPEGs may take half as much again, for coefficients that wait for its threads.
    pub fn memory_for(&self, min_long_side: u32) -> u64 {
        let (decoding, pixels) = match &self.header {
            Header::Jpeg(h) => {
                let eighths = jpeg::eighths(h, min_long_side);
                let (width, height) = (u64::from(h.width * eighths), u64::from(h.height * eighths));
                (jpeg::memory(h, eighths), width.div_ceil(8) * height.div_ceil(8))
            }
            Header::Png(h) => {
                let factor = shrink::factor(h.width, h.height, min_long_side);
                let pixels = u64::from(h.width.div_ceil(factor)) * u64::from(h.height.div_ceil(factor));
                (png::memory(h, factor), pixels)
            }
        };
        // A quarter turn needs a second picture, when the decoder's memory is free again.
        if self.orientation().swaps_sides() { decoding.max(2 * 3 * pixels) } else { decoding }
    }

    /// Decodes upright RGB8 at the smallest size the decoder can make whose long side is at least `min_long_side`, at
    /// full size if the photo is smaller: a JPEG at 1/1, 1/2, 1/4 or 1/8, a PNG at 1/n. Takes milliseconds to a few
    /// hundred of them; no place for an async task.
    ///
    /// # Errors
    /// `Damaged` or `Unsupported` data, or `TooMuchMemory` at this size.
    pub fn decode(&self, min_long_side: u32) -> Result<Pixels, ImageError> {
        check_memory(self.memory_for(min_long_side), self.max_memory)?;
        let (width, height, rgb) = match &self.header {
            Header::Jpeg(h) => jpeg::decode(&self.bytes, h, jpeg::eighths(h, min_long_side), self.max_memory)?,
            Header::Png(h) => png::decode(&self.bytes, h, shrink::factor(h.width, h.height, min_long_side))?,
        };
        let pixels = Pixels::new(width, height, rgb).ok_or_else(|| ImageError::damaged("wrong number of pixels"))?;
        Ok(pixels.oriented(self.orientation()))
    }

    fn orientation(&self) -> Orientation {
        match &self.header {
            Header::Jpeg(h) => h.orientation,
            Header::Png(h) => h.orientation,
        }
    }

    fn stored_size(&self) -> (u32, u32) {
        match &self.header {
            Header::Jpeg(h) => (h.width, h.height),
            Header::Png(h) => (h.width, h.height),
        }
    }
}

impl std::fmt::Debug for Photo {
    /// Format and size only: a photo belongs in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Photo({:?}, {} x {}, {} bytes)", self.format(), self.width(), self.height(), self.bytes.len())
    }
}
