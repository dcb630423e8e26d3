//! Pictures: JPEG, PNG and their EXIF, opened within limits and decoded at several sizes.

use facegate_image::{ImageError, Limits, Photo};

/// Smaller than a server's, so that an input takes milliseconds.
const LIMITS: Limits = Limits { max_bytes: 1 << 18, max_pixels: 1 << 20, max_memory: 24 << 20 };
/// Long sides that are asked for: the least, the detector's, more than there is.
const SIDES: [u32; 4] = [1, 64, 320, u32::MAX];
/// Beside the estimate: tables, the copy of the file with its end marked, what the allocator rounds up.
const SLACK: u64 = 2 << 20;

/// Runs one input.
pub fn run(data: &[u8]) {
    let server = Photo::open(data.to_vec(), &Limits::default());
    let Ok(photo) = Photo::open(data.to_vec(), &LIMITS) else { return };
    assert!(server.is_ok(), "wider limits refuse it");
    let (width, height) = (photo.width(), photo.height());
    assert!(width > 0 && height > 0 && u64::from(width) * u64::from(height) <= LIMITS.max_pixels);
    for side in SIDES {
        decode(&photo, side);
    }
}

fn decode(photo: &Photo, side: u32) {
    let mut decoded = Err(ImageError::UnknownFormat);
    let memory = allocation_counter::measure(|| decoded = photo.decode(side)).bytes_max;
    assert!(memory <= photo.memory_for(side) + SLACK, "{memory} bytes, {} were announced", photo.memory_for(side));
    assert!(memory <= LIMITS.max_memory + SLACK, "more than the limit: {memory} bytes");
    let Ok(pixels) = decoded else { return };
    assert!(photo.memory_for(side) <= LIMITS.max_memory);
    let (full, got) = ((photo.width(), photo.height()), (pixels.width(), pixels.height()));
    assert_eq!(pixels.data().len() as u64, u64::from(got.0) * u64::from(got.1) * 3);
    let long = |(width, height): (u32, u32)| width.max(height);
    assert!(long(got) >= side.min(long(full)), "{got:?} of {full:?} for {side}");
    // The same reduction on both sides, rounded up: 1/n of a PNG, n/8 of a JPEG.
    let reduced = |by: u32, of: u32| (full.0 * by).div_ceil(of) == got.0 && (full.1 * by).div_ceil(of) == got.1;
    let fits = [1, 2, 4, 8].into_iter().any(|eighths| reduced(eighths, 8)) || (1..=long(full)).any(|n| reduced(1, n));
    assert!(fits, "{got:?} is no reduction of {full:?}");
    assert_eq!(photo.decode(side).as_ref(), Ok(&pixels), "decoded twice, seen differently");
}
