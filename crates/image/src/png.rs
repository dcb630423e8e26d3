//! PNG to RGB, reduced by whole boxes while the rows stream in; interlaced pictures too are never held at full size.

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, Limits as PngLimits, Reader, Transformations};

use crate::ImageError;
use crate::colour::{gray_alpha_to_rgb, gray_to_rgb, rgba_to_rgb};
use crate::png_header::{PASSES, PngHeader};
use crate::shrink::Shrink;

/// Bytes that [`decode`] allocates at its peak, upright copy not counted.
pub(crate) fn memory(header: &PngHeader, factor: u32) -> u64 {
    let out = u64::from(header.width.div_ceil(factor)) * u64::from(header.height.div_ceil(factor)) * 3;
    // The decoder keeps up to six raw rows or 128 KiB, and its inflate window.
    let rows = 8 * header.row_bytes(header.width) + 512 * 1024;
    // One row unpacked to RGBA, as RGB, and one row of sums (4 bytes x 3).
    let unpacked = (4 + 3 + 12) * u64::from(header.width);
    let sums = if header.interlaced && factor > 1 { 4 * out } else { 0 };
    rows + unpacked + sums + out
}

/// Width, height and RGB8 as stored (not yet upright), reduced by `factor`.
pub(crate) fn decode(bytes: &[u8], header: &PngHeader, factor: u32) -> Result<(u32, u32, Vec<u8>), ImageError> {
    // Rows and chunks; chunks are no longer than the file.
    let limits = PngLimits { bytes: memory(header, factor) as usize + 2 * bytes.len() };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    // Compressed profiles and texts are not inflated: nobody reads them, and they may be bombs.
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(refusal)?;
    let info = reader.info();
    let frame = info.frame_control.map_or((info.width, info.height), |f| (f.width, f.height));
    if (info.width, info.height) != (header.width, header.height) || frame != (header.width, header.height) {
        return Err(ImageError::damaged("two different headers"));
    }
    let mut rows = Rows::new(&mut reader, header.width)?;
    let mut shrink = Shrink::new(header.width, header.height, factor, header.interlaced);
    if header.interlaced {
        for ((x0, y0, dx, dy), (width, count)) in PASSES.into_iter().zip(header.pass_sizes()) {
            // A pass without columns has no rows in the file.
            for y in (0..if width == 0 { 0 } else { count }).map(|i| y0 + i * dy) {
                let row = rows.next(width)?;
                for (i, &rgb) in row.as_chunks::<3>().0.iter().enumerate() {
                    shrink.pixel(x0 as usize + i * dx as usize, y as usize, rgb);
                }
            }
        }
    } else {
        for y in 0..header.height as usize {
            shrink.row(y, rows.next(header.width)?);
        }
    }
    rows.end()?;
    Ok(shrink.finish())
}

/// Row after row as RGB8.
struct Rows<'a, 'b> {
    reader: &'a mut Reader<Cursor<&'b [u8]>>,
    colour: ColorType,
    unpacked: Vec<u8>,
    rgb: Vec<u8>,
}

impl<'a, 'b> Rows<'a, 'b> {
    fn new(reader: &'a mut Reader<Cursor<&'b [u8]>>, width: u32) -> Result<Self, ImageError> {
        let (colour, _) = reader.output_color_type();
        let Some(line) = reader.output_line_size(width) else { return Err(ImageError::damaged("broken PNG data")) };
        Ok(Self { reader, colour, unpacked: vec![0; line], rgb: vec![0; width as usize * 3] })
    }

    /// The next row, which has `width` pixels.
    fn next(&mut self, width: u32) -> Result<&[u8], ImageError> {
        if self.reader.read_row(&mut self.unpacked).map_err(refusal)?.is_none() {
            return Err(ImageError::damaged("PNG data cut off"));
        }
        let rgb = &mut self.rgb[..width as usize * 3];
        match self.colour {
            ColorType::Grayscale => gray_to_rgb(&self.unpacked, rgb),
            ColorType::GrayscaleAlpha => gray_alpha_to_rgb(&self.unpacked, rgb),
            ColorType::Rgba => rgba_to_rgb(&self.unpacked, rgb),
            // A palette has been unpacked to RGB or RGBA.
            ColorType::Rgb | ColorType::Indexed => rgb.copy_from_slice(&self.unpacked[..rgb.len()]),
        }
        Ok(rgb)
    }

    /// After the last row: reads up to the checksum of the data. That the file ends before it does no harm.
    fn end(&mut self) -> Result<(), ImageError> {
        match self.reader.read_row(&mut self.unpacked) {
            Ok(_) | Err(DecodingError::IoError(_)) => Ok(()),
            Err(error) => Err(refusal(error)),
        }
    }
}

/// The decoder's own words may quote the file, so they are not passed on.
fn refusal(error: DecodingError) -> ImageError {
    match error {
        DecodingError::IoError(_) => ImageError::damaged("PNG data cut off"),
        _ => ImageError::damaged("broken PNG data"),
    }
}
