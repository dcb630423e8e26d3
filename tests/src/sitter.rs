//! One person who passes every gate, in a picture that can be made to fail any of them.

use facegate_image::Pixels;

use crate::pictures::{self, Face};
use crate::{App, images, photos};

/// The gates, as they add up to the n of `FAIL_ON_n`.
pub mod gate {
    /// The picture is not live.
    pub const LIVENESS: u8 = 1;
    /// Sunglasses or a mask.
    pub const ATTRIBUTE: u8 = 2;
    /// Blur, dark, grayscale.
    pub const QUALITY: u8 = 4;
    /// More than one face.
    pub const NFACE: u8 = 8;
    /// The faces do not match; only where all the others pass.
    pub const MATCH: u8 = 16;
    /// Every gate that a request can set.
    pub const ALL: u8 = 15;
}

/// The person of [`photos::OBAMA`] and where the face is.
#[derive(Clone, Debug)]
pub struct Sitter {
    picture: Pixels,
    face: Face,
}

impl Sitter {
    /// Asks a server where the face is.
    pub async fn new(app: &App) -> Self {
        let picture = pictures::fitted(&photos::pixels(photos::OBAMA), 700);
        let found = app.face_file("detect", &images::jpeg(&picture), serde_json::json!({})).await;
        Self { face: Face::of(&found.body["faces"][0]), picture }
    }

    /// The picture, as JPEG, with these faults and no others.
    pub fn failing(&self, faults: u8) -> Vec<u8> {
        let mut picture = self.picture.clone();
        if faults & gate::ATTRIBUTE != 0 {
            picture = self.face.with_sunglasses(&picture);
        }
        if faults & gate::LIVENESS != 0 {
            picture = self.face.printed(&picture);
        }
        if faults & gate::NFACE != 0 {
            picture = pictures::with_bystander(&picture, &photos::pixels(photos::PERSON_B));
        }
        if faults & gate::QUALITY != 0 {
            picture = pictures::gray(&picture);
        }
        images::jpeg(&picture)
    }
}
