//! How far it is: a bar where somebody looks, a line now and then where nobody does.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::output::complain;
use crate::progress::styled;

/// How often a log that nobody looks at gets a line.
const EVERY: Duration = Duration::from_secs(30);

/// Counts photos.
pub struct Progress {
    bar: ProgressBar,
    refused: Cell<u64>,
    told: Cell<Instant>,
}

impl Progress {
    /// Of so many photos.
    pub fn start(photos: u64) -> Self {
        let bar = styled("{wide_bar} {pos}/{len} photos, {per_sec}, {eta} left{msg}", photos);
        Self { bar, refused: Cell::new(0), told: Cell::new(Instant::now()) }
    }

    /// One more is answered for.
    pub fn one(&self, passed: bool) {
        self.bar.inc(1);
        if !passed {
            self.refused.set(self.refused.get() + 1);
            self.bar.set_message(format!(", {} refused", self.refused.get()));
        }
        if !std::io::stderr().is_terminal() && self.told.get().elapsed() >= EVERY {
            self.told.set(Instant::now());
            let (done, all, left) =
                (self.bar.position(), self.bar.length().unwrap_or_default(), self.bar.eta().as_secs());
            complain(&format!("{done} of {all} photos, {} refused, about {left} s left", self.refused.get()));
        }
    }

    /// A line beside the bar.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| complain(text));
    }

    /// No more.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
