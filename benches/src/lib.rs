//! What benches and instruction counts share: photographs, templates, and networks whose runs are recorded.

mod recording;
mod samples;

pub use recording::{Call, Recorder, Replay, Shared};
pub use samples::{
    Sample, app, enrolment, in_pixels, pack, payload, photos, repository, runtime, templates, vault, wants,
};
