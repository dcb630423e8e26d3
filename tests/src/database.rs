//! Which store the servers under test use: `FACEGATE_TEST_DATABASE=postgres` gives each a database of its own, anything else
//! the data folder. The PostgreSQL is one for each test binary, made for it and gone with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use facegate_test_postgres::Postgres;

/// The URL of a new database, if the servers are to use one.
pub(crate) fn new() -> Option<String> {
    match std::env::var("FACEGATE_TEST_DATABASE").as_deref() {
        Ok("postgres") => Some(Postgres::shared().expect("a platform with PostgreSQL for tests").database()),
        Ok("" | "sqlite") | Err(_) => None,
        Ok(other) => panic!("FACEGATE_TEST_DATABASE is {other:?}; it can be sqlite or postgres"),
    }
}

/// The URL of the database that belongs to this data folder: servers that follow each other on one folder find what the
/// one before has written.
pub(crate) fn of(folder: &Path) -> Option<String> {
    static KNOWN: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    if !known.contains_key(folder) {
        known.insert(folder.to_owned(), new()?);
    }
    known.get(folder).cloned()
}

/// The variables that lead to a database. Its servers and commands need a master key of their own, the same for all.
pub(crate) fn settings(url: &str) -> [(&'static str, String); 3] {
    let key = ("TEST_MASTER_KEY", "07".repeat(32));
    [("FACEGATE_DATABASE", url.to_owned()), ("FACEGATE_ENCRYPTION__MASTER_KEY", "env:TEST_MASTER_KEY".to_owned()), key]
}

/// Connections that servers and commands have to the database now, if there is one.
pub(crate) fn connections() -> Option<u64> {
    if !std::env::var("FACEGATE_TEST_DATABASE").is_ok_and(|kind| kind == "postgres") {
        return None;
    }
    let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'facegate'";
    Postgres::shared()?.sql("postgres", count).parse().ok()
}

/// Whether the servers keep their store in the data folder. Where not, says that a test about its files is skipped.
pub fn in_folder() -> bool {
    let database = std::env::var("FACEGATE_TEST_DATABASE").is_ok_and(|kind| kind == "postgres");
    if database {
        println!("skipped: a test of the data folder, and the store is in PostgreSQL");
    }
    !database
}
