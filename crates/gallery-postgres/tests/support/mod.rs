//! Stores, apps and enrolments for the tests of this crate.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;

use facegate_domain::{App, AppId, AppMode, ModelId, Quota, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{Charge, Commit, Enrolment};
use facegate_gallery_postgres::{DatabaseUrl, Options, PostgresStore};
use facegate_vault::{MasterKey, Vault};

/// As a server's, but nothing happens in the background.
pub fn options() -> Options {
    Options { tidy_every: None, connections: 8, ..Options::default() }
}

/// The schema's version: one for each migration.
pub fn latest() -> u32 {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    u32::try_from(std::fs::read_dir(folder).unwrap().count()).unwrap()
}

/// The vault of every test's store.
pub fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(&master_key(7), &[]).unwrap())
}

/// A master key: the same byte 32 times.
pub fn master_key(key: u8) -> MasterKey {
    MasterKey::parse(&format!("{key:02x}").repeat(32)).unwrap()
}

/// The store in a database.
pub async fn open(url: &str, options: Options) -> PostgresStore {
    PostgresStore::open(&DatabaseUrl::parse(url).unwrap(), vault(), options).await.unwrap()
}

/// An app in testing mode with this enroll quota.
pub fn app(id: &str, enroll: Option<u64>) -> App {
    App {
        id: AppId::parse(id).unwrap(),
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

/// A unit vector of the model "sample" that the seed chooses.
pub fn template(seed: u64, values: usize) -> Template {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The sum of some uniform numbers is near enough to a normal one.
        (0..4).map(|part| ((state >> (part * 16)) & 0xffff) as f32).sum::<f32>() - 131_070.0
    };
    let values = (0..values).map(|_| next()).collect();
    Template::new(ModelId::new("sample", "00"), values).unwrap()
}

/// An enrolment without a photo.
pub fn enrolment(id: &str, template: Template) -> Enrolment {
    Enrolment {
        subject_id: subject(id),
        at: Timestamp::now(),
        session_id: SessionId::generate(),
        template,
        next_template: None,
        nface: 1,
        rotation: 0,
        photo_sha256: [7; 32],
        photo: None,
        terms: Default::default(),
    }
}

/// A commit of one enroll unit and an enrolment.
pub fn enrol(id: &str, template: Template) -> Commit {
    Commit { charge: Charge { enroll: 1, liveness: 0 }, enrolment: Some(enrolment(id, template)), ..Commit::default() }
}
