//! Stores for the tests of this crate.
#![allow(clippy::unwrap_used, dead_code, reason = "each test file uses a part")]

use std::path::Path;
use std::sync::Arc;

use facegate_domain::{
    ApiKey, App, AppId, AppMode, KeyRecord, ModelId, Quota, SessionId, SubjectId, Template, Timestamp,
};
use facegate_gallery::{AppAdmin, Commit, Enrolment, Gallery, Terms};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_vault::{MasterKey, Vault};

/// A master key: the same byte 32 times.
pub fn master_key(key: u8) -> MasterKey {
    MasterKey::parse(&format!("{key:02x}").repeat(32)).unwrap()
}

/// A vault with that key.
pub fn vault(key: u8) -> Arc<Vault> {
    Arc::new(Vault::new(&master_key(key), &[]).unwrap())
}

/// A store with that vault.
pub fn store(path: &Path, vault: &Arc<Vault>) -> SqliteStore {
    SqliteStore::open(path, vault.clone(), Options { readers: 1, ..Options::default() }).unwrap()
}

/// An app.
pub async fn app(store: &SqliteStore, id: &str, at: i64) -> AppId {
    let key = KeyRecord { digest: ApiKey::generate().digest(), created_at: Timestamp(at), revoked_at: None };
    let app = App {
        id: AppId::parse(id).unwrap(),
        name: format!("Bank {id}"),
        mode: AppMode::Testing,
        created_at: Timestamp(at),
        enroll: Quota { limit: Some(1000), used: 3 },
        liveness: Quota::default(),
        keys: vec![key],
        retention_days: Some(365),
        model: None,
        next_model: None,
    };
    store.create_app(&app).await.unwrap();
    app.id
}

/// The template of a number.
pub fn template(number: usize) -> Template {
    let values = (0..8).map(|index| ((index + number * 3) as f32).sin() + 0.01).collect();
    Template::new(ModelId::new("sample", "00"), values).unwrap()
}

/// Enrols subjects of these numbers; each has a photo of so many bytes.
pub async fn enrol(store: &SqliteStore, app: &AppId, numbers: std::ops::Range<usize>, photo: usize) {
    for number in numbers {
        let enrolment = Enrolment {
            subject_id: SubjectId::parse(&format!("subject-{number:04}")).unwrap(),
            at: Timestamp(1000 + number as i64),
            session_id: SessionId::generate(),
            template: template(number),
            next_template: None,
            nface: 1,
            terms: Terms {
                consent_reference: Some(format!("form {number}")),
                expires_at: Some(Timestamp(253_402_300_799_999_999)),
            },
            rotation: 90,
            photo_sha256: [number as u8; 32],
            photo: (photo > 0).then(|| format!("photo {number:04} ").repeat(photo / 11 + 1).into_bytes()),
        };
        store.commit(app, Commit { enrolment: Some(enrolment), ..Commit::default() }).await.unwrap();
    }
}

/// No progress.
pub fn quiet(_: u64, _: u64) {}
