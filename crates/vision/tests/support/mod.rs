//! Photographs and the analyzer for the tests of this crate.

// Each test file uses a part of this.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use facegate_image::{Limits, Photo, Pixels};
use facegate_models::Pack;
use facegate_vision::Analyzer;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An analyzer with the shipped models.
pub fn analyzer() -> Analyzer {
    let pack = pack(None);
    Analyzer::load(&pack, &facegate_vision::load_runtime(&pack, 1, true).unwrap()).unwrap()
}

/// The shipped models with this profile, or the default one.
pub fn pack(profile: Option<&str>) -> Pack {
    Pack::open_profile(&root().join("models"), profile).unwrap()
}

/// About `sample` photographs (all with `FACEGATE_FULL=1`) of those installed for the tests and of the labelled sets.
pub fn photographs(sample: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(".cache/photos"), &mut found);
    let data = root().join("../shared/data");
    for set in ["verify_deepface", "verify_lfw/images"] {
        if data.join(set).is_dir() {
            collect(&data.join(set), &mut found);
        } else {
            eprintln!("skipped: ../shared/data/{set} is not there");
        }
    }
    found.sort();
    let full = std::env::var_os("FACEGATE_FULL").is_some();
    let step = if full { 1 } else { found.len().div_ceil(sample).max(1) };
    found.into_iter().step_by(step).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "jpg" || e == "jpeg" || e == "png") {
            into.push(path);
        }
    }
}

/// Upright pixels at full size; `None` for what is no JPEG or PNG whatever its name says.
pub fn decoded(path: &Path) -> Option<Pixels> {
    let photo = Photo::open(std::fs::read(path).unwrap(), &Limits::default()).ok()?;
    Some(photo.decode(u32::MAX).unwrap())
}

/// The pixels as JPEG of quality 95.
pub fn jpeg(pixels: &Pixels) -> Vec<u8> {
    encode(pixels, None)
}

/// The same with an EXIF orientation.
pub fn exif_jpeg(pixels: &Pixels, orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    encode(pixels, Some(&exif))
}

fn encode(pixels: &Pixels, app1: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    if let Some(segment) = app1 {
        encoder.add_app_segment(1, segment.to_vec()).unwrap();
    }
    let (w, h) = (u16::try_from(pixels.width()).unwrap(), u16::try_from(pixels.height()).unwrap());
    encoder.encode(pixels.data(), w, h, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}
