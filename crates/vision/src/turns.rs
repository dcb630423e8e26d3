//! Decodes that take much memory wait for room, so that memory does not grow with the number of workers.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use facegate_image::{ImageError, Limits, Photo, Pixels};

/// A decode that takes more bytes than this waits for room. A photo of 12 megapixels takes less unless its face is small
/// or it is stored progressively.
const HEAVY_BYTES: u64 = 24 * 1024 * 1024;

/// What pixels cost after their decode, in copies: turned upright, or resized.
const COPIES: u64 = 2;

/// Room for what heavy photos take at the same time; one value is shared by all workers.
#[derive(Clone)]
pub struct Turns(Arc<Room>);

struct Room {
    bytes: u64,
    queue: Mutex<Queue>,
    moved: Condvar,
}

/// First come, first served: a photo that needs all the room must not wait for ever because of smaller ones.
struct Queue {
    free: u64,
    next: u64,
    served: u64,
}

/// One photo's share.
pub(crate) struct Turn<'a> {
    room: &'a Room,
    held: u64,
    /// Time in [`Turn::decode`] so far.
    pub decoding: Duration,
}

impl Turns {
    /// Heavy photos take at most so many bytes together; one that needs more gets all of them alone.
    pub fn new(bytes: u64) -> Self {
        let queue = Mutex::new(Queue { free: bytes, next: 0, served: 0 });
        Self(Arc::new(Room { bytes, queue, moved: Condvar::new() }))
    }

    pub(crate) fn begin(&self) -> Turn<'_> {
        Turn { room: &self.0, held: 0, decoding: Duration::ZERO }
    }
}

impl Default for Turns {
    /// Room for the largest photo that is accepted by default.
    fn default() -> Self {
        Self::new(Limits::default().max_memory)
    }
}

impl Turn<'_> {
    /// As [`Photo::decode`]. Afterwards as much room is kept as was had before, or as the pixels need.
    pub fn decode(&mut self, photo: &Photo, min_long_side: u32) -> Result<Pixels, ImageError> {
        let (begun, before) = (Instant::now(), self.held);
        self.hold(photo.memory_for(min_long_side));
        let pixels = photo.decode(min_long_side);
        self.keep(before.max(pixels.as_ref().map_or(0, needed)));
        self.decoding += begun.elapsed();
        pixels
    }

    /// Waits until nobody else has a heavy photo.
    pub fn take_all(&mut self) {
        self.hold(u64::MAX);
    }

    /// Gives back what these pixels do not need.
    pub fn settle(&mut self, pixels: &Pixels) {
        self.keep(needed(pixels));
    }

    /// Waits for room for `bytes`, unless they are few or had already.
    fn hold(&mut self, bytes: u64) {
        let bytes = bytes.min(self.room.bytes);
        if bytes > HEAVY_BYTES.max(self.held) {
            // Given back first: two that each wait for the other's share would wait for ever.
            self.keep(0);
            self.room.take(bytes);
            self.held = bytes;
        }
    }

    /// Gives back all but `bytes`; few are not counted.
    fn keep(&mut self, bytes: u64) {
        let kept = if bytes > HEAVY_BYTES { bytes.min(self.held) } else { 0 };
        self.room.give_back(self.held - kept);
        self.held = kept;
    }
}

fn needed(pixels: &Pixels) -> u64 {
    COPIES * pixels.data().len() as u64
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.keep(0);
    }
}

impl Room {
    fn take(&self, bytes: u64) {
        let mut queue = self.queue();
        let place = queue.next;
        queue.next += 1;
        while queue.served != place || queue.free < bytes {
            queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.free -= bytes;
        queue.served += 1;
        self.moved.notify_all();
    }

    fn give_back(&self, bytes: u64) {
        if bytes > 0 {
            self.queue().free += bytes;
            self.moved.notify_all();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::thread;

    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn together_never_more_than_the_room_and_everybody_gets_a_turn() {
        let (turns, used, most) = (Turns::new(100 * MIB), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for needed in [30, 40, 50, 60, 100, 400] {
                let (turns, used, most) = (turns.clone(), &used, &most);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let mut turn = turns.begin();
                        turn.hold(needed * MIB);
                        let now = used.fetch_add(turn.held, SeqCst) + turn.held;
                        most.fetch_max(now, SeqCst);
                        thread::yield_now();
                        used.fetch_sub(turn.held, SeqCst);
                    }
                });
            }
        });
        assert!(most.load(SeqCst) <= 100 * MIB);
        assert_eq!(turns.0.queue().free, 100 * MIB);
    }

    #[test]
    fn light_photos_do_not_wait_and_heavy_ones_keep_what_their_pixels_need() {
        let turns = Turns::new(100 * MIB);
        let (mut first, mut light) = (turns.begin(), turns.begin());
        first.take_all();
        light.hold(HEAVY_BYTES);
        assert_eq!((first.held, light.held), (100 * MIB, 0));
        first.keep(50 * MIB);
        assert_eq!(turns.0.queue().free, 50 * MIB);
        // More than it has: everything is given back before it waits.
        first.hold(80 * MIB);
        assert_eq!(first.held, 80 * MIB);
        first.keep(MIB);
        assert_eq!((first.held, turns.0.queue().free), (0, 100 * MIB));
    }
}
