//! The product's own synchronisation, compiled from its source with the scheduler of `shuttle` behind it, which tries many
//! interleavings of its threads: the pool of workers and its backlog, the index of templates, the room of heavy photos.

/// What those files take from their crates' module of this name.
mod sync {
    pub use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock, atomic, mpsc};
    pub use shuttle::thread;
    pub use std::sync::PoisonError;
}

#[path = "../../../crates/inference/src/backlog.rs"]
mod backlog;
#[path = "../../../crates/search/src/index.rs"]
mod index;
#[path = "../../../crates/vision/src/room.rs"]
mod room;
#[path = "../../../crates/search/src/shelf.rs"]
mod shelf;
#[path = "../../../crates/inference/src/workers.rs"]
mod workers;

pub use index::{Index, Match};
pub use room::Room;
pub use workers::{Load, WorkError, Workers};
