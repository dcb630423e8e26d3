//! Bytes to upright pixels: limits, JPEG, PNG, EXIF, scaled decode.
//!
//! This is the door through which every untrusted photo comes in. [`Photo::open`] reads the header and refuses what
//! is too big, lying or not a JPEG or PNG *before* anything is decoded; [`Photo::decode`] gives upright RGB pixels at
//! a reduced size, so that a 50 megapixel photo never has to be held as a whole.
//!
//! What it does not do: colour management (ICC profiles, `gAMA` and `cHRM` are ignored, samples are taken as sRGB) and
//! animation (the first picture of an APNG is used). Transparency is laid over white.

#![forbid(unsafe_code)]

mod colour;
mod error;
mod jpeg;
mod jpeg_header;
mod limits;
mod orient;
mod photo;
mod pixels;
mod png;
mod png_header;
mod shrink;

pub use error::ImageError;
pub use limits::Limits;
pub use photo::{Format, Photo};
pub use pixels::Pixels;
