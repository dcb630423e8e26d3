//! EXIF orientation: reading the one tag, and turning pixels by it.
//!
//! The tag is read by hand and not with an EXIF library. `kamadak-exif` 0.6 follows every sub-directory, so 64 KiB of
//! overlapping directories made it take 75 MB (measured), and only one entry of the first directory is wanted.

/// The eight EXIF orientations (TIFF 6.0, tag 274): what has to be done to the stored picture to see it upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Orientation {
    /// 1
    #[default]
    Upright,
    /// 2
    FlipHorizontal,
    /// 3
    Turn180,
    /// 4
    FlipVertical,
    /// 5
    Transpose,
    /// 6: turn by 90 degrees clockwise
    Turn90,
    /// 7
    Transverse,
    /// 8: turn by 270 degrees clockwise
    Turn270,
}

const ORIENTATION_TAG: u16 = 0x0112;
const TYPE_SHORT: u16 = 3;

impl Orientation {
    /// From a TIFF block (the content of APP1 after `Exif\0\0`, or of a PNG `eXIf` chunk). Anything broken or unknown
    /// is upright.
    pub(crate) fn from_exif(tiff: &[u8]) -> Self {
        Self::read(tiff).unwrap_or_default()
    }

    fn read(tiff: &[u8]) -> Option<Self> {
        let order: fn([u8; 2]) -> u16 = match tiff.get(..2)? {
            b"II" => u16::from_le_bytes,
            b"MM" => u16::from_be_bytes,
            _ => return None,
        };
        let short = |at: usize| Some(order(tiff.get(at..)?.first_chunk().copied()?));
        if short(2)? != 42 {
            return None;
        }
        let (a, b) = (usize::from(short(4)?), usize::from(short(6)?));
        let directory = if tiff.starts_with(b"II") { a | b << 16 } else { a << 16 | b };
        let entries = usize::from(short(directory)?);
        let entry = (0..entries).map(|i| directory + 2 + 12 * i).find(|&at| short(at) == Some(ORIENTATION_TAG))?;
        if short(entry + 2)? != TYPE_SHORT {
            return None;
        }
        Some(match short(entry + 8)? {
            2 => Self::FlipHorizontal,
            3 => Self::Turn180,
            4 => Self::FlipVertical,
            5 => Self::Transpose,
            6 => Self::Turn90,
            7 => Self::Transverse,
            8 => Self::Turn270,
            _ => Self::Upright,
        })
    }

    /// Width and height change places.
    pub(crate) fn swaps_sides(self) -> bool {
        matches!(self, Self::Transpose | Self::Turn90 | Self::Transverse | Self::Turn270)
    }

    /// `(width, height)` after [`Orientation::apply`].
    pub(crate) fn size(self, width: u32, height: u32) -> (u32, u32) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }

    /// Turns `width` x `height` RGB8 pixels; in place unless the sides change places.
    pub(crate) fn apply(self, mut data: Vec<u8>, width: usize, height: usize) -> Vec<u8> {
        let (pixels, _) = data.as_chunks_mut::<3>();
        match self {
            Self::Upright => {}
            Self::FlipHorizontal => pixels.chunks_exact_mut(width).for_each(<[_]>::reverse),
            Self::Turn180 => pixels.reverse(),
            Self::FlipVertical => {
                for y in 0..height / 2 {
                    let (top, bottom) = pixels.split_at_mut((height - 1 - y) * width);
                    top[y * width..][..width].swap_with_slice(&mut bottom[..width]);
                }
            }
            Self::Transpose => return swap_sides(pixels, width, height, |x, y| y + x * width),
            Self::Turn90 => return swap_sides(pixels, width, height, |x, y| y + (height - 1 - x) * width),
            Self::Transverse => {
                return swap_sides(pixels, width, height, |x, y| width - 1 - y + (height - 1 - x) * width);
            }
            Self::Turn270 => return swap_sides(pixels, width, height, |x, y| width - 1 - y + x * width),
        }
        data
    }
}

/// A picture of `height` x `width` whose pixel (x, y) is `pixels[source(x, y)]`.
fn swap_sides(pixels: &[[u8; 3]], width: usize, height: usize, source: impl Fn(usize, usize) -> usize) -> Vec<u8> {
    /// Tiles keep both the row that is written and the column that is read in the cache.
    const TILE: usize = 32;
    let mut turned = vec![0; pixels.len() * 3];
    let (out, _) = turned.as_chunks_mut::<3>();
    for y0 in (0..width).step_by(TILE) {
        for x0 in (0..height).step_by(TILE) {
            for y in y0..(y0 + TILE).min(width) {
                for x in x0..(x0 + TILE).min(height) {
                    out[y * height + x] = pixels[source(x, y)];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiff(big_endian: bool, kind: u16, value: u16) -> Vec<u8> {
        let short = |v: u16| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let long = |v: u32| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let mut t = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        t.extend(short(42));
        t.extend(long(8));
        t.extend(short(2));
        for (tag, kind, value) in [(0x0100, 3, 77), (ORIENTATION_TAG, kind, value)] {
            t.extend([short(tag), short(kind)].concat());
            t.extend(long(1));
            t.extend([short(value), short(0)].concat());
        }
        t.extend(long(0));
        t
    }

    #[test]
    fn reads_both_byte_orders_and_ignores_what_is_broken() {
        for big in [false, true] {
            assert_eq!(Orientation::from_exif(&tiff(big, 3, 6)), Orientation::Turn90);
            for value in [0, 1, 9, 999] {
                assert_eq!(Orientation::from_exif(&tiff(big, 3, value)), Orientation::Upright);
            }
            assert_eq!(Orientation::from_exif(&tiff(big, 2, 6)), Orientation::Upright, "a text is no orientation");
            let whole = tiff(big, 3, 8);
            for cut in 0..whole.len() {
                let _ = Orientation::from_exif(&whole[..cut]);
            }
            let trailing = [whole, vec![0xAB; 999]].concat();
            assert_eq!(Orientation::from_exif(&trailing), Orientation::Turn270);
        }
        assert_eq!(Orientation::from_exif(b""), Orientation::Upright);
        assert_eq!(Orientation::from_exif(b"II*\0\xff\xff\xff\xff"), Orientation::Upright);
    }

    #[test]
    fn agrees_with_an_exif_library() {
        for big in [false, true] {
            for value in 1..=8u16 {
                let block = tiff(big, 3, value);
                let library = exif::Reader::new().read_raw(block.clone()).unwrap();
                let field = library.get_field(exif::Tag::Orientation, exif::In::PRIMARY).unwrap();
                assert_eq!(field.value.get_uint(0), Some(u32::from(value)));
                assert_eq!(Orientation::from_exif(&block) as u16 + 1, value);
            }
        }
    }

    #[test]
    fn turns_a_small_picture() {
        // 1 2 3
        // 4 5 6
        let picture: Vec<u8> = (1..=6).flat_map(|v| [v; 3]).collect();
        let seen = |o: Orientation| -> Vec<u8> { o.apply(picture.clone(), 3, 2).chunks(3).map(|p| p[0]).collect() };
        assert_eq!(seen(Orientation::Upright), [1, 2, 3, 4, 5, 6]);
        assert_eq!(seen(Orientation::FlipHorizontal), [3, 2, 1, 6, 5, 4]);
        assert_eq!(seen(Orientation::Turn180), [6, 5, 4, 3, 2, 1]);
        assert_eq!(seen(Orientation::FlipVertical), [4, 5, 6, 1, 2, 3]);
        assert_eq!(seen(Orientation::Transpose), [1, 4, 2, 5, 3, 6]);
        assert_eq!(seen(Orientation::Turn90), [4, 1, 5, 2, 6, 3]);
        assert_eq!(seen(Orientation::Transverse), [6, 3, 5, 2, 4, 1]);
        assert_eq!(seen(Orientation::Turn270), [3, 6, 2, 5, 1, 4]);
    }
}
