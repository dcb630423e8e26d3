//! How many files, and so connections, a test may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for a thousand connections and what is beside them.
const MANY: u64 = 4096;

/// For a test with a thousand connections: shells often allow 1,024 open files.
pub fn many_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|now| now < MANY) {
        let raised = Rlimit { current: Some(MANY), ..limit };
        setrlimit(Resource::Nofile, raised).expect("4,096 open files");
    }
}
