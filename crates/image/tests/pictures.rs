//! What comes out is what went in: every colour type, orientation and scale.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use facegate_image::{Format, ImageError, Limits, Photo, Pixels};
use jpeg_encoder::{ColorType, SamplingFactor};
use support::{Jpeg, Png, boxed, chunk, difference, exif, open, picture, resized, rgb_at};

const FULL: u32 = u32::MAX;

fn luma([r, g, b]: [u8; 3]) -> u8 {
    (0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)).round() as u8
}

fn gray_of(p: &Pixels) -> Pixels {
    let data = p.data().chunks(3).flat_map(|c| [luma(c.try_into().unwrap()); 3]).collect();
    Pixels::new(p.width(), p.height(), data).unwrap()
}

fn inks(p: &Pixels) -> Vec<u8> {
    p.data()
        .chunks(3)
        .flat_map(|c| {
            let paper = c.iter().max().copied().unwrap().max(1);
            let ink = |v: u8| 255 - (u16::from(v) * 255 / u16::from(paper)) as u8;
            [ink(c[0]), ink(c[1]), ink(c[2]), 255 - paper]
        })
        .collect()
}

#[test]
fn jpeg_colours_sampling_and_coding() {
    for (width, height) in [(97, 61), (160, 120), (16, 8), (1, 1), (3, 200)] {
        let p = picture(width, height);
        let samplings = [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_1_2, SamplingFactor::F_2_2];
        let rare = [SamplingFactor::F_4_1, SamplingFactor::F_4_2, SamplingFactor::F_1_4];
        for sampling in samplings.into_iter().chain(rare) {
            for progressive in [false, true] {
                for restart in [0, 3] {
                    let make = Jpeg { sampling, progressive, restart, ..Jpeg::default() };
                    let what = format!("{width} x {height} {sampling:?} {progressive} {restart}");
                    let photo = open(&make.of(&p));
                    assert_eq!((photo.format(), photo.width(), photo.height()), (Format::Jpeg, width, height));
                    let d = difference(&photo.decode(FULL).expect(&what), &p);
                    assert!(d < 4.0, "{what}: {d}");
                    for colour in [ColorType::Cmyk, ColorType::CmykAsYcck] {
                        let file = Jpeg { colour, ..make.clone() }.encode(&inks(&p), width, height);
                        let d = difference(&open(&file).decode(FULL).expect(&what), &p);
                        assert!(d < 5.0, "{what} {colour:?}: {d}");
                    }
                }
            }
        }
        let samples: Vec<u8> = gray_of(&p).data().iter().copied().step_by(3).collect();
        for progressive in [false, true] {
            let make = Jpeg { colour: ColorType::Luma, progressive, ..Jpeg::default() };
            let d = difference(&open(&make.encode(&samples, width, height)).decode(FULL).unwrap(), &gray_of(&p));
            assert!(d < 2.0, "gray {d}");
        }
    }
}

/// Drops all APP0 (JFIF) segments and puts others in their place.
fn with_segments(jpeg: &[u8], segments: &[u8]) -> Vec<u8> {
    assert_eq!(jpeg[2..4], [0xFF, 0xE0]);
    let length = usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    [&jpeg[..2], segments, &jpeg[4 + length..]].concat()
}

#[test]
fn jpeg_that_stores_rgb_or_plain_ink() {
    let p = picture(64, 40);
    let adobe_rgb = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
    let make = Jpeg { colour: ColorType::Ycbcr, sampling: SamplingFactor::F_1_1, ..Jpeg::default() };
    // Said to be YCbCr, the samples are R, G and B.
    let file = with_segments(&make.of(&p), adobe_rgb);
    for min in [FULL, 32] {
        let got = open(&file).decode(min).unwrap();
        assert!(difference(&got, &resized(&p, got.width(), got.height())) < 4.0);
    }
    // Without an Adobe segment, four components are ink that is not inverted; the encoder inverts.
    let file = Jpeg { colour: ColorType::Cmyk, ..Jpeg::default() }.encode(&inks(&p), 64, 40);
    let at = file.windows(5).position(|w| w == b"Adobe").unwrap();
    let plain = [&file[..at - 4], &file[at + 12..]].concat();
    let flipped: Vec<u8> = inks(&p).iter().map(|v| 255 - v).collect();
    let flipped = Jpeg { colour: ColorType::Cmyk, ..Jpeg::default() }.encode(&flipped, 64, 40);
    let plain_flipped = [&flipped[..at - 4], &flipped[at + 12..]].concat();
    assert!(difference(&open(&plain_flipped).decode(FULL).unwrap(), &p) < 5.0);
    assert!(difference(&open(&plain).decode(FULL).unwrap(), &p) > 20.0);
}

#[test]
fn png_colour_types() {
    for interlaced in [false, true] {
        for (width, height) in [(1, 1), (2, 3), (5, 9), (31, 17), (64, 64)] {
            let p = picture(width, height);
            let gray = gray_of(&p);
            let make = |colour, depth| Png { interlaced, ..Png::new(width, height, colour, depth) };
            for depth in [1u8, 2, 4, 8, 16] {
                let max = (1u32 << depth) - 1;
                let level = |x, y| (u32::from(rgb_at(&gray, x, y)[0]) * max + 127) / 255;
                let got = open(&make(0, depth).encode(|x, y| vec![level(x, y) as u16])).decode(FULL).unwrap();
                let expected =
                    (0..height).flat_map(|y| (0..width).flat_map(move |x| [(level(x, y) * 255 / max) as u8; 3]));
                assert_eq!(got, Pixels::new(width, height, expected.collect()).unwrap(), "gray {depth} {width}");
            }
            let wide = |v: u8| u16::from(v) << 8 | 0x7F;
            let rgb = |x, y| rgb_at(&p, x, y).map(u16::from).to_vec();
            let rgb16 = |x, y| rgb_at(&p, x, y).map(wide).to_vec();
            assert_eq!(open(&make(2, 8).encode(rgb)).decode(FULL).unwrap(), p);
            assert_eq!(open(&make(2, 16).encode(rgb16)).decode(FULL).unwrap(), p);

            // Alpha grows from left to right, over white.
            let alpha = |x: u32| (x * 255 / width.max(2)) as u8;
            let over = |v: u8, a: u8| ((f32::from(v) * f32::from(a) + 255.0 * (255.0 - f32::from(a))) / 255.0) as i32;
            for (colour, of) in [(6, &p), (4, &gray)] {
                for depth in [8, 16] {
                    let file = make(colour, depth).encode(|x, y| {
                        let c = rgb_at(of, x, y);
                        let colours = if colour == 6 { c.to_vec() } else { vec![c[0]] };
                        let scale = |v: u8| if depth == 16 { u16::from(v) * 257 } else { u16::from(v) };
                        colours.into_iter().chain([alpha(x)]).map(scale).collect()
                    });
                    let got = open(&file).decode(FULL).unwrap();
                    for (x, y) in [(0, 0), (width - 1, height - 1), (width / 2, height / 2)] {
                        for (g, v) in rgb_at(&got, x, y).into_iter().zip(rgb_at(of, x, y)) {
                            assert!((i32::from(g) - over(v, alpha(x))).abs() <= 1, "{colour} {depth} {x} {y}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn png_palette_and_transparent_colours() {
    let palette = chunk(b"PLTE", &[10, 20, 30, 200, 100, 50, 0, 0, 0]);
    for depth in [2, 4, 8] {
        for (trns, second) in [(vec![], [200, 100, 50]), (chunk(b"tRNS", &[255, 0]), [255; 3])] {
            let before = [palette.clone(), trns].concat();
            let file = Png { before, ..Png::new(3, 2, 3, depth) }.encode(|x, _| vec![x as u16]);
            let got = open(&file).decode(FULL).unwrap();
            assert_eq!(got.row(1), [[10, 20, 30], second, [0, 0, 0]].concat());
        }
    }
    let key = chunk(b"tRNS", &[0, 5]);
    let file = Png { before: key, ..Png::new(2, 1, 0, 8) }.encode(|x, _| vec![5 + x as u16]);
    assert_eq!(open(&file).decode(FULL).unwrap().row(0), [255, 255, 255, 6, 6, 6]);
}

#[test]
fn every_orientation_shows_the_same_picture() {
    let upright = picture(80, 48);
    // What the camera stored when it held the phone that way: the opposite of what the tag asks for.
    let stored = |tag: u8| -> Pixels {
        let mirrored = |p: &Pixels| {
            let data = (0..p.height()).flat_map(|y| (0..p.width()).rev().flat_map(move |x| rgb_at(p, x, y))).collect();
            Pixels::new(p.width(), p.height(), data).unwrap()
        };
        match tag {
            2 => mirrored(&upright),
            3 => upright.turned(180),
            4 => mirrored(&upright).turned(180),
            5 => mirrored(&upright).turned(270),
            6 => upright.turned(270),
            7 => mirrored(&upright).turned(90),
            8 => upright.turned(90),
            _ => upright.clone(),
        }
    };
    for tag in 0..=9 {
        let stored = stored(tag);
        let before = chunk(b"eXIf", &exif(tag));
        let png = Png { before, ..Png::new(stored.width(), stored.height(), 2, 8) }
            .encode(|x, y| rgb_at(&stored, x, y).map(u16::from).to_vec());
        let jpeg = Jpeg { exif: Some(exif(tag)), sampling: SamplingFactor::F_1_1, ..Jpeg::default() }.of(&stored);
        for (file, tolerance) in [(png, 0.0), (jpeg, 2.0)] {
            let photo = open(&file);
            assert_eq!((photo.width(), photo.height()), (80, 48), "{tag}");
            assert!(difference(&photo.decode(FULL).unwrap(), &upright) <= tolerance, "{tag}");
            let half = photo.decode(40).unwrap();
            assert_eq!((half.width(), half.height()), (40, 24), "{tag}");
            assert!(difference(&half, &resized(&upright, 40, 24)) < 2.5, "{tag}");
        }
    }
}

#[test]
fn broken_exif_is_ignored() {
    let p = picture(20, 10);
    for block in [vec![], b"II".to_vec(), b"MM\0\x2a\xff\xff\xff\xff".to_vec(), vec![0xFF; 500], exif(200)] {
        let photo = open(&Jpeg { exif: Some(block.clone()), ..Jpeg::default() }.of(&p));
        assert_eq!((photo.width(), photo.decode(FULL).unwrap().width()), (20, 20));
        let before = chunk(b"eXIf", &block);
        let file = Png { before, ..Png::new(20, 10, 0, 8) }.encode(|x, _| vec![x as u16]);
        assert_eq!(open(&file).decode(FULL).unwrap().width(), 20);
    }
    let trailing = [exif(6), vec![7; 300]].concat();
    assert_eq!(open(&Jpeg { exif: Some(trailing), ..Jpeg::default() }.of(&p)).width(), 10);
}

#[test]
fn reduced_is_like_full_made_smaller() {
    for (width, height) in [(801, 403), (300, 640), (640, 1)] {
        let p = picture(width, height);
        let long = width.max(height);
        for progressive in [false, true] {
            let photo = open(&Jpeg { progressive, ..Jpeg::default() }.of(&p));
            for (min, eighths) in
                [(FULL, 8), (long, 8), (long / 2 + 2, 8), (long / 2, 4), (long / 4, 2), (1, 1), (0, 1)]
            {
                let got = photo.decode(min).unwrap();
                let side = |s: u32| (s * eighths).div_ceil(8);
                assert_eq!((got.width(), got.height()), (side(width), side(height)), "{min}");
                let d = difference(&got, &resized(&p, got.width(), got.height()));
                assert!(d < 3.0, "{width} x {height} at {eighths}/8: {d}");
            }
        }
        for interlaced in [false, true] {
            let file = Png { interlaced, ..Png::new(width, height, 2, 8) }
                .encode(|x, y| rgb_at(&p, x, y).map(u16::from).to_vec());
            for (min, factor) in [(FULL, 1), (long / 2 + 1, 1), (long / 2, 2), (long / 3, 3), (long / 7, 7)] {
                let got = open(&file).decode(min).unwrap();
                assert_eq!((got.width(), got.height()), (width.div_ceil(factor), height.div_ceil(factor)));
                assert!(got.width().max(got.height()) >= min.min(long));
                let d = difference(&got, &resized(&p, got.width(), got.height()));
                assert!(d < 3.0, "{width} x {height} by {factor}: {d}");
            }
        }
    }
}

/// The fast decoder at full size and the scaling decoder have to agree, also on photos from real cameras.
#[test]
fn real_photos_at_all_scales() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/verify_deepface"));
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: no {}", folder.display());
        return;
    };
    let (mut seen, mut worst) = (0, 0.0f64);
    let mut paths: Vec<_> =
        entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jpg")).collect();
    paths.sort();
    // Every third is enough and takes seconds.
    for path in paths.into_iter().step_by(3) {
        let name = path.file_name().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        if bytes.starts_with(b"RIFF") {
            // One of them is a WebP that is called .jpg.
            assert_eq!(Photo::open(bytes, &Limits::default()).unwrap_err(), ImageError::UnknownFormat);
            continue;
        }
        let photo = open(&bytes);
        let full = photo.decode(FULL).unwrap();
        assert_eq!((full.width(), full.height()), (photo.width(), photo.height()), "{name:?}");
        for part in [2, 4, 8] {
            let got = photo.decode(full.width().max(full.height()) / part).unwrap();
            let d = difference(&got, &boxed(&full, part));
            worst = worst.max(d);
            // Measured: 3.1 at most, where colours change sharply and chroma is subsampled.
            assert!(d < 3.5, "{name:?} 1/{part}: {d}");
        }
        seen += 1;
    }
    println!("{seen} photos, mean difference at most {worst:.2}");
    assert!(seen > 0);
}
