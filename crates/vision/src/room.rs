//! An amount of something that several threads share: who comes first is served first.

use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes, some of them taken.
pub struct Room {
    bytes: u64,
    queue: Mutex<Queue>,
    moved: Condvar,
}

/// First come, first served: who needs all the room must not wait for ever because of others.
struct Queue {
    free: u64,
    next: u64,
    served: u64,
}

impl Room {
    /// All of it free.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, queue: Mutex::new(Queue { free: bytes, next: 0, served: 0 }), moved: Condvar::new() }
    }

    /// How much there is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How much is free now.
    #[cfg(test)]
    pub fn free(&self) -> u64 {
        self.queue().free
    }

    /// Waits for `bytes`, which is at most [`Room::bytes`]. Who waits holds nothing, or two could wait for each other.
    pub fn take(&self, bytes: u64) {
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

    /// Gives back some of what was taken.
    pub fn give_back(&self, bytes: u64) {
        if bytes > 0 {
            self.queue().free += bytes;
            self.moved.notify_all();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
