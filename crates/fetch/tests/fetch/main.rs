//! The fetcher against real sockets on the loopback interface: what it must never reach, and what it must deliver.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod allowed;
mod environment;
mod limits;
mod refused;
mod support;
