//! Why a photo was refused. The texts never carry a byte of the photo.

/// Why a photo was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The file is larger than [`crate::Limits::max_bytes`].
    #[error("the file has {bytes} bytes, at most {max} are allowed")]
    TooManyBytes {
        /// Size of the file.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The first bytes are neither a JPEG's nor a PNG's.
    #[error("neither a JPEG nor a PNG")]
    UnknownFormat,
    /// The header announces more pixels than [`crate::Limits::max_pixels`].
    #[error("the picture has {width} x {height} pixels, at most {max} are allowed")]
    TooManyPixels {
        /// Width as stored in the file.
        width: u32,
        /// Height as stored in the file.
        height: u32,
        /// The limit on width x height.
        max: u64,
    },
    /// Decoding would need more memory than [`crate::Limits::max_memory`].
    #[error("decoding needs {bytes} bytes of memory, at most {max} are allowed")]
    TooMuchMemory {
        /// Estimated need.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The file is broken, cut off, or its header promises what the data does not hold.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A valid file of a kind that is not supported, e.g. arithmetic coding, 12 bits or lossless JPEG.
    #[error("unsupported: {0}")]
    Unsupported(String),
}

impl ImageError {
    pub(crate) fn damaged(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }

    pub(crate) fn unsupported(what: &str) -> Self {
        Self::Unsupported(what.to_owned())
    }
}
