//! One server process: its folder, its start, its end.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Stop;
use crate::install::Install;
use crate::watchdog::Watchdog;

const PATIENCE: Duration = Duration::from_secs(60);
const SUPERUSER: &str = "superuser-of-a-test";

/// No `fsync`: the machine does not lose its power in these tests, and a crashed process loses nothing by it.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("max_connections", "200"),
    ("shared_buffers", "128MB"),
    ("wal_level", "replica"),
    ("max_wal_senders", "4"),
    ("log_line_prefix", "%m [%p] "),
];

#[derive(Debug)]
pub(crate) struct Process {
    // Dropped in this order: the server, then its folder.
    child: Mutex<Option<Child>>,
    _watchdog: Watchdog,
    install: Install,
    folder: PathBuf,
    port: u16,
    /// Of the server's environment.
    variables: Vec<(&'static str, PathBuf)>,
}

impl Process {
    pub fn start(install: Install, settings: &[(&str, &str)], variables: &[(&'static str, PathBuf)]) -> Self {
        let (install, folder) = folder(install);
        let secret = folder.join("secret");
        fs::write(&secret, SUPERUSER).expect("a temporary folder");
        install.give(&secret);
        let data = folder.join("data");
        let mut initdb = install.command("initdb");
        initdb.args(["--no-sync", "-E", "UTF8", "--locale=C", "-U", "postgres", "-A", "scram-sha-256", "--pwfile"]);
        run(initdb.arg(&secret).arg("-D").arg(&data));
        fs::remove_file(&secret).expect("the password's file");
        let port = free_port();
        let mut lines: String = SETTINGS.iter().chain(settings).map(|(k, v)| format!("{k} = '{v}'\n")).collect();
        lines.push_str(&format!("port = {port}\n"));
        append(&data.join("postgresql.auto.conf"), &lines);
        append(&data.join("pg_hba.conf"), "host replication postgres 127.0.0.1/32 scram-sha-256\n");
        let mut server = Self::on(install, folder, port);
        server.variables = variables.to_vec();
        server.start_again();
        server
    }

    pub fn standby(&self) -> Self {
        let (install, folder) = folder(self.install.clone());
        let data = folder.join("data");
        let mut backup = self.program("pg_basebackup");
        backup.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-c", "fast", "-R", "-D"]);
        run(backup.arg(&data));
        let port = free_port();
        append(&data.join("postgresql.auto.conf"), &format!("port = {port}\n"));
        let server = Self::on(install, folder, port);
        server.start_again();
        server
    }

    fn on(install: Install, folder: PathBuf, port: u16) -> Self {
        let watchdog = Watchdog::new(&folder.join("data"), &folder);
        Self { child: Mutex::new(None), _watchdog: watchdog, install, folder, port, variables: Vec::new() }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("log")).unwrap_or_default()).into_owned()
    }

    pub fn program(&self, name: &str) -> Command {
        let mut command = self.install.command(name);
        command.env("PGPASSWORD", SUPERUSER).env("PGCONNECT_TIMEOUT", "10");
        command
    }

    pub fn start_again(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(child.is_none(), "the server runs");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).expect("a log");
        let mut command = self.install.command("postgres");
        command.envs(self.variables.iter().map(|(name, path)| (name, path)));
        command.arg("-D").arg(self.data()).stdout(Stdio::null()).stderr(log);
        // A signal to the test's group (Ctrl-C) must not reach it: the watchdog ends it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        *child = Some(command.spawn().expect("postgres starts"));
        drop(child);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        assert!(self.answers_within(PATIENCE), "PostgreSQL is not ready:\n{}", self.log());
    }

    pub fn answers_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            if child.as_mut().is_none_or(|child| child.try_wait().expect("a child").is_some()) {
                return false;
            }
            drop(child);
            let mut probe = self.program("psql");
            probe.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-X", "-c", "SELECT 1"]);
            if probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        false
    }

    pub fn stop(&self, how: Stop) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut server) = child.take() else { return };
        if server.try_wait().expect("a child").is_some() {
            return;
        }
        let signal = match how {
            Stop::Fast => "INT",
            Stop::Crash => "QUIT",
        };
        let sent = Command::new("kill").args(["-s", signal, &server.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let deadline = Instant::now() + PATIENCE;
        while server.try_wait().expect("a child").is_none() {
            if Instant::now() > deadline {
                let _ = server.kill();
                let _ = server.wait();
                panic!("PostgreSQL does not stop:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return self.stop(Stop::Crash);
        }
        if let Some(mut child) = self.child.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = Command::new("kill").args(["-s", "QUIT", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

/// A folder that the user of the programs can use, and programs that it can reach.
fn folder(install: Install) -> (Install, PathBuf) {
    let folder = tempfile::Builder::new().prefix("facegate-postgres-").tempdir().expect("a temporary folder").keep();
    let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(&folder, mode).expect("chmod");
    let install = install.reachable(&folder);
    install.give(&folder);
    (install, folder)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn append(path: &Path, text: &str) {
    use std::io::Write;
    let mut file = File::options().append(true).open(path).expect("a file of the server's");
    file.write_all(text.as_bytes()).expect("a file of the server's");
}

fn run(command: &mut Command) {
    let done = command.output().expect("a program of PostgreSQL");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{}: {said}", command.get_program().display());
}
