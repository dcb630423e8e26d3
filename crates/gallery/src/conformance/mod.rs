//! The suite that every backend runs in its own tests: one behaviour, whatever the store is made of.
//!
//! One file per topic; a new check is a function there and a word in that file's list. [`ModelStore`] says in a few
//! lines what a store means, [`random`] compares a backend with it over random operations, [`lives`] over
//! time and moves, [`races`] lets callers race.

mod apps;
pub mod audit;
mod check;
mod defect;
mod isolation;
pub mod lives;
mod model;
mod moves;
pub mod operators;
mod pages;
mod quotas;
pub mod races;
pub mod random;
mod replays;
mod samples;
mod subjects;
pub mod terms;
mod transfers;

use std::fmt;
use std::sync::Arc;

use crate::Store;

use check::Named;
pub use check::{CheckResult, Complaint};
pub use defect::Defect;
pub use model::ModelStore;
pub use moves::{MoveStore, make_next, run_moves};
pub use transfers::{AsyncMake, TransferStore, run_transfers};

/// The checks that a store did not pass, one line each. `Debug` prints like `Display`, so that `unwrap` reads well.
pub struct Failed(Vec<String>);

impl Failed {
    /// Whether the check of this name (`topic::name`) is among them.
    pub fn names(&self, check: &str) -> bool {
        self.0.iter().any(|line| line.split(": ").next() == Some(check))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} checks failed:\n{}", self.0.len(), self.0.join("\n"))
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failed {}

fn all() -> impl Iterator<Item = Named> {
    let topics =
        [apps::checks(), quotas::checks(), subjects::checks(), isolation::checks(), pages::checks(), replays::checks()];
    topics.into_iter().flatten()
}

/// Runs every check, each on an empty store that `make` gives, and reports all that failed. Needs a tokio runtime,
/// best one with several threads: some checks race.
pub async fn run_all(make: impl AsyncFn() -> Arc<dyn Store>) -> Result<(), Failed> {
    let mut failed = Vec::new();
    for (name, check) in all() {
        if let Err(complaint) = check(make().await).await {
            failed.push(format!("{name}: {complaint}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failed(failed)) }
}

#[cfg(test)]
mod tests;
