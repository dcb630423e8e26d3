//! A server that is killed at random moments loses nothing that it has acknowledged.
//!
//! A few kills during a hundred requests each; `FACEGATE_FULL=1` makes it twenty during a thousand.

mod check;
mod load;
mod proof;

use std::path::Path;
use std::sync::Arc;

use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_tests::{Setup, chance, full, images, in_folder, photos, pictures};
use facegate_vault::{MasterKey, Vault};
use serde_json::json;
use sha2::{Digest, Sha256};

use check::Books;
use load::{Load, Picture};

/// Everything that chance decides follows from it.
const SEED: u64 = 20_260_731;

/// Small pictures of different people, so that an enrolment is quick and a mix-up shows.
fn small_pictures() -> Vec<Picture> {
    let names = [photos::OBAMA, photos::SMALL, photos::PERSON_B, photos::IMPOSTOR_1, photos::IMPOSTOR_2];
    let picture = |name: &str| {
        let file = images::jpeg_of(&pictures::fitted(&photos::pixels(name), 260), 85);
        Picture { sha256: Sha256::digest(&file).into(), base64: images::base64(&file), file }
    };
    names.map(picture).into()
}

/// The vault of a server's store.
fn vault(data: &Path) -> Arc<Vault> {
    let key = MasterKey::parse(&std::fs::read_to_string(data.join("master.key")).unwrap()).unwrap();
    Arc::new(Vault::new(&key, &[]).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_enrolment_survives_sigkill() {
    // In PostgreSQL the same is asked of several servers at once: three_servers.
    if !in_folder() {
        return;
    }
    let (kills, requests) = if full() { (20, 1000) } else { (3, 100) };
    let folder = tempfile::tempdir().unwrap();
    let start = || Setup::default().data(folder.path()).start();
    let pictures = small_pictures();
    let mut server = start();
    let app = server.app(&["--mode", "testing", "--enroll-quota", "1000000"]);
    for (index, picture) in pictures.iter().enumerate() {
        let subject = json!({"subject_id": check::reference(index), "is_quality": false, "is_attribute": false});
        app.enroll_file(&picture.file, subject).await.expect_enrolled();
    }
    let mut books = Books::new(&app.id, pictures.len() as u64);
    for round in 0..kills {
        let seed = chance(SEED + round);
        let app = facegate_tests::App::new(server.base(), &app.id, &app.key);
        let load = Load { app, pictures: pictures.clone(), round, seed, requests };
        // Not during the first answers and not after the last: the server has to be at work.
        let kill_after = 1 + chance(seed) % (requests * 9 / 10);
        let events = load.run(&mut server, kill_after).await;
        let store =
            SqliteStore::open(&folder.path().join("facegate.db"), vault(folder.path()), Options::default()).unwrap();
        books.check(&store, &pictures, events).await;
        drop(store);
        server = start();
    }
    let app = facegate_tests::App::new(server.base(), &app.id, &app.key);
    app.enroll_file(&pictures[0].file, json!({})).await.expect_enrolled();
    assert_eq!(server.show(&app)["enroll"]["used"].as_u64(), Some(books.used() + 1));
    let doctor = server.run(&["doctor", "--listen", "127.0.0.1:0"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
    books.report();
}
