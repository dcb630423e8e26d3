//! What threads share. One door, so that a test can put a scheduler of its own behind it (`tests/interleavings`).

pub(crate) use std::sync::{Arc, PoisonError, RwLock, atomic};
