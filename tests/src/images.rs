//! Files: JPEG, PNG, base64, and files that lie.

use std::io::Write;

use facegate_image::Pixels;

/// JPEG of quality 92.
pub fn jpeg(picture: &Pixels) -> Vec<u8> {
    encoded(picture, 92, &[])
}

/// JPEG of a quality, 1..100.
pub fn jpeg_of(picture: &Pixels, quality: u8) -> Vec<u8> {
    encoded(picture, quality, &[])
}

/// The same with an EXIF orientation, 1..8.
pub fn exif_jpeg(picture: &Pixels, orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    encoded(picture, 92, &exif)
}

fn encoded(picture: &Pixels, quality: u8, app1: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, quality);
    if !app1.is_empty() {
        encoder.add_app_segment(1, app1.to_vec()).unwrap();
    }
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(picture.data(), width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

/// PNG, RGB.
pub fn png(picture: &Pixels) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(picture.data()).unwrap();
    file
}

/// A valid, black, one-bit PNG of any size: small in the file, large when decoded.
pub fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row = vec![0u8; width.div_ceil(8) as usize];
    for _ in 0..height {
        rows.write_all(&row).unwrap();
    }
    rows.finish().unwrap();
    drop(writer);
    file
}

/// The JPEG with another size in its frame header.
pub fn lying_jpeg(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut file = jpeg.to_vec();
    let frame = file.windows(2).position(|w| w[0] == 0xFF && (0xC0..=0xC2).contains(&w[1])).expect("a frame header");
    file[frame + 5..frame + 9].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
    file
}

/// The file with rubbish behind it, `bytes` long in all.
pub fn grown_to(mut file: Vec<u8>, bytes: usize) -> Vec<u8> {
    assert!(file.len() <= bytes, "the file is too long already");
    file.resize(bytes, 0);
    file
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

/// URL-safe base64 without padding.
pub fn url_safe(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}
