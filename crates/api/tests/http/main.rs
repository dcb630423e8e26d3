//! The whole HTTP surface over a real service and a real store. Sandbox apps need no models, so these tests need none;
//! the tests with models and photographs drive the binary.

// Helpers are test code too, but the lint only knows functions marked #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod auth;
mod docs;
mod enroll;
mod family;
mod limits;
mod repeat;
mod server;
mod support;
mod surface;
