//! Other frames for the same face: turned, filled by it, or so large that it is tiny.

use facegate_image::Pixels;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// Width and height of the large picture: 12 megapixels, as phones take them.
const LARGE: (u32, u32) = (4000, 3000);
/// Its brightness where nothing is.
const GREY: u8 = 128;

/// The middle of a box given by its left, top, right and bottom.
pub(super) fn centre([left, top, right, bottom]: [f32; 4]) -> (f32, f32) {
    ((left + right) / 2.0, (top + bottom) / 2.0)
}

/// The picture turned clockwise about a point; what was outside repeats the border.
pub(super) fn leaning(pixels: &Pixels, (cx, cy): (f32, f32), degrees: f32) -> Pixels {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (right, bottom) = (pixels.width() as f32 - 1.0, pixels.height() as f32 - 1.0);
    let mut data = Vec::with_capacity(pixels.data().len());
    for y in 0..pixels.height() {
        for x in 0..pixels.width() {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let at_x = (cx + dx * cos + dy * sin).clamp(0.0, right);
            let at_y = (cy - dx * sin + dy * cos).clamp(0.0, bottom);
            data.extend(between(pixels, at_x, at_y));
        }
    }
    Pixels::padded(pixels.width(), pixels.height(), data)
}

/// The colour between four pixels; the place must lie inside.
fn between(pixels: &Pixels, x: f32, y: f32) -> [u8; 3] {
    let (fx, fy) = (x.fract(), y.fract());
    let (left, top) = (x as u32, y as u32);
    let (right, bottom) = ((left + 1).min(pixels.width() - 1), (top + 1).min(pixels.height() - 1));
    let sample = |x: u32, y: u32, channel: usize| {
        f32::from(pixels.row(y).get(x as usize * 3 + channel).copied().unwrap_or_default())
    };
    std::array::from_fn(|c| {
        let above = sample(left, top, c) * (1.0 - fx) + sample(right, top, c) * fx;
        let below = sample(left, bottom, c) * (1.0 - fx) + sample(right, bottom, c) * fx;
        (above * (1.0 - fy) + below * fy).round() as u8
    })
}

/// `times` the box about its middle, as far as the picture has it.
pub(super) fn around(pixels: &Pixels, face: [f32; 4], times: f32) -> Pixels {
    let [left, top, right, bottom] = face;
    let (cx, cy) = centre(face);
    let (half_x, half_y) = ((right - left) * times / 2.0, (bottom - top) * times / 2.0);
    // Casts saturate at 0; at least one pixel stays.
    let span = |from: f32, to: f32, length: u32| {
        let start = (from.round() as u32).min(length - 1);
        start..(to.round() as u32).clamp(start + 1, length)
    };
    let columns = span(cx - half_x, cx + half_x, pixels.width());
    let rows = span(cy - half_y, cy + half_y, pixels.height());
    let (from, to) = (columns.start as usize * 3, columns.end as usize * 3);
    let (width, height) = (columns.end - columns.start, rows.end - rows.start);
    let data = rows.flat_map(|y| pixels.row(y).get(from..to).unwrap_or_default()).copied().collect();
    Pixels::padded(width, height, data)
}

/// The picture resized until the box is `width` pixels wide, with the box in the middle of a large grey picture.
pub(super) fn pasted(pixels: &Pixels, face: [f32; 4], width: u16) -> Pixels {
    let scale = f32::from(width) / (face[2] - face[0]).max(1.0);
    let (cx, cy) = centre(face);
    // Where the part that fits begins, how long it is, and where it goes, along one axis.
    let part = |centre: f32, length: u32, large: u32| {
        let reach = large as f32 / 2.0 / scale;
        let start = (centre - reach).clamp(0.0, length as f32 - 1.0);
        let taken = (centre + reach).clamp(start + 1.0, length as f32) - start;
        let shown = ((taken * scale).round() as u32).clamp(1, large);
        let place = ((large as f32 / 2.0 + (start - centre) * scale).round() as u32).min(large - shown);
        (f64::from(start), f64::from(taken), shown, place)
    };
    let (left, wide, shown_wide, x) = part(cx, pixels.width(), LARGE.0);
    let (top, high, shown_high, y) = part(cy, pixels.height(), LARGE.1);
    let small = resized(pixels, (left, top, wide, high), shown_wide, shown_high);
    let mut data = vec![GREY; LARGE.0 as usize * LARGE.1 as usize * 3];
    let stride = LARGE.0 as usize * 3;
    let into = data.chunks_exact_mut(stride).skip(y as usize);
    for (line, row) in into.zip(small.data().chunks_exact(shown_wide as usize * 3)) {
        if let Some(place) = line.get_mut(x as usize * 3..x as usize * 3 + row.len()) {
            place.copy_from_slice(row);
        }
    }
    Pixels::padded(LARGE.0, LARGE.1, data)
}

fn resized(pixels: &Pixels, (left, top, wide, high): (f64, f64, f64, f64), width: u32, height: u32) -> Pixels {
    let algorithm = ResizeAlg::Convolution(FilterType::Bilinear);
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false).crop(left, top, wide, high);
    let mut data = vec![0; width as usize * height as usize * 3];
    // For this one pixel type: the untyped call takes minutes to compile.
    let view = TypedImageRef::<U8x3>::from_buffer(pixels.width(), pixels.height(), pixels.data());
    let target = TypedImage::<U8x3>::from_buffer(width, height, &mut data);
    // Fails only on buffers of a wrong size, which the types rule out: a black picture then.
    if let (Ok(view), Ok(mut target)) = (view, target) {
        let resized = Resizer::new().resize_typed(&view, &mut target, &options);
        debug_assert!(resized.is_ok(), "{resized:?}");
    }
    Pixels::padded(width, height, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red grows to the right, green downwards.
    fn slope(width: u32, height: u32) -> Pixels {
        let pixel = |i: u32| [(i % width) as u8 * 2, (i / width) as u8 * 2, 7];
        Pixels::new(width, height, (0..width * height).flat_map(pixel).collect()).unwrap()
    }

    fn at(pixels: &Pixels, x: u32, y: u32) -> [u8; 3] {
        let start = x as usize * 3;
        pixels.row(y)[start..start + 3].try_into().unwrap()
    }

    #[test]
    fn clockwise_takes_the_top_to_the_right() {
        let turned = leaning(&slope(101, 101), (50.0, 50.0), 90.0);
        assert_eq!(at(&turned, 80, 50), [100, 40, 7], "it was 30 above the middle");
        assert_eq!(at(&leaning(&slope(101, 101), (50.0, 50.0), 30.0), 50, 50), [100, 100, 7]);
        // What was outside is the border.
        assert_eq!(at(&leaning(&slope(101, 101), (50.0, 50.0), 45.0), 0, 0), [0, 100, 7]);
    }

    #[test]
    fn what_is_cut_out_stays_inside() {
        let part = around(&slope(100, 60), [40.0, 20.0, 60.0, 40.0], 1.5);
        assert_eq!((part.width(), part.height(), at(&part, 0, 0)), (30, 30, [70, 30, 7]));
        let corner = around(&slope(100, 60), [-20.0, -30.0, 20.0, 10.0], 1.1);
        assert_eq!((corner.width(), corner.height(), at(&corner, 0, 0)), (22, 12, [0, 0, 7]));
        let outside = around(&slope(100, 60), [300.0, 300.0, 310.0, 310.0], 1.0);
        assert_eq!((outside.width(), outside.height()), (1, 1));
    }

    #[test]
    fn a_pasted_face_has_its_width_and_lies_in_the_middle() {
        for (pixels, face) in [(slope(100, 60), [20.0, 10.0, 40.0, 50.0]), (slope(100, 100), [60.0, 60.0, 61.0, 61.0])]
        {
            let scale = 80.0 / (face[2] - face[0]);
            let large = pasted(&pixels, face, 80);
            assert_eq!((large.width(), large.height()), LARGE);
            let (x, y) = centre(face);
            let middle = at(&large, 2000, 1500);
            assert!(
                (f32::from(middle[0]) - 2.0 * x).abs() <= 3.0 && (f32::from(middle[1]) - 2.0 * y).abs() <= 3.0,
                "{middle:?}"
            );
            let line = large.row(1500).as_chunks::<3>().0;
            let shown = line.iter().filter(|p| p[2] == 7).count() as f32;
            assert!((shown - (100.0 * scale).min(4000.0)).abs() <= 1.0, "{shown} at {scale}");
        }
    }
}
