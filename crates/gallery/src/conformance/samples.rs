//! Apps, photos, templates and enrolments to test with; the same seed gives the same bytes.

use facegate_domain::{
    ApiKey, App, AppId, AppMode, KeyRecord, ModelId, Quota, SessionId, SubjectId, Template, Timestamp,
};
use sha2::{Digest, Sha256};

use super::check::Complaint;
use crate::{Charge, Commit, Enrolment, IdempotencyKey, Remember, Store, Terms};

/// Values of a sample template; small, since no check looks for a face.
const DIMENSIONS: usize = 128;

/// A live app without limits, with one key.
pub(super) fn app(id: &str) -> Result<App, Complaint> {
    metered(id, None, None)
}

/// An app with these limits, with one key. Testing mode if there is a limit.
pub(super) fn metered(id: &str, enroll: Option<u64>, liveness: Option<u64>) -> Result<App, Complaint> {
    let limited = enroll.is_some() || liveness.is_some();
    Ok(App {
        id: AppId::parse(id).map_err(|error| Complaint::new(error.to_string()))?,
        name: format!("Bank {id}"),
        mode: if limited { AppMode::Testing } else { AppMode::Live },
        created_at: Timestamp(1_700_000_000_000_001),
        enroll: Quota { limit: enroll, used: 0 },
        liveness: Quota { limit: liveness, used: 0 },
        retention_days: None,
        model: None,
        next_model: None,
        keys: vec![key(1_700_000_000_000_002)],
    })
}

/// A fresh key in force.
pub(super) fn key(at: i64) -> KeyRecord {
    KeyRecord { digest: ApiKey::generate().digest(), created_at: Timestamp(at), revoked_at: None }
}

/// Makes the app in the store.
pub(super) async fn with_app(store: &dyn Store, app: App) -> Result<AppId, Complaint> {
    store.create_app(&app).await?;
    Ok(app.id)
}

/// A subject id.
pub(super) fn subject(text: &str) -> Result<SubjectId, Complaint> {
    SubjectId::parse(text).map_err(|error| Complaint::new(error.to_string()))
}

/// Bytes that look like nothing in particular (splitmix64).
pub(super) fn photo(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).to_le_bytes()
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(&mut next).take(length.div_ceil(8)).flatten().collect();
    bytes.truncate(length);
    bytes
}

/// A unit vector. All samples are of one model, as an app's subjects are.
pub(super) fn template(seed: u64) -> Result<Template, Complaint> {
    let values = photo(seed, DIMENSIONS).iter().map(|byte| f32::from(*byte) - 127.3).collect();
    let model = ModelId::new("sample", "00");
    Template::new(model, values).map_err(|error| Complaint::new(error.to_string()))
}

/// An enrolment whose every part follows from the seed; `nface` is the seed itself.
pub(super) fn enrolment(id: &SubjectId, seed: u32) -> Result<Enrolment, Complaint> {
    let photo = photo(u64::from(seed), 1000 + (seed as usize * 37) % 5000);
    Ok(Enrolment {
        subject_id: id.clone(),
        at: Timestamp(1_710_000_000_000_000 + i64::from(seed)),
        session_id: SessionId::generate(),
        template: template(u64::from(seed))?,
        next_template: None,
        nface: seed,
        rotation: [0, 90, 180, 270][seed as usize % 4],
        photo_sha256: sha256(&photo),
        photo: Some(photo),
        terms: Terms { consent_reference: (seed % 2 == 1).then(|| format!("consent {seed}")), expires_at: None },
    })
}

/// A commit that charges nothing.
pub(super) fn free(enrolment: Enrolment) -> Commit {
    Commit { enrolment: Some(enrolment), ..Commit::default() }
}

/// A commit of this charge without an enrolment.
pub(super) fn units(enroll: u64, liveness: u64) -> Commit {
    Commit { charge: Charge { enroll, liveness }, ..Commit::default() }
}

/// An idempotency key.
pub(super) fn idempotency_key(text: &str) -> Result<IdempotencyKey, Complaint> {
    IdempotencyKey::parse(text).map_err(|error| Complaint::new(error.to_string()))
}

/// What to remember under this key: fingerprint and answer follow from the seed, which is also the time; it lasts for
/// 1000 µs and names the subject if there is one.
pub(super) fn remember(key: &str, seed: u32, names: Option<&SubjectId>) -> Result<Remember, Complaint> {
    Ok(Remember {
        key: idempotency_key(key)?,
        fingerprint: sha256(&seed.to_le_bytes()),
        answer: photo(u64::from(seed) + 7, 300 + seed as usize % 50),
        subject_id: names.cloned(),
        at: Timestamp(i64::from(seed)),
        expires_at: Timestamp(i64::from(seed) + 1000),
    })
}

/// SHA-256 of the bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
