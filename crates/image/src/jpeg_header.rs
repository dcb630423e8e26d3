//! A JPEG's marker segments (ITU-T T.81 annex B), read without decoding: size, colour, coding, orientation, and where
//! the picture ends.
//!
//! It is read here and not by a decoder because limits have to be checked first, and because a tiny file can keep a
//! decoder busy for minutes: with an enormous size and next to no data, or with thousands of progressive scans.

use jpeg_decoder::ColorTransform;

use crate::orient::Orientation;
use crate::{ImageError, Limits};

/// Scans of one picture. Encoders write 1 to about 15; each costs a walk over the whole picture however small it is.
const MAX_SCANS: usize = 64;

/// What the decoders need to know.
#[derive(Clone, Debug)]
pub(crate) struct JpegHeader {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) components: Vec<Component>,
    pub(crate) progressive: bool,
    pub(crate) scans: usize,
    pub(crate) transform: ColorTransform,
    /// An Adobe segment is there: CMYK is stored inverted.
    pub(crate) adobe: bool,
    pub(crate) orientation: Orientation,
    /// Where the end marker stands, or the length of the file if it has none. What follows is not the picture.
    pub(crate) end: usize,
}

/// One colour component of the frame.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) id: u8,
    /// Horizontal and vertical sampling factors, 1 to 4.
    pub(crate) sampling: (u8, u8),
}

impl JpegHeader {
    /// Reads all segments and checks size and plausibility; memory is left to the caller.
    pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ImageError> {
        let mut frame: Option<(u8, Frame)> = None;
        let (mut jfif, mut adobe, mut orientation) = (false, None, None);
        let (mut scans, mut coded_bytes) = (0, 0u64);
        let mut at = 2;
        let mut end = None;
        while let Some((marker, after)) = next_marker(bytes, at) {
            // Markers without a segment: end of image, start of image, restarts, TEM.
            match marker {
                0xD9 => {
                    end = Some(after - 2);
                    break;
                }
                0xD8 | 0xD0..=0xD7 | 0x01 => {
                    at = after;
                    continue;
                }
                _ => {}
            }
            let Some(segment) = segment(bytes, after)? else { break };
            at = after + 2 + segment.len();
            match marker {
                0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                    if frame.is_some() {
                        return Err(ImageError::unsupported("hierarchical JPEG"));
                    }
                    frame = Some((marker, Frame::read(marker, segment, limits)?));
                }
                0xCC => return Err(ImageError::unsupported("arithmetic coding")),
                0xDA => {
                    scans += 1;
                    let scan_end = entropy_end(bytes, at);
                    coded_bytes += (scan_end - at) as u64;
                    at = scan_end;
                }
                0xE0 => jfif |= segment.starts_with(b"JFIF\0"),
                0xE1 if orientation.is_none() => {
                    orientation = segment.strip_prefix(b"Exif\0\0").map(Orientation::from_exif);
                }
                0xEE if segment.starts_with(b"Adobe") => adobe = segment.get(11).copied(),
                _ => {}
            }
        }
        let Some((marker, frame)) = frame else { return Err(ImageError::damaged("no frame header")) };
        if scans == 0 {
            return Err(ImageError::damaged("no scan"));
        }
        if scans > MAX_SCANS {
            return Err(ImageError::unsupported("more than 64 scans"));
        }
        let header = Self {
            width: frame.width,
            height: frame.height,
            transform: colour_transform(&frame.components, jfif, adobe),
            components: frame.components,
            progressive: marker == 0xC2,
            scans,
            adobe: adobe.is_some(),
            orientation: orientation.unwrap_or_default(),
            end: end.unwrap_or(bytes.len()),
        };
        header.check_data(coded_bytes)?;
        Ok(header)
    }

    /// A block takes at least one bit for its DC coefficient, and in sequential coding one more for "no others"; a
    /// header that promises more blocks than there are bits is lying.
    fn check_data(&self, coded_bytes: u64) -> Result<(), ImageError> {
        let bits_per_block = if self.progressive { 1 } else { 2 };
        let blocks: u64 = (0..self.components.len()).map(|i| self.blocks(i, false)).sum();
        if coded_bytes * 8 < blocks * bits_per_block {
            return Err(ImageError::damaged("less data than the header promises"));
        }
        Ok(())
    }

    /// Number of 8 x 8 blocks of a component, those that pad it to whole MCUs included if `padded`.
    pub(crate) fn blocks(&self, component: usize, padded: bool) -> u64 {
        let (h, v) = self.components[component].sampling;
        let (h_max, v_max) = self.max_sampling();
        let count = |side: u32, sampling: u8, max: u8| {
            let (side, sampling, max) = (u64::from(side), u64::from(sampling), u64::from(max));
            if padded { side.div_ceil(8 * max) * sampling } else { (side * sampling).div_ceil(8 * max) }
        };
        count(self.width, h, h_max) * count(self.height, v, v_max)
    }

    /// The largest horizontal and vertical sampling factor, at least 1.
    pub(crate) fn max_sampling(&self) -> (u8, u8) {
        self.components.iter().fold((1, 1), |(h, v), c| (h.max(c.sampling.0), v.max(c.sampling.1)))
    }
}

struct Frame {
    width: u32,
    height: u32,
    components: Vec<Component>,
}

impl Frame {
    /// `segment`: precision, height, width, number of components, then id, sampling and table of each (B.2.2).
    fn read(marker: u8, segment: &[u8], limits: &Limits) -> Result<Self, ImageError> {
        match marker {
            0xC0..=0xC2 => {}
            0xC3 | 0xC7 => return Err(ImageError::unsupported("lossless JPEG")),
            0xC5 | 0xC6 => return Err(ImageError::unsupported("hierarchical JPEG")),
            _ => return Err(ImageError::unsupported("arithmetic coding")),
        }
        let Some((&[precision, h1, h0, w1, w0, count], list)) = segment.split_first_chunk() else {
            return Err(ImageError::damaged("frame header cut off"));
        };
        if precision != 8 {
            return Err(ImageError::unsupported("JPEG with other than 8 bits"));
        }
        let (width, height) = (u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0])));
        limits.check_size(width, height)?;
        if !matches!(count, 1 | 3 | 4) {
            return Err(ImageError::unsupported("JPEG with other than 1, 3 or 4 components"));
        }
        let (list, rest) = list.as_chunks::<3>();
        if list.len() != usize::from(count) || !rest.is_empty() {
            return Err(ImageError::damaged("frame header of a wrong length"));
        }
        let components: Vec<_> =
            list.iter().map(|&[id, hv, _]| Component { id, sampling: (hv >> 4, hv & 15) }).collect();
        if components.iter().any(|c| !(1..=4).contains(&c.sampling.0) || !(1..=4).contains(&c.sampling.1)) {
            return Err(ImageError::damaged("impossible sampling factors"));
        }
        Ok(Self { width, height, components })
    }
}

/// The next marker at or after `from`, and where it ends; bytes between segments are skipped as libjpeg does.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&b| b == 0xFF)?;
        at += bytes.get(at..)?.iter().position(|&b| b != 0xFF)?;
        match bytes[at] {
            0 => at += 1,
            marker => return Some((marker, at + 1)),
        }
    }
}

/// The content of the segment whose length field stands at `at`; `None` if the file ends inside it.
fn segment(bytes: &[u8], at: usize) -> Result<Option<&[u8]>, ImageError> {
    let Some(&length) = bytes.get(at..).and_then(|b| b.first_chunk()) else { return Ok(None) };
    let Some(length) = usize::from(u16::from_be_bytes(length)).checked_sub(2) else {
        return Err(ImageError::damaged("segment of a wrong length"));
    };
    Ok(bytes.get(at + 2..).and_then(|b| b.get(..length)))
}

/// Where the entropy-coded data that starts at `from` ends: at the next marker that is neither a stuffed zero nor a
/// restart, or at the end of the file.
fn entropy_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(step) = bytes.get(at..).and_then(|b| b.iter().position(|&b| b == 0xFF)) {
        at += step;
        match bytes.get(at + 1) {
            Some(0 | 0xD0..=0xD7) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => return at,
            None => break,
        }
    }
    bytes.len()
}

/// libjpeg's rules (`default_decompress_parms`), which every other program follows.
fn colour_transform(components: &[Component], jfif: bool, adobe: Option<u8>) -> ColorTransform {
    let ids: Vec<u8> = components.iter().map(|c| c.id).collect();
    match (components.len(), jfif, adobe) {
        (1, ..) => ColorTransform::Grayscale,
        (3, true, _) => ColorTransform::YCbCr,
        (3, false, Some(0)) => ColorTransform::RGB,
        (3, false, Some(_)) => ColorTransform::YCbCr,
        (3, false, None) if ids == *b"RGB" => ColorTransform::RGB,
        (3, ..) => ColorTransform::YCbCr,
        (_, _, None | Some(0)) => ColorTransform::CMYK,
        _ => ColorTransform::YCCK,
    }
}
