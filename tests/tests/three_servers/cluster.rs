//! The servers, their database with its standby, and everything that ends under them.

use std::sync::{Mutex, RwLock};
use std::time::Duration;

use facegate_test_postgres::{Postgres, Stop};
use facegate_tests::{App, Setup, TestServer};
use tempfile::TempDir;

use crate::{SEED, chance};

/// How many servers.
pub const SERVERS: usize = 3;

/// What happens to the database.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It is killed and started again.
    Crash,
    /// It is stopped and started again.
    Restart,
    /// It is killed for good, and its standby takes over.
    Failover,
}

/// Apps by what is checked of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// Requests with keys, on subjects that are nobody's or everybody's: the quota is exact.
    Exact,
    /// A quota that is used up.
    Limited,
    /// Subjects that are enrolled and deleted at once.
    Contested,
}

/// The enroll quota of the app [`Tenant::Limited`].
pub const LIMIT: u64 = 10;

/// Servers and database.
pub struct Cluster {
    servers: [Mutex<TestServer>; SERVERS],
    addresses: RwLock<[String; SERVERS]>,
    credentials: Vec<(String, String)>,
    database: Mutex<Postgres>,
    standby: Mutex<Option<Postgres>>,
    setups: [Setup; SERVERS],
    _folders: [TempDir; SERVERS],
}

impl Cluster {
    /// Starts everything. `None` where no PostgreSQL can run.
    pub fn start() -> Option<Self> {
        // A standby that has lost its primary for a moment looks for it soon.
        let settings = [("synchronous_commit", "remote_apply"), ("wal_retrieve_retry_interval", "100ms")];
        let database = Postgres::start(&settings)?;
        let url = database.database();
        let standby = database.standby();
        // A commit is on the standby too before it is acknowledged.
        database.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        database.sql("postgres", "SELECT pg_reload_conf()");
        let host = |port| format!("127.0.0.1:{port}");
        let both = format!("{},{}", host(database.port()), host(standby.port()));
        let url = url.replace(&host(database.port()), &both);
        let folders = [(); SERVERS].map(|()| tempfile::tempdir().unwrap());
        let setup = |folder: &TempDir| Setup::default().data(folder.path()).database(&url);
        let setups = folders.each_ref().map(setup);
        let servers = setups.each_ref().map(|setup| setup.clone().start());
        let quota = |limit: u64| ["--mode".to_owned(), "testing".into(), "--enroll-quota".into(), limit.to_string()];
        let credentials = [1_000_000, LIMIT, 1_000_000].map(|limit| {
            let app = servers[0].app(&quota(limit).each_ref().map(String::as_str));
            (app.id, app.key)
        });
        Some(Self {
            addresses: RwLock::new(servers.each_ref().map(|server| server.base().to_owned())),
            servers: servers.map(Mutex::new),
            credentials: credentials.into(),
            database: Mutex::new(database),
            standby: Mutex::new(Some(standby)),
            setups,
            _folders: folders,
        })
    }

    /// Where a server is now.
    pub fn address(&self, server: usize) -> String {
        self.addresses.read().unwrap()[server].clone()
    }

    /// A new client of one server, where that is now.
    pub fn app(&self, server: usize, tenant: Tenant) -> App {
        let (id, key) = &self.credentials[tenant as usize];
        App::new(&self.addresses.read().unwrap()[server], id, key)
    }

    /// Works with a server while it is not killed.
    pub fn with<T>(&self, server: usize, work: impl FnOnce(&TestServer) -> T) -> T {
        work(&self.servers[server].lock().unwrap())
    }

    /// SQL on the database that serves now.
    pub fn sql(&self, sql: &str) -> String {
        self.database.lock().unwrap().sql("test_0", sql)
    }

    /// Kills one server after the other and starts it again, until `done`; how many it were.
    pub fn kill_servers(&self, done: impl Fn() -> bool) -> usize {
        let mut kills = 0;
        loop {
            std::thread::sleep(Duration::from_millis(100 + chance(SEED + kills as u64) % 400));
            if done() {
                return kills;
            }
            let server = chance(SEED ^ kills as u64) as usize % SERVERS;
            let mut running = self.servers[server].lock().unwrap();
            assert!(running.runs(), "a server ended by itself:\n{}", running.log());
            running.kill();
            self.judge(&running.log());
            *running = self.setups[server].clone().start();
            self.addresses.write().unwrap()[server] = running.base().to_owned();
            kills += 1;
        }
    }

    /// Brings the faults about, each when so many operations have begun.
    pub fn fail(&self, faults: &[(u64, Fault)], begun: impl Fn() -> u64) {
        for (after, fault) in faults {
            while begun() < *after {
                std::thread::sleep(Duration::from_millis(2));
            }
            let mut database = self.database.lock().unwrap();
            match fault {
                Fault::Crash | Fault::Restart => {
                    database.stop(if matches!(fault, Fault::Crash) { Stop::Crash } else { Stop::Fast });
                    database.start_again();
                }
                Fault::Failover => {
                    let standby = self.standby.lock().unwrap().take().expect("one failover");
                    database.stop(Stop::Crash);
                    standby.promote();
                    // Nobody follows the new primary: it must not wait for anybody.
                    standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
                    standby.sql("postgres", "SELECT pg_reload_conf()");
                    *database = standby;
                }
            }
        }
    }

    /// A log in which nothing is that should not be.
    pub fn judge(&self, log: &str) {
        let password = self.database.lock().unwrap().password();
        assert!(!log.contains(password), "the password is in the log");
        assert!(!log.contains("panicked"), "{log}");
    }
}
