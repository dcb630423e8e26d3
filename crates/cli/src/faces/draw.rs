//! The upright photo with what was seen on it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use facegate_image::{Limits, Photo};
use serde_json::Value;
use tiny_skia::{Color, FillRule, IntSize, Paint, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// The first face is the one that would be enrolled.
const FIRST: (u8, u8, u8) = (0x19, 0xC3, 0x7D);
const OTHERS: (u8, u8, u8) = (0xF5, 0xA5, 0x24);
const POINTS: [&str; 5] = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"];

/// Draws the faces of a `detect` answer on the photo and writes it as PNG.
pub fn draw(photo: &[u8], limits: Limits, answer: &Value, out: &Path) -> Result<()> {
    let photo = Photo::open(photo.to_vec(), &limits)?;
    let pixels = photo.decode(photo.width().max(photo.height()))?;
    let turn = answer.get("rotation").and_then(Value::as_u64).and_then(|turn| u16::try_from(turn).ok()).unwrap_or(0);
    let pixels = if turn == 0 { pixels } else { pixels.turned(turn) };
    let rgba: Vec<u8> = pixels.data().as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    let size = IntSize::from_wh(pixels.width(), pixels.height()).context("an empty photo")?;
    let mut map = Pixmap::from_vec(rgba, size).context("an empty photo")?;
    let thickness = (pixels.width().max(pixels.height()) as f32 / 300.0).max(1.0);
    for (number, face) in answer.get("faces").and_then(Value::as_array).into_iter().flatten().enumerate() {
        face_on(&mut map, face, if number == 0 { FIRST } else { OTHERS }, thickness);
    }
    ensure!(!out.as_os_str().is_empty(), "--draw needs a file name");
    write(&map, out).with_context(|| out.display().to_string())
}

/// The picture is opaque, so its premultiplied pixels are its pixels.
fn write(map: &Pixmap, out: &Path) -> Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(out)?), map.width(), map.height());
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(map.data())?;
    Ok(writer.finish()?)
}

fn face_on(map: &mut Pixmap, face: &Value, (r, g, b): (u8, u8, u8), thickness: f32) {
    let number = |block: &str, name: &str| {
        face.get(block).and_then(|block| block.get(name)).and_then(Value::as_f64).unwrap_or_default() as f32
    };
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba8(r, g, b, 255));
    let side = |name: &str| number("bounding_box", name);
    let corners = (side("top_left_x"), side("top_left_y"), side("bottom_right_x"), side("bottom_right_y"));
    if let Some(outline) = Rect::from_ltrb(corners.0, corners.1, corners.2, corners.3).map(PathBuilder::from_rect) {
        let stroke = Stroke { width: thickness, ..Stroke::default() };
        map.stroke_path(&outline, &paint, &stroke, Transform::identity(), None);
    }
    for point in POINTS {
        let at = |axis: &str| number("face_landmark", &format!("{point}_{axis}"));
        if let Some(dot) = PathBuilder::from_circle(at("x"), at("y"), 1.5 * thickness) {
            map.fill_path(&dot, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }
}
