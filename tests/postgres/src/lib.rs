//! A throw-away PostgreSQL with pgvector: `make postgres` unpacks it, a test binary starts it once and gives each test a
//! database of its own. It ends with the test's process, however that ends.
//!
//! Test code: a helper that cannot go on panics with a sentence that says why.

mod install;
mod process;
mod watchdog;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use install::Install;
use process::Process;

/// The role that the tests work as: owns its databases and is no superuser, as in a careful installation.
const ROLE: &str = "facegate";
/// Stands out in a log that should not show it.
const PASSWORD: &str = "not-to-be-logged-4711";

/// How PostgreSQL is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Ends running transactions, writes everything.
    Fast,
    /// As a crash: the next start recovers from the log.
    Crash,
}

/// A PostgreSQL server on a free port of the loopback address, in a temporary folder.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    databases: AtomicU32,
}

impl Postgres {
    /// The one server of this test binary. `None` where none can run; says so.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[])).as_ref()
    }

    /// A server of the test's own, to be stopped and started; settings like `("max_connections", "20")`.
    pub fn start(settings: &[(&str, &str)]) -> Option<Self> {
        Self::start_under(settings, &[])
    }

    /// The same, with these variables in the environment of the server, and of nothing else.
    pub fn start_under(settings: &[(&str, &str)], variables: &[(&'static str, PathBuf)]) -> Option<Self> {
        let install = Install::find()?;
        let server = Self { process: Process::start(install, settings, variables), databases: AtomicU32::new(0) };
        server.sql("postgres", &format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"));
        // Only a superuser can install pgvector; new databases are copies of this one.
        server.sql("template1", "CREATE EXTENSION vector");
        Some(server)
    }

    /// A new, empty database with pgvector, owned by the role in the URL: `postgres://role:password@127.0.0.1:port/name`.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {ROLE}"));
        self.url(&name)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{}/{database}", self.port())
    }

    /// The password in the URLs; must appear in no log.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.process.port()
    }

    /// Runs SQL as superuser and gives what it answers, one line per row, columns separated by `|`.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same where it may fail.
    pub fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = self.program("psql");
        psql.args(["-h", "127.0.0.1", "-p", &self.port().to_string(), "-U", "postgres", "-d", database]);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        let done = psql.output().expect("psql runs");
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        if done.status.success() { Ok(out.trim_end().to_owned()) } else { Err(err.trim_end().to_owned()) }
    }

    /// A program of the installation (`pg_basebackup`, `pg_ctl`), with the superuser's password.
    pub fn program(&self, name: &str) -> Command {
        self.process.program(name)
    }

    /// Stops the server and waits for its end.
    pub fn stop(&self, how: Stop) {
        self.process.stop(how);
    }

    /// Starts a stopped server again, on the same port with the same data.
    pub fn start_again(&self) {
        self.process.start_again();
    }

    /// Whether it answers by itself, as long as this at most; `false` at once if its process has ended.
    pub fn answers_within(&self, patience: Duration) -> bool {
        self.process.answers_within(patience)
    }

    /// A streaming standby of this server, on a port of its own; follows it until it is promoted.
    pub fn standby(&self) -> Self {
        Self { process: self.process.standby(), databases: AtomicU32::new(1000) }
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.sql("postgres", "SELECT pg_promote(true, 60)");
    }

    /// The server's log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.process.data()
    }
}
