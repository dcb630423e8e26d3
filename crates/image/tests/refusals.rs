//! Bad input: the right refusal, at once, without a panic and without much memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::sync::LazyLock;

use facegate_image::{ImageError, Limits, Photo};
use jpeg_encoder::ColorType;
use proptest::prelude::*;
use support::{Jpeg, Png, chunk, difference, exif, open, picture, resized, rgb_at};

fn refused(bytes: &[u8]) -> ImageError {
    match Photo::open(bytes.to_vec(), &Limits::default()).and_then(|p| p.decode(u32::MAX)) {
        Ok(got) => panic!("accepted as {got:?}"),
        Err(error) => error,
    }
}

fn damaged(bytes: &[u8]) -> bool {
    matches!(refused(bytes), ImageError::Damaged(_))
}

/// Where the frame header's precision stands.
fn sof(jpeg: &[u8]) -> usize {
    jpeg.windows(2).position(|w| w[0] == 0xFF && (0xC0..=0xC2).contains(&w[1])).unwrap() + 4
}

fn with_size(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut file = jpeg.to_vec();
    let at = sof(jpeg) + 1;
    file[at..at + 4].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
    file
}

#[test]
fn limits() {
    let p = picture(100, 50);
    for file in [Jpeg::default().of(&p), Png::of(&p)] {
        let with = |change: fn(&mut Limits, usize)| {
            let mut limits = Limits::default();
            change(&mut limits, file.len());
            Photo::open(file.clone(), &limits)
        };
        assert!(with(|l, n| l.max_bytes = n).is_ok());
        let error = with(|l, n| l.max_bytes = n - 1).unwrap_err();
        assert_eq!(error, ImageError::TooManyBytes { bytes: file.len(), max: file.len() - 1 });
        assert!(with(|l, _| l.max_pixels = 5000).is_ok());
        let error = with(|l, _| l.max_pixels = 4999).unwrap_err();
        assert_eq!(error, ImageError::TooManyPixels { width: 100, height: 50, max: 4999 });
        assert!(matches!(with(|l, _| l.max_memory = 1000).unwrap_err(), ImageError::TooMuchMemory { max: 1000, .. }));
    }
}

#[test]
fn memory_depends_on_the_coding_and_the_size() {
    let p = picture(1600, 1200);
    let pixels = 1600 * 1200;
    let baseline = open(&Jpeg::default().of(&p));
    let progressive = open(&Jpeg { progressive: true, ..Jpeg::default() }.of(&p));
    let turned = open(&Jpeg { exif: Some(exif(6)), ..Jpeg::default() }.of(&p));
    assert!(baseline.memory_for(u32::MAX) >= 3 * pixels && baseline.memory_for(200) < pixels);
    assert!(progressive.memory_for(200) > 3 * pixels, "coefficients are kept at every scale");
    assert!(turned.memory_for(u32::MAX) >= 6 * pixels, "a quarter turn needs a second picture");
    let limits = Limits { max_memory: 2 * pixels, ..Limits::default() };
    let photo = Photo::open(Jpeg::default().of(&p), &limits).unwrap();
    assert!(photo.decode(400).is_ok());
    assert!(matches!(photo.decode(u32::MAX), Err(ImageError::TooMuchMemory { .. })));
}

#[test]
fn unknown_formats() {
    for bytes in
        [&b""[..], b"\xFF", b"\xFF\xD8", b"GIF89a", b"BM", b"RIFF....WEBP", b"%PDF-1.4", b"\x89PNG\r\n", b"<svg/>"]
    {
        assert_eq!(refused(bytes), ImageError::UnknownFormat);
    }
    let p = picture(9, 9);
    assert_eq!(refused(&[b"PK\x03\x04".to_vec(), Jpeg::default().of(&p)].concat()), ImageError::UnknownFormat);
}

#[test]
fn trailing_data_is_ignored() {
    let p = picture(64, 64);
    let zip = b"PK\x03\x04 and more \xFF\xD8\xFF\xC0\0\x11\x08\xFF\xFF".repeat(50);
    for file in [Jpeg::default().of(&p), Jpeg { progressive: true, ..Jpeg::default() }.of(&p), Png::of(&p)] {
        let plain = open(&file).decode(u32::MAX).unwrap();
        let polyglot = [file, zip.clone()].concat();
        for min in [u32::MAX, 20] {
            let got = open(&polyglot).decode(min).unwrap();
            assert!(difference(&got, &resized(&plain, got.width(), got.height())) < 3.0);
        }
    }
}

#[test]
fn lying_jpeg_headers() {
    let jpeg = Jpeg::default().of(&picture(32, 32));
    let pixels = |w, h| ImageError::TooManyPixels { width: w, height: h, max: 50_000_000 };
    assert_eq!(refused(&with_size(&jpeg, 60_000, 60_000)), pixels(60_000, 60_000));
    assert!(damaged(&with_size(&jpeg, 7000, 7000)));
    assert!(damaged(&with_size(&jpeg, 0, 32)));
    assert!(damaged(&with_size(&jpeg, 32, 0)));
    assert!(matches!(refused(&with_size(&jpeg, 65_501, 1)), ImageError::Unsupported(_)));
    assert!(damaged(&with_size(&jpeg, 1, 65_500)));
    assert!(damaged(&jpeg[..sof(&jpeg)]));
    assert!(damaged(b"\xFF\xD8\xFF\xD9"));
    assert!(damaged(&[&b"\xFF\xD8"[..], &[0xFF; 100]].concat()));
}

#[test]
fn kinds_of_jpeg_that_are_not_supported() {
    let jpeg = Jpeg::default().of(&picture(32, 32));
    let with = |offset: usize, value: u8| {
        let mut file = jpeg.clone();
        let at = sof(&jpeg) - 3 + offset;
        file[at] = value;
        file
    };
    // Lossless, differential, arithmetic; 12 bits; two components.
    for marker in [0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF] {
        assert!(matches!(refused(&with(0, marker)), ImageError::Unsupported(_)), "{marker:x}");
    }
    assert!(matches!(refused(&with(3, 12)), ImageError::Unsupported(_)));
    assert!(matches!(refused(&with(8, 2)), ImageError::Unsupported(_)));
    // A scan costs a walk over the picture however empty it is.
    let progressive = Jpeg { progressive: true, ..Jpeg::default() }.of(&picture(32, 32));
    let scan = b"\xFF\xDA\0\x08\x01\0\0\x01\x01\0\0";
    let scans = [&progressive[..progressive.len() - 2], &scan.repeat(1000), b"\xFF\xD9"].concat();
    assert!(matches!(refused(&scans), ImageError::Unsupported(_)));
}

#[test]
fn cut_off_jpeg() {
    let p = picture(160, 120);
    for progressive in [false, true] {
        for colour in [ColorType::Rgb, ColorType::Luma] {
            let make = Jpeg { progressive, colour, ..Jpeg::default() };
            let samples: Vec<u8> =
                p.data().iter().copied().step_by(if colour == ColorType::Luma { 3 } else { 1 }).collect();
            let file = make.encode(&samples, 160, 120);
            let whole = open(&file).decode(u32::MAX).unwrap();
            // Only the end marker, or half of it, is gone.
            for missing in [1, 2] {
                let got = open(&file[..file.len() - missing]).decode(u32::MAX).unwrap();
                assert!(difference(&got, &whole) < 1.0);
            }
            let start = file.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
            // A progressive file cut between two scans is a whole picture of less detail.
            let last = if progressive {
                file.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap() + 60
            } else {
                file.len() - 60
            };
            for cut in (0..start).step_by(7).chain((start..last).step_by(31)) {
                for min in [u32::MAX, 40] {
                    for end in [&b""[..], b"\xFF\xD9"] {
                        let file = [&file[..cut], end].concat();
                        let got = Photo::open(file, &Limits::default()).and_then(|photo| photo.decode(min));
                        let refused = matches!(got, Err(ImageError::Damaged(_)))
                            || cut < 3 && got == Err(ImageError::UnknownFormat);
                        assert!(refused, "{progressive} {colour:?} {cut} {min} {end:?}: {got:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn cut_off_and_broken_png() {
    let p = picture(60, 40);
    let file = Png::of(&p);
    let data = file.len() - 12 - 4;
    for kept in [file.len() - 1, file.len() - 12, data] {
        assert_eq!(open(&file[..kept]).decode(u32::MAX).unwrap(), p, "{kept} of {}", file.len());
    }
    for cut in (8..data - 20).step_by(13) {
        assert!(damaged(&file[..cut]), "{cut}");
    }
    // More data than the picture needs is no harm; a changed bit is.
    let mut raw = vec![0; 11];
    raw.extend([1; 999]);
    let long = [Png::new(10, 1, 0, 8).header(), chunk(b"IDAT", &support::deflated(&raw)), chunk(b"IEND", &[])].concat();
    assert_eq!(open(&long).decode(u32::MAX).unwrap().data(), [0; 30]);
    let mut flipped = file.clone();
    flipped[data - 200] ^= 0x10;
    assert!(damaged(&flipped));
}

#[test]
fn lying_png_headers() {
    let tiny =
        |make: Png| [make.header(), chunk(b"IDAT", &support::deflated(&[0; 5000])), chunk(b"IEND", &[])].concat();
    for interlaced in [false, true] {
        for (colour, depth) in [(2, 8), (6, 16), (0, 1)] {
            let make = |w, h| Png { interlaced, ..Png::new(w, h, colour, depth) };
            assert!(matches!(refused(&tiny(make(60_000, 60_000))), ImageError::TooManyPixels { .. }));
            assert!(matches!(refused(&tiny(make(u32::MAX, u32::MAX))), ImageError::TooManyPixels { .. }));
            assert!(matches!(refused(&tiny(make(1, 50_000_000))), ImageError::Unsupported(_)));
            assert!(damaged(&tiny(make(7000, 7000))));
            assert!(damaged(&tiny(make(0, 5))) && damaged(&tiny(make(5, 0))));
        }
    }
    for (colour, depth) in [(0, 3), (1, 8), (2, 4), (3, 16), (4, 2), (5, 8), (6, 1), (9, 8)] {
        assert!(damaged(&tiny(Png::new(5, 5, colour, depth))));
    }
}

#[test]
fn broken_palettes() {
    for (length, colour) in [(0, 3), (2, 3), (4, 3), (5, 2), (769, 3), (771, 3)] {
        let before = chunk(b"PLTE", &vec![9; length]);
        let samples = if colour == 2 { 3 } else { 1 };
        assert!(damaged(&Png { before, ..Png::new(4, 4, colour, 8) }.encode(|_, _| vec![0; samples])), "{length}");
    }
    let file = Png::new(4, 4, 3, 8).encode(|_, _| vec![0]);
    assert!(damaged(&file), "no palette at all");
    // An index beyond the palette is black, as in libpng.
    let before = chunk(b"PLTE", &[9; 3]);
    let file = Png { before, ..Png::new(2, 1, 3, 8) }.encode(|x, _| vec![x as u16 * 200]);
    assert_eq!(open(&file).decode(u32::MAX).unwrap().data(), [9, 9, 9, 0, 0, 0]);
}

#[test]
fn bombs_in_png_chunks_are_not_inflated() {
    let bomb = support::deflated(&vec![0; 200_000_000]);
    let profile = chunk(b"iCCP", &[b"p\0\0".to_vec(), bomb.clone()].concat());
    let text = chunk(b"zTXt", &[b"k\0\0".to_vec(), bomb.clone()].concat());
    let itext = chunk(b"iTXt", &[b"k\0\x01\0\0\0".to_vec(), bomb].concat());
    let huge = chunk(b"prVt", &vec![1; 1_000_000]);
    let p = picture(8, 8);
    let make = Png { before: [profile, text, itext, huge].concat(), ..Png::new(8, 8, 2, 8) };
    let file = make.encode(|x, y| rgb_at(&p, x, y).map(u16::from).to_vec());
    assert_eq!(open(&file).decode(u32::MAX).unwrap(), p);
}

#[test]
fn animation_shows_its_first_picture() {
    let p = picture(8, 8);
    let control = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let frame = |side: u8| {
        let mut content = vec![0; 26];
        (content[7], content[11], content[21]) = (side, side, 1);
        chunk(b"fcTL", &content)
    };
    let make = |side| {
        let make = Png { before: [control.clone(), frame(side)].concat(), ..Png::new(8, 8, 2, 8) };
        make.encode(|x, y| rgb_at(&p, x, y).map(u16::from).to_vec())
    };
    assert_eq!(open(&make(8)).decode(u32::MAX).unwrap(), p);
    assert!(damaged(&make(4)), "a first frame smaller than the picture");
}

#[test]
fn errors_and_debug_texts_carry_no_content() {
    let p = picture(30, 20);
    let secret = chunk(b"tEXt", b"Comment\0top-secret");
    let file = Png { before: secret, ..Png::new(30, 20, 2, 8) }.encode(|x, y| rgb_at(&p, x, y).map(u16::from).to_vec());
    let photo = open(&file);
    assert_eq!(format!("{photo:?}"), format!("Photo(Png, 30 x 20, {} bytes)", file.len()));
    assert_eq!(format!("{:?}", photo.decode(9).unwrap()), "Pixels(10 x 7)");
}

/// Makes the checksums of a PNG's chunks right again, so that mutations come through to the decoder.
fn with_checksums(png: &[u8]) -> Vec<u8> {
    let (mut file, mut at) = (png[..8].to_vec(), 8);
    while let Some(&length) = png.get(at..).and_then(|p| p.first_chunk()) {
        let end = at + 8 + u32::from_be_bytes(length) as usize;
        let (Some(name), Some(content)) = (png.get(at + 4..at + 8), png.get(at + 8..end)) else { break };
        file.extend(chunk(name.try_into().unwrap(), content));
        at = end + 4;
    }
    file.extend(png.get(at..).unwrap_or_default());
    file
}

/// Opens and decodes; whatever comes out keeps the promises.
fn feed(bytes: Vec<u8>) {
    // Small limits bound what one run of the fuzzer may take.
    let limits = Limits { max_pixels: 4_000_000, max_memory: 40_000_000, ..Limits::default() };
    let Ok(photo) = Photo::open(bytes, &limits) else { return };
    for min in [u32::MAX, 1, 30] {
        assert!(photo.memory_for(min) >= photo.memory_for(1).min(1));
        if let Ok(pixels) = photo.decode(min) {
            let (long, full) = (pixels.width().max(pixels.height()), photo.width().max(photo.height()));
            assert!(long >= min.min(full) && long <= full);
            assert_eq!(pixels.data().len(), pixels.width() as usize * pixels.height() as usize * 3);
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let p = picture(50, 35);
    let mut seeds = vec![Png::of(&p)];
    for progressive in [false, true] {
        for restart in [0, 2] {
            let exif = Some(exif(6));
            seeds.push(Jpeg { progressive, restart, exif, ..Jpeg::default() }.of(&p));
            let inks: Vec<u8> = p.data().iter().copied().cycle().take(50 * 35 * 4).collect();
            let make = Jpeg { progressive, restart, colour: ColorType::CmykAsYcck, ..Jpeg::default() };
            seeds.push(make.encode(&inks, 50, 35));
        }
    }
    // Wider than 128: from there on the scaling decoder works with threads.
    seeds.push(Jpeg { progressive: true, ..Jpeg::default() }.of(&picture(150, 20)));
    seeds.push(Jpeg { restart: 5, ..Jpeg::default() }.of(&picture(150, 20)));
    for (colour, depth, samples) in [(0, 1, 1), (3, 4, 1), (4, 16, 2), (6, 8, 4)] {
        for interlaced in [false, true] {
            let before = [chunk(b"PLTE", &[7; 48]), chunk(b"eXIf", &exif(5))].concat();
            let make = Png { interlaced, before, ..Png::new(50, 35, colour, depth) };
            seeds.push(make.encode(|x, y| (0..samples).map(|_| ((x ^ y) & 1) as u16).collect()));
        }
    }
    seeds
}

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(seeds);

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(kind in 0..3usize, bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let start: &[u8] = [&b""[..], b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"][kind];
        feed([start, &bytes].concat());
    }

    #[test]
    fn mutated_files(
        seed in 0..1000usize,
        checksums: bool,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        splice in proptest::option::of((0..1000usize, any::<prop::sample::Index>(), any::<prop::sample::Index>())),
    ) {
        let seeds = &*SEEDS;
        let mut file = seeds[seed % seeds.len()].clone();
        if let Some((other, from, to)) = splice {
            let other = &seeds[other % seeds.len()];
            let tail = other[from.index(other.len())..].to_vec();
            file.truncate(to.index(file.len()));
            file.extend(tail);
        }
        for (at, value) in flips {
            if !file.is_empty() {
                let at = at.index(file.len());
                file[at] = value;
            }
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len() + 1));
        }
        if checksums && file.starts_with(b"\x89PNG\r\n\x1a\n") {
            file = with_checksums(&file);
        }
        feed(file);
    }
}
