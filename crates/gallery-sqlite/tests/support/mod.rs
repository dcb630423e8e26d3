//! Apps and enrolments for the tests of this crate.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;

use facegate_domain::{App, AppId, AppMode, ModelId, Quota, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Charge, Commit, Enrolment};
use facegate_vault::{MasterKey, Vault};
use sha2::{Digest, Sha256};

/// The schema's version: one for each migration.
pub fn latest() -> u32 {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    u32::try_from(std::fs::read_dir(folder).unwrap().count()).unwrap()
}

/// The vault of every test's store.
pub fn vault() -> Arc<Vault> {
    vault_of(7)
}

/// The vault of a master key.
pub fn vault_of(key: u8) -> Arc<Vault> {
    Arc::new(Vault::new(&master_key(key), &[]).unwrap())
}

/// A master key: the same byte 32 times.
pub fn master_key(key: u8) -> MasterKey {
    MasterKey::parse(&format!("{key:02x}").repeat(32)).unwrap()
}

/// The app `bank` in testing mode with this enroll quota.
pub fn bank(enroll: Option<u64>) -> App {
    App {
        id: AppId::parse("bank").unwrap(),
        name: "Bank".to_owned(),
        mode: AppMode::Testing,
        created_at: Timestamp(1),
        enroll: Quota { limit: enroll, used: 0 },
        liveness: Quota::default(),
        retention_days: None,
        model: None,
        next_model: None,
        keys: vec![],
    }
}

/// A subject id.
pub fn subject(text: &str) -> SubjectId {
    SubjectId::parse(text).unwrap()
}

/// A commit of one enroll unit and an enrolment; `number` goes into `nface` and chooses the photo.
pub fn enrol(id: &str, number: u32, photo_bytes: usize) -> Commit {
    let photo: Vec<u8> = (0..photo_bytes).map(|index| (index as u32 * 31 + number * 7919) as u8).collect();
    let model = ModelId::new("sample", "00");
    let values = (0..128).map(|index| (index as f32 + number as f32).sin() + 0.01).collect();
    let enrolment = Enrolment {
        subject_id: subject(id),
        at: Timestamp(i64::from(number) + 1),
        session_id: SessionId::generate(),
        template: Template::new(model, values).unwrap(),
        next_template: None,
        nface: number,
        rotation: 0,
        photo_sha256: Sha256::digest(&photo).into(),
        photo: Some(photo),
        terms: Default::default(),
    };
    Commit { charge: Charge { enroll: 1, liveness: 0 }, enrolment: Some(enrolment), ..Commit::default() }
}
