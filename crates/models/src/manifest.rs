//! The manifest's shape. Unknown keys are errors, so a typing mistake cannot silently change a threshold.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `manifest.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    pub schema: u32,
    /// The inference runtime.
    pub runtime: RuntimeEntry,
    /// A faster runtime for some platforms.
    pub accelerator: Option<AcceleratorEntry>,
    /// Every file with weights.
    #[serde(rename = "file")]
    pub files: Vec<FileEntry>,
    /// Face detection.
    pub detector: DetectorSettings,
    /// The profile that is used unless the configuration names another.
    pub default_profile: String,
    /// The ways to make templates, by name.
    #[serde(rename = "profile")]
    pub profiles: BTreeMap<String, Profile>,
    /// Passive liveness.
    pub liveness: LivenessSettings,
    /// Sunglasses, mask, veil, hat.
    pub attributes: AttributeSettings,
}

/// The runtime's shared library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeEntry {
    /// Version of ONNX Runtime.
    pub version: String,
    /// Path below the models folder.
    pub path: String,
    /// SHA-256 in hexadecimal by platform, for example `x86_64-linux`.
    pub sha256: BTreeMap<String, String>,
}

/// The shared libraries of a runtime that is faster on one platform, all in one folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceleratorEntry {
    /// Version of OpenVINO.
    pub version: String,
    /// The platform that it is for, for example `x86_64-linux`.
    pub platform: String,
    /// File name of the library to load.
    pub entry: String,
    /// Every library that it needs, itself included.
    pub library: Vec<LibraryEntry>,
}

/// One shared library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryEntry {
    /// Path below the models folder.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// One file with weights.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// How the other sections call it.
    pub name: String,
    /// Path below the models folder.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// SPDX identifier or a sentence.
    pub licence: String,
    /// Where it comes from and how it was made.
    pub origin: String,
}

/// YuNet: BGR 0–255, letterboxed, sides multiples of 32.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSettings {
    /// File name of the network.
    pub network: String,
    /// Long side of the detector's input in pixels for small photos.
    pub base_size: u32,
    /// The same for photos whose long side is over `base_size` × 1.5, so that small faces count too.
    pub large_size: u32,
    /// The same for last looks for small faces in large photos, growing.
    pub search_sizes: Vec<u32>,
    /// A face needs this score, 0..1.
    pub score_threshold: f32,
    /// The score of a face that needs no second look: turned or frame-filling faces score less.
    pub confident_score: f32,
    /// Boxes that overlap by more than this intersection over union are one face.
    pub nms_iou: f32,
}

/// One way to make templates of an aligned face of 112×112 pixels. Templates of different profiles are never compared.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name of the templates' model, part of its id.
    pub name: String,
    /// Whether the mirrored face (and the landmarks of the mirrored photo) are averaged in.
    #[serde(default)]
    pub mirror: bool,
    /// File name of the mean templates (safetensors, one tensor for each part, named `PROFILE.NETWORK`), subtracted from
    /// each part's unit template before it is normalised again ("centring"): the mean says what faces have in common,
    /// so without it more is left that tells them apart.
    pub means: Option<String>,
    /// The networks whose templates are joined, in this order. The first one gives the attributes' inner maps too.
    #[serde(rename = "part")]
    pub parts: Vec<PartSettings>,
    /// How cosines of this profile become similarities.
    pub calibration: CalibrationSettings,
}

/// One embedding network of a profile.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSettings {
    /// File name of the network.
    pub network: String,
    /// Output with the template.
    pub output: String,
    /// Numbers in this part of the template.
    pub dimension: usize,
    /// Order of the input's planes.
    pub colour: ColourOrder,
    /// The input is `(value − offset) · scale`, with values of 0..255.
    #[serde(default)]
    pub offset: f32,
    /// See `offset`.
    #[serde(default = "one")]
    pub scale: f32,
    /// Share in the cosine of the joined templates, > 0; shares are relative to their sum.
    #[serde(default = "one")]
    pub weight: f32,
    /// Length of the network's output for an ordinary good photo, > 0: shorter ones tell of poor photos.
    pub typical_norm: f32,
}

/// Order of a network's input planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

fn one() -> f32 {
    1.0
}

/// Measured on genuine and impostor pairs; see `facegate_domain::Calibration`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationSettings {
    /// (cosine, similarity), growing from (−1, 0) to (1, 100).
    pub points: Vec<(f64, f64)>,
    /// (false match rate, cosine), falling rates.
    pub rates: Vec<(f64, f64)>,
}

/// fr_liveness: BGR 0–255, 128×128, class 0 is live.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessSettings {
    /// File name of the network.
    pub network: String,
    /// Side of the crop in units of the face's box.
    pub crop_scale: f32,
    /// Probability from which a face counts as live, 0..1.
    pub threshold: f32,
    /// Whether the mirrored crop is averaged in.
    pub mirror: bool,
    /// The logit of the network's answer times this, > 0, …
    #[serde(default = "one")]
    pub slope: f32,
    /// … plus this is the logit of the chance of being live, with as many live people as attacks.
    #[serde(default)]
    pub offset: f32,
}

/// Logistic heads on the embedding's inner maps and one small context network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeSettings {
    /// File name of the context network.
    pub context_network: String,
    /// File name of the heads (safetensors).
    pub heads: String,
    /// Probability from which an attribute counts as present, by attribute.
    pub thresholds: AttributeThresholds,
}

/// Thresholds 0..1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeThresholds {
    /// Dark glasses.
    pub sunglasses: f32,
    /// Face mask.
    pub mask: f32,
    /// Veil or headscarf.
    pub veil: f32,
    /// Hat, cap, helmet.
    pub hat: f32,
    /// Glasses of any kind.
    pub eyeglasses: f32,
}
