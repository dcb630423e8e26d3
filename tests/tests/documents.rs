//! Every command in README.md and docs/ works: it is run here as it is written, or named below with the place that runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use facegate_tests::{App, TestServer, binary, photos, repository};
use serde_json::Value;

/// Beginnings of commands that are run elsewhere or nowhere, and where.
const ELSEWHERE: &[(&str, &str)] = &[
    ("make", "the Makefile's targets are how this test came to run"),
    ("sudo", "changes the machine: packaging is checked by linters, see docs/OPERATIONS.md"),
    ("FACEGATE_DATABASE_FILE=", "tests/tests/three_servers.rs serves so"),
    ("APP_ID=", "placeholders"),
    ("facegate console password", "asks for a password: tests/tests/console.rs"),
    ("facegate migrate-store", "tests/tests/transfer.rs, where a PostgreSQL is"),
    ("facegate reembed", "tests/tests/reembed: the commands after it would need the other profile"),
    ("facegate calibrate", "tests/tests/eval.rs: asks for more photos than there are here"),
];

/// A command and the page that it stands on.
struct Line {
    page: String,
    text: String,
}

/// The commands of a page's code blocks: fenced as `sh`, or indented. Continued lines are joined, comments dropped.
fn commands(page: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(page).unwrap();
    let page = page.strip_prefix(repository()).unwrap().display().to_string();
    let (mut found, mut fence, mut joined): (Vec<Line>, Option<bool>, String) = (Vec::new(), None, String::new());
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(language == "sh") };
            continue;
        }
        let code = match fence {
            Some(shell) => shell.then_some(line),
            None => line.strip_prefix("    ").filter(|rest| !joined.is_empty() || is_command(rest)),
        };
        let Some(code) = code else { continue };
        let code = code.split(" # ").next().unwrap().trim();
        joined = format!("{joined}\n{code}").replace("\\\n", " ").trim().to_owned();
        let goes_on =
            code.ends_with('\\') || code.ends_with('|') || joined.matches('(').count() > joined.matches(')').count();
        if !goes_on && !joined.is_empty() {
            found.push(Line { page: page.clone(), text: std::mem::take(&mut joined) });
        }
    }
    assert!(joined.is_empty(), "{page}: {joined} goes on at the end of the page");
    found
}

/// Whether an indented line is a command and no drawing or output.
fn is_command(line: &str) -> bool {
    ["facegate ", "sudo ", "make", "curl ", "FACEGATE_", "python3 ", "docker "]
        .iter()
        .any(|start| line.starts_with(start))
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![repository().join("README.md")];
    let docs = std::fs::read_dir(repository().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages.sort();
    pages
}

/// A folder in which the commands find what they name.
struct Reader {
    folder: tempfile::TempDir,
    server: TestServer,
    app: App,
    sandbox: App,
    /// A capture page that was ordered.
    capture: String,
    /// The app of the folder without a server.
    local: String,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        for (name, photo) in [
            ("photos/obama_1.jpg", photos::OBAMA),
            ("photos/obama_2.jpg", photos::OBAMA_MORE[0]),
            ("photos/a_1.jpg", photos::SMALL),
            ("photos/a_2.jpg", photos::PERSON_A),
            ("photos/b_1.jpg", photos::PERSON_B),
            ("photos/b_2.jpg", photos::PERSON_B_2),
            ("photo.jpg", photos::OBAMA),
            ("passport.jpg", photos::OBAMA),
            ("selfie.jpg", photos::OBAMA_MORE[0]),
            ("unknown.jpg", photos::OBAMA_MORE[1]),
        ] {
            let path = here.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(photos::path(photo), path).unwrap();
        }
        let people = "file,person\nobama_1.jpg,o\nobama_2.jpg,o\na_1.jpg,a\na_2.jpg,a\nb_1.jpg,b\nb_2.jpg,b\n";
        std::fs::write(here.join("people.csv"), people).unwrap();
        for name in ["bin", "backups", "secrets"] {
            std::fs::create_dir(here.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(binary(), here.join("bin/facegate")).unwrap();
        std::os::unix::fs::symlink(repository().join(".cache"), here.join(".cache")).unwrap();
        let server = TestServer::start();
        let (app, sandbox) = (server.live(), server.app(&["--mode", "sandbox"]));
        let mut reader = Self { folder, server, app, sandbox, capture: String::new(), local: String::new() };
        let made = reader.shell("facegate app create --mode live --json");
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        let order = r#"{"purpose": "enroll"}"#;
        let line =
            r#"curl -sS http://127.0.0.1:8080/v1/face/capture_tokens -H "App-ID: $APP_ID" -H "API-Key: $API_KEY""#;
        let ordered = reader.shell(&reader.filled(&format!("{line} -d '{order}'")));
        let ordered: Value = serde_json::from_slice(&ordered.stdout).unwrap();
        reader.capture = ordered["capture_id"].as_str().unwrap().to_owned();
        reader.local = made["app_id"].as_str().unwrap().to_owned();
        for (prepared, line) in [
            ("a subject", "facegate enroll photos/ --report prepared.csv"),
            ("a backup to read", "facegate backup --out /backups/2026-11-23T0300.backup"),
            ("the master key that it was made with", "cp data/master.key /run/secrets/master.key"),
        ] {
            let done = reader.shell(&reader.filled(line));
            assert!(done.status.success(), "{prepared}: {}", String::from_utf8_lossy(&done.stderr));
        }
        reader
    }

    /// With what placeholders stand for.
    fn filled(&self, line: &str) -> String {
        let here = self.folder.path().display().to_string();
        let line = line.replace("--subject ID", "--subject obama_1").replace("APP-ID", &self.local);
        let line = line.replace(" ID", &format!(" {}", self.local)).replace("--out FILE", "--out any.backup");
        let line = line.replace("/backups/", &format!("{here}/backups/")).replace("/srv/", &format!("{here}/"));
        line.replace("/run/secrets/", &format!("{here}/secrets/")).replace("http://127.0.0.1:8080", self.server.base())
    }

    fn shell(&self, line: &str) -> Output {
        let here = self.folder.path();
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(here);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", here.join("bin").display()));
        // An import goes to another installation.
        let data = if line.starts_with("facegate import") { "elsewhere" } else { "data" };
        command.env("FACEGATE_DATA", here.join(data)).env("FACEGATE_MODELS", repository().join("models"));
        command.env("APP_ID", &self.app.id).env("API_KEY", &self.app.key);
        command.env("CAPTURE_ID", &self.capture);
        command.env("SANDBOX_ID", &self.sandbox.id).env("SANDBOX_KEY", &self.sandbox.key);
        command.output().unwrap()
    }
}

#[test]
fn every_command_of_the_documentation_works() {
    let lines: Vec<Line> = pages().iter().flat_map(|page| commands(page)).collect();
    let elsewhere = |line: &Line| ELSEWHERE.iter().any(|(start, _)| line.text.starts_with(start));
    for (start, _) in ELSEWHERE {
        assert!(lines.iter().any(|line| line.text.starts_with(start)), "no page says {start:?} any more");
    }
    let reader = Reader::new();
    let elsewhere_store = reader.shell("facegate app create --mode live --data elsewhere");
    assert!(elsewhere_store.status.success());
    let mut run = 0;
    for line in lines.iter().filter(|line| !elsewhere(line)) {
        let filled = reader.filled(&line.text);
        let output = reader.shell(&filled);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // 2: looked at as asked for, and the answer is no; or the arguments are wrong, which is told as an error or by the usage.
        let done =
            matches!(output.status.code(), Some(0 | 2)) && !err.starts_with("error: ") && !err.contains("Usage:");
        let answered = !out.contains("\"error_code\"") || out.contains("FAIL_ON");
        assert!(done && answered, "{}: {filled}\n{:?}\n{out}\n{err}", line.page, output.status.code());
        println!("{}: {}", line.page, line.text);
        run += 1;
    }
    assert!(run >= 25, "only {run} commands were found");
}
