//! JPEG to RGB at 1/1, 1/2, 1/4 or 1/8.
//!
//! Two decoders share the work. `jpeg-decoder` can reduce inside the DCT and knows every colour type. `zune-jpeg`
//! cannot, but is about twice as fast at full size and needs two thirds of the memory, so it gets plain baseline
//! pictures at full size. It runs in strict mode; what it refuses, `jpeg-decoder` judges.

use jpeg_decoder::{ColorTransform, Decoder, Error as SlowError, PixelFormat};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::ImageError;
use crate::colour::{cmyk_to_rgb, gray_to_rgb};
use crate::jpeg_header::JpegHeader;

/// Put in place of the end marker, so that a scan that ends early is found out; with a bare end marker both decoders go
/// on as if the rest were gray. Inside a scan `jpeg-decoder` stops at `FF FF 00` with an error, but between segments it
/// skips it. The zeros in front feed the decoder's look-ahead, 8 bytes at most.
const GUARD: [u8; 21] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x00, 0xFF, 0xD9];

/// The same for `zune-jpeg`, which stops inside a scan at a marker that does not exist (T.81 table B.1: reserved).
const FAST_GUARD: [u8; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x02, 0xFF, 0xD9];

/// Eighths of the full size: the smallest of 1, 2, 4, 8 that leaves a long side of at least `min_long_side`.
pub(crate) fn eighths(header: &JpegHeader, min_long_side: u32) -> u32 {
    let long = header.width.max(header.height);
    [1, 2, 4].into_iter().find(|&e| scaled(long, e) >= min_long_side).unwrap_or(8)
}

fn scaled(side: u32, eighths: u32) -> u32 {
    (side * eighths).div_ceil(8)
}

/// Bytes that [`decode`] allocates at its peak, upright copy not counted.
pub(crate) fn memory(header: &JpegHeader, eighths: u32) -> u64 {
    if eighths == 8 && is_plain(header) { fast_memory(header) } else { full_memory(header, eighths) }
}

fn samples(header: &JpegHeader) -> u64 {
    (0..header.components.len()).map(|i| header.blocks(i, true) * 64).sum()
}

/// Progressive coding keeps every coefficient, two bytes each, at any scale.
fn coefficients(header: &JpegHeader) -> u64 {
    if header.progressive { 2 * samples(header) } else { 0 }
}

fn fast_memory(header: &JpegHeader) -> u64 {
    let pixels = u64::from(header.width) * u64::from(header.height);
    let copy_of_file = header.end as u64;
    let rows = 64 * u64::from(header.width);
    // Gray is widened to RGB.
    copy_of_file + rows + if header.components.len() == 1 { pixels * 4 } else { pixels * 3 }
}

fn full_memory(header: &JpegHeader, eighths: u32) -> u64 {
    let pixels = u64::from(scaled(header.width, eighths)) * u64::from(scaled(header.height, eighths));
    let channels = header.components.len() as u64;
    let planes = samples(header) * u64::from(eighths * eighths) / 64;
    // Coefficient rows on their way to the decoder's threads.
    let rows = 256 * u64::from(header.width);
    let copy_of_file = header.end as u64;
    let convert = if channels == 3 { 0 } else { pixels * (channels + 3) };
    copy_of_file + rows + (coefficients(header) + planes + pixels * channels).max(convert)
}

/// The fast decoder is trusted with what cameras and web sites make: gray or YCbCr, usual sampling, one scan. At
/// progressive files it is hardly faster.
fn is_plain(header: &JpegHeader) -> bool {
    let sampling: Vec<_> = header.components.iter().map(|c| c.sampling).collect();
    let usual = match (header.transform, sampling.as_slice()) {
        (ColorTransform::Grayscale, &[luma]) => luma == (1, 1),
        (ColorTransform::YCbCr, &[(1 | 2, 1 | 2), cb, cr]) => cb == (1, 1) && cr == (1, 1),
        _ => false,
    };
    usual && !header.progressive && header.scans == 1
}

/// Width, height and RGB8 as stored (not yet upright). `max_memory` was checked by the caller for [`memory`].
pub(crate) fn decode(
    bytes: &[u8],
    header: &JpegHeader,
    eighths: u32,
    max_memory: u64,
) -> Result<(u32, u32, Vec<u8>), ImageError> {
    if eighths == 8 && is_plain(header) {
        if let Some(rgb) = decode_fast(bytes, header) {
            return Ok((header.width, header.height, rgb));
        }
        crate::limits::check_memory(full_memory(header, eighths), max_memory)?;
    }
    decode_full(bytes, header, eighths)
}

/// `None` if the decoder has anything to find fault with.
fn decode_fast(bytes: &[u8], header: &JpegHeader) -> Option<Vec<u8>> {
    let (width, height) = (header.width as usize, header.height as usize);
    let gray = header.components.len() == 1;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        // The decoder reads the header again: whatever it makes of it, it is not to be larger than what was checked.
        .set_max_width(width)
        .set_max_height(height)
        .jpeg_set_out_colorspace(if gray { ColorSpace::Luma } else { ColorSpace::RGB });
    let stream = [&bytes[..header.end], &FAST_GUARD].concat();
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
    decoder.decode_headers().ok()?;
    if decoder.dimensions()? != (width, height) {
        return None;
    }
    let mut samples = vec![0; width * height * header.components.len()];
    if decoder.output_buffer_size()? != samples.len() {
        return None;
    }
    decoder.decode_into(&mut samples).ok()?;
    Some(if gray { widen(&samples) } else { samples })
}

fn decode_full(bytes: &[u8], header: &JpegHeader, eighths: u32) -> Result<(u32, u32, Vec<u8>), ImageError> {
    let stream = [&bytes[..header.end], &GUARD].concat();
    let mut decoder = Decoder::new(stream.as_slice());
    decoder.set_color_transform(header.transform);
    decoder.read_info().map_err(refusal)?;
    let size = decoder.info().map(|i| (u32::from(i.width), u32::from(i.height)));
    if size != Some((header.width, header.height)) {
        return Err(ImageError::damaged("two different headers"));
    }
    let (width, height) = (scaled(header.width, eighths), scaled(header.height, eighths));
    // The decoder scales until either side is large enough; asking the impossible of the short side leaves it the long.
    let wanted = if width >= height { (width as u16, u16::MAX) } else { (u16::MAX, height as u16) };
    let got = decoder.scale(wanted.0, wanted.1).map_err(refusal)?;
    let samples = decoder.decode().map_err(refusal)?;
    let format = decoder.info().map(|i| i.pixel_format);
    drop(decoder);
    let rgb = match format {
        Some(PixelFormat::L8) => widen(&samples),
        Some(PixelFormat::RGB24) => samples,
        // The decoder has inverted it: Adobe's inverted ink is now ink, anyone else's ink is now inverted.
        Some(PixelFormat::CMYK32) => cmyk_to_rgb(&samples, header.adobe),
        _ => return Err(ImageError::unsupported("JPEG with other than 8 bits")),
    };
    Ok((u32::from(got.0), u32::from(got.1), rgb))
}

fn widen(gray: &[u8]) -> Vec<u8> {
    let mut rgb = vec![0; gray.len() * 3];
    gray_to_rgb(gray, &mut rgb);
    rgb
}

/// The decoder's own words may quote the file, so they are not passed on.
fn refusal(error: SlowError) -> ImageError {
    match error {
        SlowError::Unsupported(_) => ImageError::unsupported("a rare kind of JPEG"),
        SlowError::Io(_) => ImageError::damaged("JPEG data cut off"),
        _ => ImageError::damaged("broken JPEG data"),
    }
}
