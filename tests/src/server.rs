//! A running `facegate serve` with a data folder of its own.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::folders::{facegate, repository};
use crate::{App, database, raw};

/// A start takes a second or two; loaded machines take longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Setup {
    settings: Vec<(String, String)>,
    models: PathBuf,
    data: Option<PathBuf>,
    database: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { settings: Vec::new(), models: repository().join("models"), data: None, database: None }
    }
}

impl Setup {
    /// With a setting, named as in the environment without `FACEGATE_`: `LIMITS__WORKERS`.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((format!("FACEGATE_{name}"), value.to_owned()));
        self
    }

    /// With a variable of its environment that leads to a file.
    pub fn variable(mut self, name: &str, path: &Path) -> Self {
        self.settings.push((name.to_owned(), path.to_str().expect("a path of text").to_owned()));
        self
    }

    /// On a data folder that is there already and stays.
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self.database = database::of(folder);
        self
    }

    /// On a database that is there already, as one of several servers.
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// With other models.
    pub fn models(mut self, folder: &Path) -> Self {
        self.models = folder.to_owned();
        self
    }

    /// The command that serves on a free port of the loopback address.
    pub fn command(&self, data: &Path) -> Command {
        let mut command = facegate();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).arg("--models").arg(&self.models);
        command.envs(self.database.iter().flat_map(|url| database::settings(url)));
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it and waits until it is ready.
    pub fn start(mut self) -> TestServer {
        self.database = self.database.or_else(database::new);
        let temporary = self.data.is_none();
        let data = self.data.clone().unwrap_or_else(|| tempfile::tempdir().unwrap().keep());
        let log = data.join("server.log");
        let mut command = self.command(&data);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let child = command.spawn().expect("the server starts");
        let watchdog = watchdog(child.id(), temporary.then_some(&*data));
        let mut server = TestServer { child, watchdog, base: String::new(), data, log, setup: self, temporary };
        server.wait_until_ready();
        server
    }
}

/// Kills the server, and removes its folder, as soon as this test process ends, however it ends: statics are never
/// dropped.
fn watchdog(server: u32, folder: Option<&Path>) -> Child {
    let script = r#"cat >/dev/null; kill -9 "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "watchdog", &server.to_string()]).arg(folder.unwrap_or(Path::new("")));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A signal to the test's group (Ctrl-C) must not reach it.
    command.process_group(0).spawn().expect("sh")
}

/// A server; killed when dropped.
#[derive(Debug)]
pub struct TestServer {
    child: Child,
    watchdog: Child,
    base: String,
    data: PathBuf,
    log: PathBuf,
    setup: Setup,
    temporary: bool,
}

impl TestServer {
    /// A server with the default settings.
    pub fn start() -> Self {
        Setup::default().start()
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            if self.base.is_empty() {
                let log = self.log();
                let address = log.split_once("listening on http://").and_then(|(_, rest)| rest.split_once('\n'));
                self.base = address.map(|(address, _)| format!("http://{}", address.trim())).unwrap_or_default();
            } else if raw::get(self.address(), "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server is not ready after {PATIENCE:?}:\n{}", self.log());
    }

    /// `http://127.0.0.1:port`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Runs a command of the binary on the server's data: `["app", "list"]`.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    /// The same with this text on its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut stdin = child.stdin.take().expect("its standard input");
        // It need not read it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("the command runs")
    }

    /// The same, to be started otherwise.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = facegate();
        command.args(arguments).arg("--data").arg(&self.data).arg("--models").arg(&self.setup.models);
        command.envs(self.setup.database.iter().flat_map(|url| database::settings(url)));
        command.envs(
            self.setup
                .settings
                .iter()
                .filter(|(name, _)| name.contains("ENCRYPTION"))
                .map(|(name, value)| (name, value)),
        );
        command.stdin(Stdio::null());
        command
    }

    /// The same for a command that must succeed with JSON.
    pub fn run_json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
    }

    /// A new app: `["--mode", "testing", "--enroll-quota", "10"]`.
    pub fn app(&self, arguments: &[&str]) -> App {
        let made = self.run_json(&[&["app", "create"], arguments].concat());
        App::new(&self.base, made["app_id"].as_str().unwrap(), made["api_key"].as_str().unwrap())
    }

    /// A new live app.
    pub fn live(&self) -> App {
        self.app(&["--mode", "live"])
    }

    /// `app show --json`.
    pub fn show(&self, app: &App) -> Value {
        self.run_json(&["app", "show", &app.id])
    }

    /// Most memory that the server has had, in MB (10⁶ bytes).
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a running server");
        figure(&status, "VmHWM:") * 1024 / 1_000_000
    }

    /// What it holds now: resident memory in kB, threads, open files.
    pub(crate) fn holds(&self) -> (u64, u64, u64) {
        let folder = format!("/proc/{}", self.child.id());
        let status = std::fs::read_to_string(format!("{folder}/status")).expect("a running server");
        let files = std::fs::read_dir(format!("{folder}/fd")).expect("a running server").count() as u64;
        (figure(&status, "VmRSS:"), figure(&status, "Threads:"), files)
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        assert!(sent.expect("sh").success());
    }

    /// Sends SIGKILL and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the end of a server that was told to stop.
    pub fn ended(&mut self) -> ExitStatus {
        finish(&mut self.child, PATIENCE).unwrap_or_else(|| panic!("the server does not end:\n{}", self.log()))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // The watchdog first: it must not kill a later process that got the same number.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the server's log ends with\n{}", tail(&self.log(), 40));
        }
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.data);
        }
    }
}

/// A number of `/proc/<pid>/status`, sizes in kB.
fn figure(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Waits for a process to end by itself; kills it and gives `None` if it does not within `patience`.
pub fn finish(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
