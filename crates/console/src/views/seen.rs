//! What the machine saw in a photo: where, each measurement with what it is held against, and what to tell the person.

use facegate_domain::Gates;
use facegate_service::{Advice, Assessed, advice};
use facegate_vision::{Analysis, Attributes, FaceReport, Liveness, Point, Quality};
use serde::Serialize;

use crate::Thresholds;

/// Scores of quality decide there.
const HALF: f32 = 0.5;

#[derive(Serialize)]
pub(crate) struct SeenView {
    /// Of the upright photo, in pixels.
    width: u32,
    height: u32,
    /// Degrees clockwise by which the photo was turned.
    rotation: u16,
    /// The first one was measured.
    faces: Vec<FaceView>,
    measurements: Vec<Measurement>,
    components: Vec<ComponentView>,
    concerns: Vec<&'static str>,
    failed_gates: Vec<&'static str>,
    advice: Vec<&'static str>,
}

#[derive(Serialize)]
struct FaceView {
    confidence: f32,
    /// Left, top, right, bottom.
    bounding_box: [f32; 4],
    /// Eyes, nose, corners of the mouth.
    landmarks: [[f32; 2]; 5],
}

#[derive(Serialize)]
struct Measurement {
    name: &'static str,
    /// 0..1.
    value: f32,
    threshold: f32,
    /// Good values are above the threshold, not below it.
    good_above: bool,
    /// The answer says yes: blurred, mask on, live.
    flag: bool,
    /// The gate that looks at it, if one does.
    gate: Option<&'static str>,
}

#[derive(Serialize)]
struct ComponentView {
    name: &'static str,
    raw: f32,
    /// 0..100.
    score: f32,
}

impl SeenView {
    pub fn new(seen: &Assessed, thresholds: &Thresholds) -> Self {
        let Analysis { width, height, rotation, ref faces, .. } = seen.analysis;
        let first = faces.first();
        let liveness = first.and_then(|face| face.liveness);
        let components = first.and_then(|face| face.quality).map(|quality| quality.components.named());
        let measured = first.map(|face| measurements(face, thresholds)).unwrap_or_default();
        Self {
            width,
            height,
            rotation,
            faces: faces.iter().map(FaceView::new).collect(),
            measurements: measured,
            components: components
                .into_iter()
                .flatten()
                .map(|(name, component)| ComponentView { name, raw: component.raw, score: component.score })
                .collect(),
            concerns: liveness.map(concerns).unwrap_or_default(),
            failed_gates: gates(seen.failed),
            advice: advice(&seen.analysis).into_iter().map(Advice::as_str).collect(),
        }
    }
}

impl FaceView {
    fn new(face: &FaceReport) -> Self {
        let (found, marks) = (&face.bounding_box, &face.landmarks);
        let point = |point: Point| [point.x, point.y];
        Self {
            confidence: face.confidence,
            bounding_box: [found.left, found.top, found.right, found.bottom],
            landmarks: [marks.left_eye, marks.right_eye, marks.nose, marks.mouth_left, marks.mouth_right].map(point),
        }
    }
}

fn measurements(face: &FaceReport, thresholds: &Thresholds) -> Vec<Measurement> {
    let quality = face.quality.as_ref().map(quality).into_iter().flatten();
    let worn = face.attributes.as_ref().map(|found| worn(found, thresholds)).into_iter().flatten();
    let live = face.liveness.map(|found| Measurement {
        name: "liveness",
        value: found.probability,
        threshold: thresholds.liveness,
        good_above: true,
        flag: found.live,
        gate: Some("liveness"),
    });
    quality.chain(worn).chain(live).collect()
}

fn quality(q: &Quality) -> [Measurement; 3] {
    let gray = if q.grayscale { 1.0 } else { 0.0 };
    [("blur", q.blur_score, q.blur), ("dark", q.dark_score, q.dark), ("grayscale", gray, q.grayscale)].map(
        |(name, value, flag)| Measurement {
            name,
            value,
            threshold: HALF,
            good_above: false,
            flag,
            gate: Some("quality"),
        },
    )
}

fn worn(a: &Attributes, t: &Thresholds) -> [Measurement; 5] {
    let gate = Some("attribute");
    [
        ("sunglasses", a.sunglasses_score, t.sunglasses, a.sunglasses, gate),
        ("mask", a.mask_score, t.mask, a.mask, gate),
        ("veil", a.veil_score, t.veil, a.veil, None),
        ("hat", a.hat_score, t.hat, a.hat, None),
        ("eyeglasses", a.eyeglasses_score, t.eyeglasses, a.eyeglasses, None),
    ]
    .map(|(name, value, threshold, flag, gate)| Measurement {
        name,
        value,
        threshold,
        good_above: false,
        flag,
        gate,
    })
}

fn concerns(liveness: Liveness) -> Vec<&'static str> {
    let concerns = liveness.concerns;
    let all = [
        (concerns.too_close, "face_too_close"),
        (concerns.too_small, "face_too_small"),
        (concerns.covered, "face_covered"),
    ];
    all.into_iter().filter_map(|(there, name)| there.then_some(name)).collect()
}

fn gates(failed: Gates) -> Vec<&'static str> {
    let all = [
        (Gates::LIVENESS, "liveness"),
        (Gates::ATTRIBUTE, "attribute"),
        (Gates::QUALITY, "quality"),
        (Gates::NFACE, "nface"),
        (Gates::MATCH, "match"),
    ];
    all.into_iter().filter_map(|(gate, name)| failed.contains(gate).then_some(name)).collect()
}
