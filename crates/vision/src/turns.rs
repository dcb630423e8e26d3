//! Decodes that take much memory, one at a time, so that memory does not grow with the number of workers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use facegate_image::{ImageError, Photo, Pixels};

/// A decode that takes more bytes than this waits for its turn. A photo of 12 megapixels takes less unless its face is small
/// or it is stored progressively.
const HEAVY_BYTES: u64 = 24 * 1024 * 1024;

/// Who may decode a heavy photo; one value is shared by all workers.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<()>>);

/// One photo's share.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    held: Option<MutexGuard<'a, ()>>,
    /// Time in [`Turn::decode`] so far.
    pub decoding: Duration,
}

impl Turns {
    pub(crate) fn begin(&self) -> Turn<'_> {
        Turn { turns: self, held: None, decoding: Duration::ZERO }
    }
}

impl Turn<'_> {
    /// As [`Photo::decode`]. Once it was heavy, the turn is kept, since the pixels are large too.
    pub fn decode(&mut self, photo: &Photo, min_long_side: u32) -> Result<Pixels, ImageError> {
        let begun = Instant::now();
        if photo.memory_for(min_long_side) > HEAVY_BYTES {
            self.take();
        }
        let pixels = photo.decode(min_long_side);
        self.decoding += begun.elapsed();
        pixels
    }

    /// Waits for the turn, if it is not had yet, and keeps it.
    pub fn take(&mut self) {
        if self.held.is_none() {
            self.held = Some(self.turns.0.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
