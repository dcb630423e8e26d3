//! Pictures made from photographs: blurred, dark, grey, masked, of two people, without a face.

use facegate_image::Pixels;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use serde_json::Value;

/// A wall in daylight.
const WALL: [u8; 3] = [200, 198, 190];

/// A picture of this size, pixel by pixel.
pub fn drawn(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
    let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
    Pixels::new(width, height, data).unwrap()
}

fn at(picture: &Pixels, x: u32, y: u32) -> [u8; 3] {
    let start = x as usize * 3;
    picture.row(y)[start..start + 3].try_into().unwrap()
}

/// The picture with another colour at each place.
pub fn repainted(picture: &Pixels, colour: impl Fn(u32, u32, [u8; 3]) -> [u8; 3]) -> Pixels {
    drawn(picture.width(), picture.height(), |x, y| colour(x, y, at(picture, x, y)))
}

/// The picture at another size, the aspect ratio free.
pub fn resized(picture: &Pixels, width: u32, height: u32) -> Pixels {
    let source = ImageRef::new(picture.width(), picture.height(), picture.data(), PixelType::U8x3).unwrap();
    let mut target = Image::new(width, height, PixelType::U8x3);
    Resizer::new().resize(&source, &mut target, None).unwrap();
    Pixels::new(width, height, target.into_vec()).unwrap()
}

/// The picture with its long side at `long` pixels.
pub fn fitted(picture: &Pixels, long: u32) -> Pixels {
    let scale = f64::from(long) / f64::from(picture.width().max(picture.height()));
    let side = |length: u32| (f64::from(length) * scale).round() as u32;
    resized(picture, side(picture.width()), side(picture.height()))
}

/// What is left after detail finer than `pixels` is gone.
pub fn blurred(picture: &Pixels, pixels: u32) -> Pixels {
    let coarse = resized(picture, picture.width() / pixels, picture.height() / pixels);
    resized(&coarse, picture.width(), picture.height())
}

/// The same scene with `light` of its light, 0..1.
pub fn darkened(picture: &Pixels, light: f32) -> Pixels {
    repainted(picture, |_, _, colour| colour.map(|c| (f32::from(c) * light) as u8))
}

/// Black and white.
pub fn gray(picture: &Pixels) -> Pixels {
    repainted(picture, |_, _, [r, g, b]| {
        let luma = 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
        [luma as u8; 3]
    })
}

/// Left and right swapped.
pub fn mirrored(picture: &Pixels) -> Pixels {
    drawn(picture.width(), picture.height(), |x, y| at(picture, picture.width() - 1 - x, y))
}

/// Two pictures side by side, both as high as the first.
pub fn beside(left: &Pixels, right: &Pixels) -> Pixels {
    let height = left.height();
    let right = resized(right, right.width() * height / right.height(), height);
    drawn(left.width() + right.width(), height, |x, y| {
        if x < left.width() { at(left, x, y) } else { at(&right, x - left.width(), y) }
    })
}

/// The picture with a second, smaller person beside the first.
pub fn with_bystander(picture: &Pixels, bystander: &Pixels) -> Pixels {
    beside(picture, &on_ground(&fitted(bystander, picture.height() * 2 / 5), picture.height() * 3 / 10, WALL))
}

/// A part of the picture.
pub fn cropped(picture: &Pixels, left: u32, top: u32, width: u32, height: u32) -> Pixels {
    drawn(width, height, |x, y| at(picture, left + x, top + y))
}

/// The picture lying on a plain ground that shows `margin` pixels on every side, as a print or a screen does.
pub fn on_ground(picture: &Pixels, margin: u32, ground: [u8; 3]) -> Pixels {
    let (width, height) = (picture.width(), picture.height());
    drawn(width + 2 * margin, height + 2 * margin, |x, y| match (x.checked_sub(margin), y.checked_sub(margin)) {
        (Some(x), Some(y)) if x < width && y < height => at(picture, x, y),
        _ => ground,
    })
}

/// A wall and the sky: no face.
pub fn landscape(width: u32, height: u32) -> Pixels {
    drawn(width, height, |x, y| {
        let (u, v) = (x * 255 / width, y * 255 / height);
        let brick = if (x / 24 + y / 12) % 2 == 0 { 30 } else { 0 };
        if v < 120 { [90, 140, (120 + v) as u8] } else { [(150 + brick) as u8, (60 + u / 4) as u8, 50] }
    })
}

/// Even noise from a seed: no face.
pub fn noise(width: u32, height: u32, seed: u32) -> Pixels {
    drawn(width, height, |x, y| {
        let mixed = (x ^ y.rotate_left(16) ^ seed).wrapping_mul(0x9E37_79B1);
        let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x85EB_CA6B);
        [mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8]
    })
}

/// Where an answer says that the face is.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    left_eye: (f32, f32),
    right_eye: (f32, f32),
    nose: (f32, f32),
    mouth: (f32, f32),
}

impl Face {
    /// Reads box and landmarks of an answer.
    pub fn of(answer: &Value) -> Self {
        let number = |name: String| answer["face_landmark"][&name].as_f64().expect("a landmark") as f32;
        let point = |name: &str| (number(format!("{name}_x")), number(format!("{name}_y")));
        let (left, right) = (point("mouth_left"), point("mouth_right"));
        let mouth = ((left.0 + right.0) / 2.0, (left.1 + right.1) / 2.0);
        let side = |name: &str| answer["bounding_box"][name].as_u64().expect("a side") as u32;
        Self {
            left: side("top_left_x"),
            top: side("top_left_y"),
            width: side("width"),
            height: side("height"),
            left_eye: point("left_eye"),
            right_eye: point("right_eye"),
            nose: point("nose"),
            mouth,
        }
    }

    /// The face cut out of the picture and held before a wall, as an attacker holds a print.
    pub fn printed(&self, picture: &Pixels) -> Pixels {
        let (dx, dy) = (self.width / 5, self.height / 5);
        let (left, top) = (self.left.saturating_sub(dx), self.top.saturating_sub(dy));
        let width = (self.left + self.width + dx).min(picture.width()) - left;
        let height = (self.top + self.height + dy).min(picture.height()) - top;
        on_ground(&cropped(picture, left, top, width, height), height * 2 / 5, WALL)
    }

    /// Where a pixel is in the face's own frame: origin between the eyes, eyes at ±0.5, second axis towards the mouth.
    fn frame(&self, x: u32, y: u32) -> (f32, f32) {
        let (ax, ay) = (self.right_eye.0 - self.left_eye.0, self.right_eye.1 - self.left_eye.1);
        let square = ax * ax + ay * ay;
        let middle = ((self.left_eye.0 + self.right_eye.0) / 2.0, (self.left_eye.1 + self.right_eye.1) / 2.0);
        let (dx, dy) = (x as f32 - middle.0, y as f32 - middle.1);
        ((dx * ax + dy * ay) / square, (dy * ax - dx * ay) / square)
    }

    /// The same for a landmark.
    fn framed(&self, point: (f32, f32)) -> (f32, f32) {
        self.frame(point.0.max(0.0) as u32, point.1.max(0.0) as u32)
    }

    /// The picture with a surgical mask over nose, mouth and chin.
    pub fn masked(&self, picture: &Pixels) -> Pixels {
        let (nose, mouth) = (self.framed(self.nose), self.framed(self.mouth));
        let (top, bottom) = (nose.1 - 0.28, mouth.1 + 0.62);
        repainted(picture, |x, y, colour| {
            let (u, v) = self.frame(x, y);
            let down = (v - top) / (bottom - top);
            // Wide at the cheeks, narrow under the chin, the upper edge a bow over the nose.
            let half = 0.86 - 0.36 * (down.max(0.0)).powi(3);
            let off = u - nose.0 * 0.5;
            let edge = top + 0.22 * (off / 0.8).powi(2);
            if v > edge && v < bottom - 0.25 * (off / 0.8).powi(2) && off.abs() < half {
                // Pleats and a shade towards the cheeks, so that it is cloth and no flat patch.
                let pleat = if (down * 12.0).fract() < 0.18 { 0.86 } else { 1.0 };
                let shade = pleat * (1.0 - 0.25 * (off / 0.9).powi(2));
                [150.0 * shade, 195.0 * shade, 222.0 * shade].map(|c| c as u8)
            } else {
                // Ear loops.
                let strap = (v - edge - 0.06).abs() < 0.02 && off.abs() >= half && off.abs() < 1.15;
                if strap { [225, 228, 230] } else { colour }
            }
        })
    }

    /// The picture with dark glasses.
    pub fn with_sunglasses(&self, picture: &Pixels) -> Pixels {
        repainted(picture, |x, y, colour| {
            let (u, v) = self.frame(x, y);
            let lens = |eye: f32| ((u - eye) / 0.40).abs().powi(3) + ((v - 0.05) / 0.30).abs().powi(3);
            let (left, right) = (lens(-0.5), lens(0.5));
            let nearest = left.min(right);
            let bridge = u.abs() < 0.16 && (v + 0.06).abs() < 0.035;
            let arms = u.abs() > 0.85 && u.abs() < 1.2 && (v + 0.07).abs() < 0.035;
            if nearest < 0.86 {
                // A little of the sky in the upper part of the lens.
                let gleam = ((-v - 0.02) * 60.0).clamp(0.0, 14.0);
                [12.0 + gleam, 13.0 + gleam, 16.0 + gleam].map(|c| c as u8)
            } else if nearest < 1.0 || bridge || arms {
                [28, 24, 22]
            } else {
                colour
            }
        })
    }
}
