//! What threads share. One door, so that a test can put a scheduler of its own behind it (`tests/interleavings`).

pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError, atomic, mpsc};
pub(crate) use std::thread;
