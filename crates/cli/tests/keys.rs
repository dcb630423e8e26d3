//! Master keys as an operator meets them; no models needed.

// Helpers are test code too, but the lint only knows functions marked #[test].
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs a line on a data folder, with these settings.
fn facegate(data: &Path, line: &str, settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_facegate"));
    command.args(line.split(' ')).arg("--data").arg(data).stdin(Stdio::null());
    std::env::vars().filter(|(name, _)| name.starts_with("FACEGATE_")).for_each(|(name, _)| {
        command.env_remove(name);
    });
    command.envs(settings.iter().copied());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(data: &Path, line: &str, settings: &[(&str, &str)]) -> String {
    let output = facegate(data, line, settings);
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn refused(data: &Path, line: &str, settings: &[(&str, &str)]) -> String {
    let output = facegate(data, line, settings);
    let sentence = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{line}: {sentence}");
    assert!(sentence.starts_with("facegate: ") && !sentence.contains("panicked"), "{sentence}");
    sentence
}

/// A new key in a file that is the owner's.
fn key_file(folder: &Path, name: &str) -> (PathBuf, String) {
    let (path, key) = (folder.join(name), run(folder, "keys generate", &[]));
    fs::write(&path, &key).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    (path, key.trim().to_owned())
}

fn status(data: &Path, settings: &[(&str, &str)]) -> Vec<(u64, bool, bool)> {
    let keys: Value = serde_json::from_str(&run(data, "keys status --json", settings)).unwrap();
    let one = |key: &Value| {
        assert_eq!(key["master_key_id"].as_str().unwrap().len(), 16);
        (key["apps"].as_u64().unwrap(), key["current"].as_bool().unwrap(), key["needed"].as_bool().unwrap())
    };
    keys.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_new_key_is_random_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (one, two) = (run(&data, "keys generate", &[]), run(&data, "keys generate", &[]));
    assert!(one.len() == 65 && one.trim().bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    assert_ne!(one, two);
    assert!(!data.exists());
}

#[test]
fn the_folder_gets_a_key_of_its_own_and_is_lost_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    run(&data, "app create --mode live", &[]);
    let key = data.join("master.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(status(&data, &[]), [(1, true, true)]);
    let shown = text(&facegate(&data, "doctor --listen 127.0.0.1:0", &[]).stdout);
    assert!(shown.contains("ok    master key: ") && shown.contains("warn  master key: "), "{shown}");
    assert!(!shown.contains(fs::read_to_string(&key).unwrap().trim()));

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = refused(&data, "app list", &[]);
    assert!(open.contains("chmod 600") && open.contains("master.key"), "{open}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    let before = fs::read(data.join("facegate.db")).unwrap();
    fs::rename(&key, folder.path().join("elsewhere")).unwrap();
    for line in ["app list", "app create --mode live", "keys status", "keys rewrap"] {
        let lost = refused(&data, line, &[]);
        assert!(lost.contains("is sealed") && lost.contains("put it back"), "{line}: {lost}");
    }
    let doctor = facegate(&data, "doctor --listen 127.0.0.1:0", &[]);
    assert!(!doctor.status.success() && text(&doctor.stdout).contains("fail  master key: "));
    let (_, other) = key_file(folder.path(), "other");
    fs::write(&key, &other).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let wrong = refused(&data, "app list", &[]);
    assert!(wrong.contains("sealed with the master key") && !wrong.contains(&other), "{wrong}");
    assert!(fs::read(data.join("facegate.db")).unwrap() == before, "a refused store was changed");

    fs::rename(folder.path().join("elsewhere"), &key).unwrap();
    run(&data, "app list", &[]);
}

#[test]
fn the_key_comes_from_a_file_a_variable_or_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (path, key) = key_file(folder.path(), "key");
    let file = format!("file:{}", path.display());
    run(&data, &format!("app create --mode live --master-key {file}"), &[]);
    assert!(!data.join("master.key").exists(), "no key is made where one is given");
    let setting = "FACEGATE_ENCRYPTION__MASTER_KEY";
    let program = format!("command:cat {}", path.display());
    for settings in [
        vec![(setting, file.as_str())],
        vec![(setting, "env:SECRET"), ("SECRET", &key)],
        vec![(setting, program.as_str())],
    ] {
        assert_eq!(status(&data, &settings), [(1, true, true)]);
    }
    let shown = text(&facegate(&data, "doctor --listen 127.0.0.1:0", &[(setting, &file)]).stdout);
    assert!(shown.contains("ok    master key: ") && !shown.contains("warn  master key: "), "{shown}");
    for (source, what) in [
        (key.as_str(), "must be file:PATH"),
        ("env:NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE"),
        ("file:/does/not/exist", "/does/not/exist"),
        ("command:false", "ended with"),
        ("command:echo 0707", "holds none"),
    ] {
        let sentence = refused(&data, "app list", &[(setting, source)]);
        assert!(sentence.contains(what) && !sentence.contains(&key[..8]), "{source}: {sentence}");
    }
    let mistaken = refused(&data, "app list", &[("FACEGATE_MASTER_KEY", &file)]);
    assert!(mistaken.contains("no setting"), "{mistaken}");
}

#[test]
fn the_master_key_is_changed_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (old, new) = (key_file(folder.path(), "old").0, key_file(folder.path(), "new").0);
    let (old, new) = (format!("file:{}", old.display()), format!("file:{}", new.display()));
    let with = |current: &str, previous: &str| {
        let previous = ("FACEGATE_ENCRYPTION__PREVIOUS_MASTER_KEYS".to_owned(), previous.to_owned());
        [("FACEGATE_ENCRYPTION__MASTER_KEY".to_owned(), current.to_owned()), previous]
    };
    let run = |line: &str, settings: [(String, String); 2]| {
        run(&data, line, &settings.each_ref().map(|(name, value)| (name.as_str(), value.as_str())))
    };
    for _ in 0..3 {
        run("app create --mode live", with(&old, ""));
    }
    run("app create --mode live", with(&old, &new));
    run("app create --mode live", with(&new, &old));
    let shown = run("keys status", with(&new, &old));
    assert!(shown.contains("seals 4 apps") && shown.contains("seals 1 app\n") && shown.contains("rewrap"), "{shown}");
    let done = run("keys rewrap", with(&new, &old));
    assert!(done.contains("sealed 4 apps anew"), "{done}");
    assert!(run("keys rewrap", with(&new, &old)).contains("sealed 0 apps"));
    assert_eq!(run("app list --json", with(&new, "")).matches("app_id").count(), 5);
    let stale = refused(&data, "app list", &[("FACEGATE_ENCRYPTION__MASTER_KEY", &old)]);
    assert!(stale.contains("sealed with the master key"), "{stale}");
}

#[test]
fn a_database_has_no_key_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("FACEGATE_DATABASE", "postgres://u@127.0.0.1:1/d")];
    let sentence = refused(folder.path(), "app list", &settings);
    assert!(sentence.contains("facegate keys generate") && sentence.contains("--master-key"), "{sentence}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
