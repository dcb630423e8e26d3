//! The pictures that the fuzz target `image` begins with: one of every kind that the decoders tell apart, small.
//! `FACEGATE_WRITE_SEEDS=1` writes them anew.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::{Path, PathBuf};

use facegate_image::{Limits, Photo};
use jpeg_encoder::{ColorType, SamplingFactor};
use support::{Jpeg, Png, chunk, exif, picture};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/image")
}

fn jpegs() -> Vec<(&'static str, Vec<u8>)> {
    let small = picture(33, 25);
    let of = |jpeg: Jpeg| jpeg.of(&small);
    let flat = |samples: usize| vec![90; 33 * 25 * samples];
    vec![
        ("baseline_420.jpg", of(Jpeg::default())),
        ("baseline_444.jpg", of(Jpeg { sampling: SamplingFactor::F_1_1, ..Jpeg::default() })),
        ("restarts_422.jpg", of(Jpeg { sampling: SamplingFactor::F_2_1, restart: 2, ..Jpeg::default() })),
        ("progressive.jpg", of(Jpeg { progressive: true, ..Jpeg::default() })),
        ("exif_6.jpg", of(Jpeg { exif: Some(exif(6)), ..Jpeg::default() })),
        ("gray.jpg", Jpeg { colour: ColorType::Luma, ..Jpeg::default() }.encode(&flat(1), 33, 25)),
        ("cmyk.jpg", Jpeg { colour: ColorType::Cmyk, ..Jpeg::default() }.encode(&flat(4), 33, 25)),
        ("ycck.jpg", Jpeg { colour: ColorType::CmykAsYcck, ..Jpeg::default() }.encode(&flat(4), 33, 25)),
    ]
}

fn pngs() -> Vec<(&'static str, Vec<u8>)> {
    let png = |colour, depth| Png::new(19, 11, colour, depth);
    let most = |depth: u8| u16::MAX >> (16 - depth);
    let stripes = |channels: usize, depth| move |x: u32, y: u32| vec![most(depth) & (x * 7 + y) as u16; channels];
    let palette = chunk(b"PLTE", &[0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 9, 9]);
    let clear = chunk(b"tRNS", &[0, 128]);
    let mut paletted = png(3, 2);
    paletted.before = [palette, clear].concat();
    let mut oriented = png(2, 8);
    oriented.before = chunk(b"eXIf", &exif(5));
    let mut interlaced = png(6, 8);
    interlaced.interlaced = true;
    vec![
        ("gray_1.png", png(0, 1).encode(stripes(1, 1))),
        ("gray_16.png", png(0, 16).encode(stripes(1, 16))),
        ("rgb_8.png", oriented.encode(stripes(3, 8))),
        ("palette_2.png", paletted.encode(stripes(1, 2))),
        ("gray_alpha_8.png", png(4, 8).encode(stripes(2, 8))),
        ("rgba_8_interlaced.png", interlaced.encode(stripes(4, 8))),
    ]
}

#[test]
fn every_seed_is_a_picture() {
    let write = std::env::var_os("FACEGATE_WRITE_SEEDS").is_some();
    for (name, bytes) in [jpegs(), pngs()].concat() {
        let path = folder().join(name);
        if write {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let photo = Photo::open(kept, &Limits::default()).unwrap();
        let pixels = photo.decode(u32::MAX).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (photo.width(), photo.height()), "{name}");
    }
}
