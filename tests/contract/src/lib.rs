//! The wire contract as a plain model: which code a payload gets, and what a sandbox scenario shows.
//!
//! It is written from the contract and shares nothing with the server, so that a rule that one of the two gets wrong is
//! found by tests that ask both. Slow and simple on purpose.

mod body;
mod image;
mod rules;
mod sandbox;
mod scenario;

pub use body::{Body, Flags};
pub use image::is_image;
pub use rules::{Endpoint, code};
pub use sandbox::Sandbox;
pub use scenario::{Person, Scene, scene};
