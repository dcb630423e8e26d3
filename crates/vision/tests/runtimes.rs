//! The fast runtime and the portable one see the same: their templates may be mixed in one gallery.
//!
//! Wants the models (`make models`) and photographs, like `orientation.rs`. A sample is tried; `FACEGATE_FULL=1` tries
//! every photo.

// Helpers are test code too, but the lint only knows test functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use facegate_image::{Limits, Photo};
use facegate_inference::{Backend, InferenceError, Input, Network, Runtime};
use facegate_vision::{Analyzer, FaceReport, Wants};
use support::{pack, photographs};

const WANTS: Wants =
    Wants { template: true, quality: false, attributes: true, liveness: true, every_face: false, profile: 0 };
/// Two photos of one person differ far more.
const MIN_COSINE: f32 = 0.995;
/// Of a probability; bf16 keeps 8 bits of a number.
const MAX_DIFFERENCE: f32 = 0.1;

/// The same runtime without its fast part, which takes fixed shapes only.
struct Portable<'a>(&'a Runtime);

impl Backend for Portable<'_> {
    fn load(&self, model: &[u8], _: Input) -> Result<Box<dyn Network>, InferenceError> {
        self.0.load(model, Input::Free)
    }
}

fn scores(face: &FaceReport) -> [f32; 5] {
    let (worn, liveness) = (face.attributes.as_ref().unwrap(), face.liveness.as_ref().unwrap());
    [worn.sunglasses_score, worn.mask_score, worn.veil_score, worn.hat_score, liveness.probability]
}

fn compare(profile: &str, runtime: &Runtime) {
    let pack = pack(Some(profile));
    let mut portable = Analyzer::load(&pack, &Portable(runtime)).unwrap();
    let mut fast = Analyzer::load(&pack, runtime).unwrap();
    let (mut worst_cosine, mut worst_scores, mut count) = (1.0_f32, [0.0_f32; 5], 0);
    for path in photographs(60) {
        let Ok(photo) = Photo::open(std::fs::read(&path).unwrap(), &Limits::default()) else { continue };
        let Ok(wanted) = portable.analyze(&photo, WANTS) else { continue };
        let found = fast.analyze(&photo, WANTS).unwrap();
        let (wanted, found) = (&wanted.faces[0], &found.faces[0]);
        assert_eq!(wanted.landmarks, found.landmarks, "one detector serves both: {}", path.display());
        let cosine = wanted.template.as_ref().unwrap().cosine(found.template.as_ref().unwrap()).unwrap();
        worst_cosine = worst_cosine.min(cosine);
        for ((worst, a), b) in worst_scores.iter_mut().zip(scores(wanted)).zip(scores(found)) {
            *worst = worst.max((a - b).abs());
        }
        count += 1;
    }
    let runtime = runtime.description();
    eprintln!(
        "{runtime}, {profile}: {count} photos, cosine {worst_cosine:.4} and more, scores differ by up to {worst_scores:.3?}"
    );
    assert!(count > 10, "only {count} photos with a face");
    assert!(worst_cosine >= MIN_COSINE, "a template differs: cosine {worst_cosine}");
    assert!(worst_scores.iter().all(|worst| *worst <= MAX_DIFFERENCE), "a score differs: {worst_scores:?}");
}

#[test]
fn both_runtimes_see_the_same() {
    let runtime = facegate_vision::load_runtime(&pack(None), 1, true).unwrap();
    if runtime.description().starts_with("ONNX Runtime") {
        return eprintln!("skipped: this platform has no faster runtime");
    }
    compare("fast", &runtime);
    compare("accurate", &runtime);
}
