//! `facegate enroll`, `verify`, `search` and `inspect`: here and at a server, interrupted and taken up again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use facegate_tests::{TestServer, facegate, photos, repository};
use serde_json::Value;

/// A store in a folder, without a server.
struct Place {
    folder: tempfile::TempDir,
    app: String,
}

impl Place {
    fn new(mode: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Self { folder, app: String::new() };
        let made = place.run(&[&["app", "create", "--json"], mode].concat());
        place.app = json(&made)["app_id"].as_str().unwrap().to_owned();
        place
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = facegate();
        command.args(arguments).arg("--data").arg(self.folder.path().join("data"));
        command.arg("--models").arg(repository().join("models"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A folder with these photographs under these names.
    fn photos(&self, files: &[(&str, &str)]) -> String {
        let folder = self.folder.path().join("photos");
        for (name, photo) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, photos::bytes(photo)).unwrap();
        }
        folder.to_str().unwrap().to_owned()
    }

    /// Units of the enrolment quota that are used.
    fn used(&self) -> u64 {
        json(&self.run(&["app", "show", &self.app, "--json"]))["enroll"]["used"].as_u64().unwrap()
    }
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{}", err(output)))
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// File, subject and code of each line of a report, sorted.
fn report(path: &Path) -> Vec<[String; 3]> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines: Vec<_> = text
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            [fields[0].to_owned(), fields[1].to_owned(), fields[2].to_owned()]
        })
        .collect();
    lines.sort();
    lines
}

fn row(file: &str, subject: &str, code: &str) -> [String; 3] {
    [file, subject, code].map(str::to_owned)
}

#[test]
fn a_folder_is_enrolled_and_the_report_accounts_for_every_file() {
    let place = Place::new(&["--mode", "testing", "--enroll-quota", "10"]);
    let source = place.photos(&[
        ("obama.jpg", photos::OBAMA),
        ("more/biden.JPG", photos::BIDEN),
        ("group.jpg", photos::GROUP),
        ("small.jpg", photos::SMALL),
    ]);
    std::fs::write(Path::new(&source).join("no photo.jpg"), "none").unwrap();
    std::fs::write(Path::new(&source).join("readme.txt"), "no photo either").unwrap();

    let checked = place.run(&["enroll", &source, "--dry-run", "--gate", "nface"]);
    assert_eq!(checked.status.code(), Some(2), "{}", err(&checked));
    assert_eq!(place.used(), 0);

    let enrolled = place.run(&["enroll", &source, "--gate", "nface"]);
    assert_eq!(enrolled.status.code(), Some(2), "{}", err(&enrolled));
    let expected = [
        row("group.jpg", "group", "FAIL_ON_8"),
        row("more/biden.JPG", "biden", "SUCCESS"),
        row("no photo.jpg", "no photo", "INVALID_PAYLOAD_IMAGE_FORMAT"),
        row("obama.jpg", "obama", "SUCCESS"),
        row("small.jpg", "small", "SUCCESS"),
    ];
    for name in ["facegate-enroll.csv", "facegate-enroll-dry-run.csv"] {
        assert_eq!(report(&Path::new(&source).join(name)), expected, "{name}");
    }
    assert!(out(&enrolled).contains("SUCCESS") && out(&enrolled).contains("FAIL_ON_8"), "{}", out(&enrolled));
    // Gates that fail are answered requests and cost a unit.
    assert_eq!(place.used(), 4);
    place.run(&["enroll", &source, "--gate", "nface"]);
    assert_eq!(place.used(), 4, "a finished report answers for all of them");

    let probe = photos::path(photos::OBAMA_MORE[0]);
    let found = place.run(&["search", probe.to_str().unwrap(), "--limit", "3"]);
    assert!(found.status.success() && out(&found).trim_end().ends_with("obama"), "{}{}", out(&found), err(&found));
    let nobody = place.run(&["search", photos::path(photos::PERSON_B).to_str().unwrap()]);
    assert_eq!((nobody.status.code(), out(&nobody).trim()), (Some(2), "nobody"));
}

#[test]
fn a_table_names_the_subjects_and_a_used_up_quota_stops_the_run() {
    let place = Place::new(&["--mode", "testing", "--enroll-quota", "1"]);
    let source = place.photos(&[("a.jpg", photos::OBAMA), ("b.jpg", photos::BIDEN)]);
    let table = Path::new(&source).join("people.csv");
    std::fs::write(&table, "photo,customer\na.jpg,\"17, Jl. Mawar\"\nb.jpg,18\nmissing.jpg,19\n").unwrap();
    let table = table.to_str().unwrap();
    let line = [
        "enroll",
        table,
        "--file-column",
        "photo",
        "--subject-column",
        "customer",
        "--parallel",
        "1",
        "--app",
        &place.app,
    ];
    let stopped = place.run(&line);
    assert_eq!(stopped.status.code(), Some(1), "{}", out(&stopped));
    assert!(err(&stopped).contains("INSUFFICIENT_QUOTA_ENROLL"), "{}", err(&stopped));
    place.run(&["app", "set-quota", &place.app, "--enroll-quota", "2"]);
    let done = place.run(&line);
    assert_eq!(done.status.code(), Some(2), "{}", err(&done));
    assert!(err(&done).contains("answers for 1 files"), "{}", err(&done));
    let text = std::fs::read_to_string(Path::new(&source).join("facegate-enroll.csv")).unwrap();
    for start in ["a.jpg,\"17, Jl. Mawar\",SUCCESS,", "b.jpg,18,SUCCESS,", "missing.jpg,19,FILE_NOT_READABLE,"] {
        assert_eq!(text.lines().filter(|line| line.starts_with(start)).count(), 1, "{start}\n{text}");
    }
    assert_eq!(place.used(), 2);
}

/// Lines of a report that is being written.
fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn an_interrupted_run_goes_on_without_double_work() {
    let place = Place::new(&["--mode", "testing", "--enroll-quota", "unlimited"]);
    let names: Vec<String> = (0..60).map(|number| format!("person-{number:02}.jpg")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), photos::SMALL)).collect();
    let source = place.photos(&files);
    let report_path = Path::new(&source).join("facegate-enroll.csv");
    for (signal, code) in [("-KILL", None), ("-INT", Some(130))] {
        let before = lines(&report_path);
        let mut command = place.command(&["enroll", &source, "--parallel", "3"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while lines(&report_path) < before.max(1) + 8 {
            std::thread::sleep(Duration::from_millis(2));
        }
        let sent = Command::new("sh").args(["-c", &format!("kill {signal} {}", child.id())]).status().unwrap();
        assert!(sent.success());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), code, "{}", err(&ended));
    }
    assert!(lines(&report_path) < 61, "it was interrupted too late to show anything");
    let done = place.run(&["enroll", &source]);
    assert!(done.status.success(), "{}{}", out(&done), err(&done));
    let found = report(&report_path);
    assert_eq!(found.len(), 60);
    assert!(found.iter().zip(&names).all(|(line, name)| line[0] == *name && line[2] == "SUCCESS"), "{found:?}");
    assert_eq!(place.used(), 60, "what was on its way when it was killed is not enrolled twice");
}

#[tokio::test]
async fn at_a_server_and_beside_it() {
    let server = TestServer::start();
    let app = server.live();
    let folder = tempfile::tempdir().unwrap();
    for (name, photo) in [("a.jpg", photos::OBAMA), ("b.jpg", photos::BIDEN)] {
        std::fs::copy(photos::path(photo), folder.path().join(name)).unwrap();
    }
    let source = folder.path().to_str().unwrap();
    let at = |key: &str, arguments: &[&str]| {
        let mut command = facegate();
        command.args(arguments).args(["--url", server.base(), "--app", &app.id]).env("FACEGATE_API_KEY", key);
        command.output().unwrap()
    };
    let refused = at("wrong", &["enroll", source]);
    assert!(refused.status.code() == Some(1) && err(&refused).contains("UNAUTHORIZED"), "{}", err(&refused));
    let enrolled = at(&app.key, &["enroll", source]);
    assert!(enrolled.status.success(), "{}", err(&enrolled));
    let probe = photos::path(photos::OBAMA_MORE[0]);
    let found = at(&app.key, &["search", probe.to_str().unwrap(), "--json"]);
    assert_eq!(json(&found)["matches"][0]["subject_id"], "a");
    app.get("subjects/b").await.expect(200, "");
    // The folder has its server; the database of a server may have more of them.
    if server.data().join("facegate.db").exists() {
        let beside = server.run(&["enroll", source, "--report", folder.path().join("r.csv").to_str().unwrap()]);
        assert!(beside.status.code() == Some(1) && err(&beside).contains("--url"), "{}", err(&beside));
    }
}

#[test]
fn two_photos_are_compared_and_one_is_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = facegate();
        command.args(arguments).arg("--data").arg(folder.path()).arg("--models").arg(repository().join("models"));
        command.output().unwrap()
    };
    let path = |name: &str| photos::path(name).to_str().unwrap().to_owned();
    let same = run(&["verify", &path(photos::OBAMA), &path(photos::OBAMA_MORE[0])]);
    assert!(same.status.success() && out(&same).contains("the same person"), "{}{}", out(&same), err(&same));
    let other = run(&["verify", &path(photos::OBAMA), &path(photos::BIDEN), "--json"]);
    assert_eq!((other.status.code(), &json(&other)["error_code"]), (Some(2), &"FAIL_ON_16".into()));

    let picture: PathBuf = folder.path().join("seen.png");
    let seen = run(&["inspect", &path(photos::GROUP), "--draw", picture.to_str().unwrap()]);
    let text = out(&seen);
    for words in ["face 4", "rotation", "sharpness", "sunglasses_on", "probability", "left_eye_x"] {
        assert!(text.contains(words), "{words}\n{text}{}", err(&seen));
    }
    let drawn = std::fs::read(&picture).unwrap();
    assert!(drawn.starts_with(b"\x89PNG") && drawn.len() > 100_000);
    let missing = run(&["inspect", "no-such-file.jpg"]);
    assert!(missing.status.code() == Some(1) && err(&missing).contains("no-such-file.jpg"), "{}", err(&missing));
    assert!(!folder.path().join("facegate.db").exists(), "neither needs a store");
}
