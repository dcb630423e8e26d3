//! Helpers of the black-box suites: a running server, its apps, photographs, and pictures made to fail.
//!
//! Test code: a helper that cannot go on panics with a sentence that says why.

mod answer;
mod app;
pub mod blocks;
mod chance;
mod command;
mod database;
mod files;
mod folders;
pub mod images;
pub mod photos;
pub mod pictures;
pub mod raw;
mod server;
mod sitter;
pub mod soak;

pub use answer::{Answer, names};
pub use app::{App, answer, with_image};
pub use chance::chance;
pub use command::{done, master_key, refused};
pub use database::in_folder;
pub use files::many_open_files;
pub use folders::{binary, facegate, full, repository, shared_data};
pub use server::{Setup, TestServer, finish};
pub use sitter::{Sitter, gate};
