//! How much one photo may cost.

use crate::ImageError;

/// The longest side that is accepted, in pixels: libjpeg's `JPEG_MAX_DIMENSION`, applied to PNG too. It keeps 16-bit
/// arithmetic inside the JPEG decoders from overflowing and one PNG row small.
pub(crate) const MAX_SIDE: u32 = 65_500;

/// How much one photo may cost; checked from the header, before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Width x height.
    pub max_pixels: u64,
    /// Bytes that one decode may allocate at its peak, the file itself not counted (see [`crate::Photo::memory_for`]).
    pub max_memory: u64,
}

impl Default for Limits {
    /// 5 MiB and 50 megapixels. 220 MB lets through a 50 MP progressive 4:2:0 JPEG, whose coefficients alone take
    /// 150 MB at any scale, and any 50 MP baseline JPEG or PNG at a reduced size (below 100 MB; an interlaced PNG at
    /// half size 190 MB).
    fn default() -> Self {
        Self { max_bytes: 5 * 1024 * 1024, max_pixels: 50_000_000, max_memory: 220_000_000 }
    }
}

impl Limits {
    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<(), ImageError> {
        if bytes > self.max_bytes {
            return Err(ImageError::TooManyBytes { bytes, max: self.max_bytes });
        }
        Ok(())
    }

    /// `width` and `height` as stored in the file; zero is refused here for both formats.
    pub(crate) fn check_size(&self, width: u32, height: u32) -> Result<(), ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::damaged("a picture without pixels"));
        }
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(ImageError::TooManyPixels { width, height, max: self.max_pixels });
        }
        if width.max(height) > MAX_SIDE {
            return Err(ImageError::unsupported("a side of more than 65500 pixels"));
        }
        Ok(())
    }
}

/// `Err` if `bytes` is more than `max`.
pub(crate) fn check_memory(bytes: u64, max: u64) -> Result<(), ImageError> {
    if bytes > max {
        return Err(ImageError::TooMuchMemory { bytes, max });
    }
    Ok(())
}
