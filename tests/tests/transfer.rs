//! Backup, wipe, restore, verify: identical answers, on either backend and from one to the other; migrations and exports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use facegate_test_postgres::Postgres;
use facegate_tests::{App, Setup, TestServer, done, facegate, in_folder, master_key, photos, refused};
use serde_json::{Value, json};

fn run(key: &str, arguments: &[&str]) -> Output {
    facegate().args(arguments).env("FACEGATE_ENCRYPTION__MASTER_KEY", key).output().unwrap()
}

/// Where a store is: a folder, or a database.
#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    Database(String),
}

impl Place {
    fn folder(parent: &Path, name: &str) -> Self {
        Self::Folder(parent.join(name))
    }

    fn setting(&self) -> [&str; 2] {
        match self {
            Self::Folder(path) => ["--data", path.to_str().unwrap()],
            Self::Database(url) => ["--database", url],
        }
    }

    fn name(&self) -> &str {
        self.setting()[1]
    }

    fn serve(&self, scratch: &Path, key: &str) -> TestServer {
        let setup = match self {
            Self::Folder(path) => {
                fs::create_dir_all(path).unwrap();
                Setup::default().data(path)
            }
            Self::Database(url) => Setup::default().data(scratch).database(url),
        };
        setup.set("ENCRYPTION__MASTER_KEY", key).start()
    }
}

/// An empty place of each kind that there is here.
fn places(parent: &Path, name: &str) -> Vec<Place> {
    let database = Postgres::shared().map(|server| Place::Database(server.database()));
    [Some(Place::folder(parent, name)), database].into_iter().flatten().collect()
}

/// What the app is told about its faces: every number, without what is new in each answer.
async fn answers(app: &App) -> Vec<Value> {
    let mut answers = Vec::new();
    let mut keep = |mut body: Value| {
        let object = body.as_object_mut().unwrap();
        assert!(object.remove("session_id").is_some() && object.remove("timestamp").is_some());
        answers.push(body);
    };
    for photo in [photos::OBAMA_MORE[0], photos::BIDEN, photos::PERSON_A] {
        let bytes = photos::bytes(photo);
        for subject in ["obama", "biden", "person a"] {
            let answer = app.face_file("verify", &bytes, json!({"subject_id": subject})).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            keep(answer.body);
        }
        let answer = app.face_file("search", &bytes, json!({"limit": 10})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(!answer.body["matches"].as_array().unwrap().is_empty(), "{}", answer.body);
        keep(answer.body);
    }
    let list = app.get("subjects").await;
    assert_eq!(list.body["subjects"].as_array().unwrap().len(), 3, "{}", list.body);
    answers.push(list.body["subjects"].clone());
    answers
}

async fn enrol(app: &App) {
    for (subject, photo) in [("obama", photos::OBAMA), ("biden", photos::BIDEN), ("person a", photos::SMALL)] {
        app.enroll_file(&photos::bytes(photo), json!({"subject_id": subject})).await.expect_enrolled();
    }
}

async fn serves_the_same(place: &Place, scratch: &Path, key: &str, app: &App, before: &[Value]) {
    let server = place.serve(scratch, key);
    let app = App::new(server.base(), &app.id, &app.key);
    assert_eq!(answers(&app).await, before, "{}", place.name());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backup_wipe_restore_gives_identical_answers() {
    if !in_folder() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (scratch, key) = (folder.path().join("scratch"), master_key(folder.path(), "master.key"));
    fs::create_dir(&scratch).unwrap();
    for (number, from) in places(folder.path(), "from").into_iter().enumerate() {
        let server = from.serve(&scratch, &key);
        let app = server.live();
        server.app(&["--mode", "testing", "--enroll-quota", "5"]);
        enrol(&app).await;
        let before = answers(&app).await;
        let saved = folder.path().join(format!("backups-{number}"));
        fs::create_dir(&saved).unwrap();
        let file = saved.join("a.backup");
        let file_name = file.to_str().unwrap();
        // While it serves.
        let told = done(run(&key, &[&["backup", "--out", file_name][..], &from.setting()].concat()));
        assert!(told.contains("2 apps and 3 subjects"), "{told}");
        drop(server);
        let told = done(run(&key, &[&["backup", "--check", file_name][..], &from.setting()].concat()));
        assert!(told.contains("sound") && told.contains(&app.id), "{told}");
        if let Place::Folder(path) = &from {
            fs::remove_dir_all(path).unwrap();
        }
        for to in places(folder.path(), &format!("to-{number}")) {
            let told = done(run(&key, &[&["restore", file_name][..], &to.setting()].concat()));
            assert!(told.contains("restored 2 apps and 3 subjects; all 3 were compared"), "{told}");
            serves_the_same(&to, &scratch, &key, &app, &before).await;
        }
        // A damaged one changes nothing: not even an empty store is made.
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(&file, &bytes).unwrap();
        let untouched = folder.path().join(format!("untouched-{number}"));
        let told = refused(run(&key, &["restore", file_name, "--data", untouched.to_str().unwrap()]));
        assert!(told.contains("damaged"), "{told}");
        assert!(!untouched.join("facegate.db").exists());
        bytes[middle] ^= 4;
        fs::write(&file, &bytes).unwrap();
        // Nor without the right master key, or without one.
        let told = refused(facegate().args(["restore", file_name, "--data"]).arg(&untouched).output().unwrap());
        assert!(told.contains("--master-key"), "{told}");
        assert!(!untouched.exists());
        // Into a store that holds something else.
        let other = Place::folder(folder.path(), &format!("other-{number}"));
        done(run(&key, &[&["app", "create", "--mode", "live"][..], &other.setting()].concat()));
        let told = refused(run(&key, &[&["restore", file_name][..], &other.setting()].concat()));
        assert!(told.contains("choose an empty target"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_moves_to_the_other_backend_and_back() {
    if !in_folder() {
        return;
    }
    let Some(postgres) = Postgres::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let scratch = folder.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    let (key, other_key) = (master_key(folder.path(), "master.key"), master_key(folder.path(), "other.key"));
    let (first, second) = (Place::folder(folder.path(), "first"), Place::Database(postgres.database()));
    let third = Place::folder(folder.path(), "third");
    let server = first.serve(&scratch, &key);
    let app = server.live();
    enrol(&app).await;
    let before = answers(&app).await;
    drop(server);
    let told = done(run(&key, &["migrate-store", "--from", first.name(), "--to", second.name()]));
    assert!(told.contains("copied 1 app and 3 subjects; all 3 were compared"), "{told}");
    serves_the_same(&second, &scratch, &key, &app, &before).await;
    // Again: as after an interruption that came at the very end.
    let told = done(run(&key, &["migrate-store", "--from", first.name(), "--to", second.name()]));
    assert!(told.contains("copied 0 apps and 0 subjects, 3 were there already"), "{told}");
    let back = ["migrate-store", "--from", second.name(), "--to", third.name(), "--to-master-key", &other_key];
    done(run(&key, &back));
    serves_the_same(&third, &scratch, &other_key, &app, &before).await;
    for name in [first.name(), second.name()] {
        let told = refused(run(&key, &["migrate-store", "--from", name, "--to", name]));
        assert!(told.contains("the same store"), "{told}");
    }
    let told = refused(run(&key, &["migrate-store", "--from", "/does/not/exist", "--to", third.name()]));
    assert!(told.contains("no store"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_moves_to_an_installation_with_another_master_key() {
    if !in_folder() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let scratch = folder.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    let (home, export) = (master_key(folder.path(), "home.key"), master_key(folder.path(), "export.key"));
    let abroad = master_key(folder.path(), "abroad.key");
    let from = Place::folder(folder.path(), "from");
    let server = from.serve(&scratch, &home);
    let app = server.live();
    server.live();
    enrol(&app).await;
    let before = answers(&app).await;
    let file = folder.path().join("bank.export");
    let file_name = file.to_str().unwrap();
    let arguments = ["export", "--app", &app.id, "--out", file_name, "--key", &export];
    let told = done(run(&home, &[&arguments[..], &from.setting()].concat()));
    assert!(told.contains("3 subjects"), "{told}");
    drop(server);
    for to in places(folder.path(), "to") {
        let import = ["import", file_name, "--key", &export];
        done(run(&abroad, &[&["app", "create", "--mode", "live"][..], &to.setting()].concat()));
        let told = done(run(&abroad, &[&import[..], &to.setting()].concat()));
        assert!(told.contains("imported 1 app and 3 subjects"), "{told}");
        serves_the_same(&to, &scratch, &abroad, &app, &before).await;
        let told = done(run(&abroad, &[&import[..], &["--as", "copy"], &to.setting()].concat()));
        assert!(told.contains("imported 1 app and 3 subjects"), "{told}");
        let copy = App::new("", "copy", &app.key);
        serves_the_same(&to, &scratch, &abroad, &copy, &before).await;
        let told = refused(run(&abroad, &[&["import", file_name, "--key", &home][..], &to.setting()].concat()));
        assert!(told.contains("is sealed with the master key"), "{told}");
    }
}
