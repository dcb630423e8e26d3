//! A photo that lies on its side, stands on its head or carries an EXIF orientation gives the same face.
//!
//! Wants the models (`make models`) and photographs: those installed for the tests, and `../shared/data` when it is
//! there. A sample is tried; `FACEGATE_FULL=1` tries every photo.

// Helpers are test code too, but the lint only knows functions marked #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use facegate_domain::Template;
use facegate_image::{Limits, Photo, Pixels};
use facegate_vision::{Analysis, Wants};
use support::{analyzer, decoded, exif_jpeg, jpeg, photographs};

const WANTS: Wants =
    Wants { template: true, quality: false, attributes: false, liveness: false, every_face: false, profile: 0 };
const MIN_COSINE: f32 = 0.9;

fn template(analysis: &Analysis) -> &Template {
    analysis.faces[0].template.as_ref().unwrap()
}

/// The turn that makes `pixels` upright again after they were stored for EXIF orientation `o`.
fn stored_for(pixels: &Pixels, orientation: u8) -> Pixels {
    let mirrored = |p: &Pixels| {
        let row = p.width() as usize * 3;
        let flip = |r: &[u8]| r.chunks_exact(3).rev().flatten().copied().collect::<Vec<u8>>();
        Pixels::new(p.width(), p.height(), p.data().chunks_exact(row).flat_map(flip).collect()).unwrap()
    };
    match orientation {
        1 => pixels.clone(),
        2 => mirrored(pixels),
        3 => pixels.turned(180),
        4 => mirrored(&pixels.turned(180)),
        5 => mirrored(&pixels.turned(90)),
        6 => pixels.turned(270),
        7 => mirrored(&pixels.turned(270)),
        _ => pixels.turned(90),
    }
}

#[test]
fn turned_photos_and_every_exif_orientation_give_the_same_face() {
    let mut analyzer = analyzer();
    let (mut tried, mut failures) = (0, Vec::new());
    for path in photographs(60) {
        let Some(pixels) = decoded(&path) else { continue };
        let upright = Photo::open(jpeg(&pixels), &Limits::default()).unwrap();
        let Ok(reference) = analyzer.analyze(&upright, WANTS) else { continue };
        let mut check = |bytes: Vec<u8>, what: String, rotation: u16| {
            tried += 1;
            let photo = Photo::open(bytes, &Limits::default()).unwrap();
            let outcome = analyzer.analyze(&photo, WANTS);
            let right = outcome.as_ref().is_ok_and(|found| {
                let cosine = template(&reference).cosine(template(found)).unwrap();
                let size = (found.width, found.height) == (reference.width, reference.height);
                found.rotation == rotation && cosine >= MIN_COSINE && size
            });
            if !right {
                let seen =
                    outcome.map(|a| (a.rotation, template(&reference).cosine(template(&a)), a.faces[0].confidence));
                failures.push(format!("{} {what}: {seen:?}", path.display()));
            }
        };
        if reference.rotation != 0 {
            continue;
        }
        for turn in [90u16, 180, 270] {
            check(jpeg(&pixels.turned(turn)), format!("turned {turn}"), 360 - turn);
        }
        for orientation in 1..=8 {
            check(exif_jpeg(&stored_for(&pixels, orientation), orientation), format!("EXIF {orientation}"), 0);
        }
    }
    assert!(tried > 0, "no photographs: run `make test`, which installs them");
    println!("{tried} pictures, {} failures", failures.len());
    // A photo in a few thousand is found better lying than upright; one in a hundred would be a defect.
    assert!(failures.len() * 500 <= tried, "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
}
